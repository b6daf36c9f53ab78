"""An answer is drawn by its schema, without a browser."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from pages.ui.long_text import SHOWN_CHARACTERS
from pages.ui.text import label

SCHEMA: dict[str, Any] = {  # Any: a JSON Schema
    "type": "object",
    "properties": {
        "kind": {"enum": ["invoice", "reminder"], "description": "What *it* is"},
        "website": {"type": "string", "format": "uri"},
        "note": {"type": ["string", "null"]},
        "remark": {"type": "string"},
        "is_paid": {"type": "boolean"},
    },
}


_PAGE = """
import json

from pages.ui.result.view import render_result

result, schema = json.loads({given!r})
render_result(result, schema, key="it", is_narrow={is_narrow})
"""


def draw(result: object, schema: object = None, *, opened: str | None = None, is_narrow: bool = False) -> AppTest:
    """Draw an answer on a page of its own. `opened` is the key of what to unfold."""
    page = _PAGE.format(given=json.dumps([result, schema or {}]), is_narrow=is_narrow)
    app = AppTest.from_string(page, default_timeout=20).run()
    if opened is not None:
        app.session_state[opened] = True
        app.run()
    assert not app.exception
    return app


def texts(app: AppTest) -> list[str]:
    return [element.value for element in app.text]


def captions(app: AppTest) -> list[str]:
    return [element.value for element in app.caption]


def test_each_value_looks_like_what_it_is() -> None:
    app = draw({"kind": "invoice", "website": "javascript:x()", "note": None, "remark": "", "is_paid": False}, SCHEMA)

    assert {"kind", "website", "javascript:x()", "no"} <= set(texts(app))
    assert [caption for caption in captions(app) if caption.startswith("*")] == ["*null*", "*empty text*"]
    assert any("invoice" in element.value for element in app.markdown)
    assert not [element for element in app.markdown if "javascript" in element.value]


def test_description_is_a_hover_text() -> None:
    app = draw({"kind": "invoice"}, SCHEMA)

    (name,) = [element for element in app.text if element.value == "kind"]
    assert name.help == label("What *it* is")


def test_what_a_model_wrote_is_never_read_as_markup() -> None:
    hostile = "**bold** :material/home: [x](http://x) <b>"

    app = draw(
        {hostile: hostile, "choice": hostile, "null": {hostile: 1, "b": 2}},
        {"properties": {"choice": {"enum": [hostile]}}},
    )

    assert texts(app).count(hostile) >= 2
    drawn = [element.value for element in app.markdown] + [box.label for box in app.expander]
    assert not [value for value in drawn if "**bold**" in value or "[x](" in value]


def test_list_of_objects_is_a_table_to_download() -> None:
    app = draw({"items": [{"text": "=1+1", "count": 2}, {"text": "b", "count": None}]})

    (table,) = app.dataframe
    assert list(table.value.columns) == ["text", "count"]
    assert [button.proto.label for button in app.get("download_button")] == ["CSV", "Download"]


def test_what_is_nested_deep_starts_folded() -> None:
    value = {"a": {"b": {"c": {"d": {"name": "deep", "x": 1}, "x": 1}, "x": 1}, "x": 1}}

    folded = draw(value)

    assert [box.label.split()[0] for box in folded.expander] == ["a", "b", "c", "d"]
    assert "deep" not in texts(folded)
    key = next(box.proto.id for box in folded.expander if box.label.startswith("d "))
    assert "deep" in texts(draw(value, opened=key_of(key)))


def key_of(widget_id: str) -> str:
    """Return a widget's key, which ends its id."""
    return widget_id[widget_id.index("it.") :]


def test_long_text_is_cut_with_the_whole_within_reach() -> None:
    text = "word " * 10_000

    folded = draw({"text": text})
    opened = draw({"text": text}, opened="it.typed.0.whole")

    assert max(len(shown) for shown in texts(folded)) < 400
    assert f"All {len(text):,} characters" in [box.label for box in folded.expander]
    assert text[:SHOWN_CHARACTERS] in [block.value for block in opened.code]
    assert "Download the whole" in [button.proto.label for button in opened.get("download_button")]


def test_json_holds_the_answer_as_it_is() -> None:
    result = {"b": 1.0, "a": ["é", None]}

    app = draw(result)

    assert json.dumps(result, indent=2, ensure_ascii=False) in [block.value for block in app.code]


def test_empty_answer_says_so() -> None:
    assert "The answer is an empty object, and the schema accepts that." in captions(draw({}))


def test_large_answers_draw_few_elements() -> None:
    app = draw({f"field_{number}": number for number in range(1000)})

    assert "And 800 more, see the JSON." in captions(app)
    assert len(app.text) < 500


def test_narrow_column_has_no_room_for_types() -> None:
    wide, narrow = draw({"a_b": 1}), draw({"a_b": 1}, is_narrow=True)

    assert "integer" in captions(wide)
    assert captions(narrow) == [label("a_b")]
