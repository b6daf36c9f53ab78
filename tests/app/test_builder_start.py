"""The dialog “Start from”, opened from two builders on one page, without a browser."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.services import Services
from core.tasks.sources.gallery import GALLERY, Template
from tests.app.start_page import (
    ANSWER,
    INPUT,
    answer,
    fields,
    is_open,
    look_at,
    offers,
    open_way,
    shown_fields,
    start_page,
    texts,
    type_text,
    upload,
    use,
)
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer


@pytest.fixture
def app(services: Services) -> Iterator[AppTest]:
    app = AppTest.from_function(start_page, default_timeout=20).run()
    assert not app.exception
    yield app
    assert not app.exception


def test_examples_become_fields_once_they_are_used(app: AppTest) -> None:
    open_way(app, "examples")
    type_text(app, "examples", '{"id": 1, "mail": "a@example.com"}\n{"id": 2, "mail": "b@example.com", "note": null}')

    assert shown_fields(app) == {"id": "integer", "mail": "email", "note": "string or null"}
    assert "Read from 2 examples" in texts(app)
    assert fields(answer(app)) == []

    use(app, "examples")

    assert fields(answer(app)) == ["id", "mail", "note"]
    assert not is_open(app)


def test_undo_takes_back_what_was_used(app: AppTest) -> None:
    open_way(app, "examples")
    type_text(app, "examples", '{"id": 1}')
    use(app, "examples")

    editor = answer(app)
    assert editor.form.history.undo_label == "Schema from examples"
    editor.form = replace(editor.form, history=editor.form.history.undo())

    assert fields(editor) == []


def test_bad_examples_are_refused_with_their_place_and_stay(app: AppTest) -> None:
    open_way(app, "examples")
    broken = '{"id": 1}\n{"id": }'

    type_text(app, "examples", broken)

    assert "line 2, column 8" in texts(app)
    assert not offers(app, "examples")
    assert app.text_area[0].value == broken


def test_what_was_typed_stays_while_another_way_is_looked_at_and_after_closing(app: AppTest) -> None:
    open_way(app, "examples")
    type_text(app, "examples", '{"id": 1}')
    look_at(app, "CSV")
    type_text(app, "csv", "a,b\n1,2")

    look_at(app, "Examples")
    kept = app.text_area[0].value
    app.session_state["state.OpenStart"].close()
    app.run()
    assert not is_open(app)
    open_way(app, "csv")

    assert kept == '{"id": 1}'
    assert app.text_area[0].value == "a,b\n1,2"
    assert shown_fields(app) == {"a": "integer", "b": "integer"}


def test_csv_becomes_fields(app: AppTest) -> None:
    open_way(app, "csv")
    type_text(app, "csv", "title;room\nPrinter;12\nKeyboard;\n")

    assert "parted by semicolons" in texts(app)
    use(app, "csv")

    assert answer(app).draft.to_json_schema()["required"] == ["title"]


def test_bad_csv_is_refused_with_its_line(app: AppTest) -> None:
    open_way(app, "csv")

    type_text(app, "csv", "a,b\n1,2\n1,2,3")

    assert "The row at line 3 has 3 cells" in texts(app)
    assert not offers(app, "csv")


def test_uploaded_file_stands_in_for_the_text_until_it_is_removed(app: AppTest) -> None:
    open_way(app, "csv")
    type_text(app, "csv", "typed\n1")

    upload(app, "csv", "rows.csv", "größe\n3".encode())
    assert shown_fields(app) == {"größe": "integer"}
    look_at(app, "Examples")
    look_at(app, "CSV")
    assert "rows.csv" in texts(app)
    app.button(key=f"{ANSWER}.start.csv.drop").click().run()

    assert app.text_area[0].value == "typed\n1"
    assert shown_fields(app) == {"typed": "integer"}


def test_file_in_another_encoding_is_refused_in_words(app: AppTest) -> None:
    open_way(app, "csv")

    upload(app, "csv", "rows.csv", b"name\nGr\xf6\xdfe")

    assert "not written in UTF-8: line 2" in texts(app)
    assert not offers(app, "csv")


def test_json_schema_is_brought_up_to_date_and_says_how(app: AppTest) -> None:
    open_way(app, "json_schema")
    old = "https://json-schema.org/draft/2019-09/schema"
    pair = {"type": "array", "items": [{"type": "string"}, {"type": "integer"}]}
    type_text(app, "json_schema", json.dumps({"$schema": old, "type": "object", "properties": {"pair": pair}}))

    assert "now called prefixItems" in texts(app)
    use(app, "json_schema")

    assert "prefixItems" in answer(app).draft.to_json_schema()["properties"]["pair"]


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ('{"type": "object",\n "properties": }', "line 2, column"),
        ('{"type": "object", "properties": {"a": {"type": "strin"}}}', "/properties/a/type"),
        ('{"type": "array", "items": {"type": "string"}}', "object"),
        ('{"type": "object", "properties": {"a": {"$ref": "https://example.com/x.json"}}}', "/properties/a"),
    ],
)
def test_bad_schema_is_refused_with_its_place(app: AppTest, schema: str, said: str) -> None:
    open_way(app, "json_schema")

    type_text(app, "json_schema", schema)

    assert said in texts(app)
    assert not offers(app, "json_schema")
    assert app.text_area[0].value == schema


MODELS = """
class Room(BaseModel):
    number: int

class Ticket(BaseModel):
    title: str
    room: Room | None = None

    @field_validator("title")
    def check(cls, value):
        return value
"""


def test_pydantic_source_starts_from_the_last_model_or_the_chosen_one(app: AppTest) -> None:
    open_way(app, "pydantic")
    type_text(app, "pydantic", MODELS)
    model = f"{ANSWER}.start.pydantic.model"

    assert app.selectbox(key=model).value == "Ticket"
    assert "Not carried over: the checks check" in texts(app)
    assert list(shown_fields(app))[:2] == ["title", "room"]
    app.selectbox(key=model).set_value("Room").run()
    assert shown_fields(app) == {"number": "integer"}
    look_at(app, "CSV")
    look_at(app, "Pydantic")
    assert app.selectbox(key=model).value == "Room"
    use(app, "pydantic")

    assert fields(answer(app)) == ["number"]


def test_bad_python_is_refused_with_its_line(app: AppTest) -> None:
    open_way(app, "pydantic")

    type_text(app, "pydantic", "class A(BaseModel):\n    b: int\n    c: Gadget\n")

    assert "Line 3" in texts(app)
    assert not offers(app, "pydantic")


@pytest.mark.parametrize("template", GALLERY, ids=lambda template: template.key)
def test_every_shape_of_the_gallery_can_be_used(app: AppTest, template: Template) -> None:
    open_way(app, "gallery")
    app.pills(key=f"{ANSWER}.start.gallery.template").set_value(template.key).run()

    assert template.purpose in texts(app)
    assert next(iter(template.response_schema["properties"])) in shown_fields(app)
    assert json.loads(app.code[0].value) == template.example
    use(app, "gallery")

    assert answer(app).draft.to_json_schema() == template.response_schema


def test_in_words_is_one_of_the_ways(app: AppTest, workshop: Workshop, model_server: FakeModelServer) -> None:
    workshop.make_agent(workshop.make_provider(model_server.base_url))
    open_way(app, "in_words")

    assert app.segmented_control[0].value == "In words"
    assert not app.text_area or "start.examples" not in str(app.text_area[0].key)


def test_schema_with_fields_is_compared_with_the_proposal(app: AppTest) -> None:
    app.button(key=f"{INPUT}.start.open").click().run()
    type_text(app, "examples", '{"topic": "a", "room": 1}', prefix=INPUT)

    assert '+    "room": {' in app.code[0].value
    use(app, "examples", prefix=INPUT)

    assert fields(app.session_state["editors"][1]) == ["topic", "room"]
    assert fields(answer(app)) == []


def test_only_one_dialog_is_open_whatever_was_asked_for(app: AppTest) -> None:
    open_way(app, "csv")
    app.button(key=f"{INPUT}.start.open").click().run()

    assert [one.key for one in app.segmented_control] == [f"{INPUT}.start.way"]


def test_text_of_strangers_is_no_markdown(app: AppTest) -> None:
    image = "![x](http://example.com/x.png)"
    old = "https://json-schema.org/draft/2019-09/schema"
    pair = {"type": "array", "items": [{"type": "string"}]}
    schema = {"$schema": old, "type": "object", "properties": {image: pair}}
    open_way(app, "json_schema")

    upload(app, "json_schema", f"{image}.json", json.dumps(schema).encode())

    assert f"From the file “{image}.json”." in [text.value for text in app.text]
    assert "\\!\\[x\\]\\(http" in "".join(caption.value for caption in app.caption)
    assert list(shown_fields(app)) == [image]
    assert len(app.markdown) == 0
