"""What the Run page says before a run: what will be sent, and what speaks against it."""

import json
from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.runs.records import RunFilter
from core.services import Services
from tests.factories import Workshop

OpenPage = Callable[..., AppTest]
NOWHERE = "http://127.0.0.1:9/v1"
OPENAI = "https://api.openai.com/v1"
TICKET: dict[str, Any] = {  # Any: a JSON Schema
    "type": "object",
    "properties": {"subject": {"type": "string"}, "message": {"type": "string"}},
    "required": ["subject", "message"],
}


def open_preview(app: AppTest) -> AppTest:
    app.session_state["run.preview"] = True
    return app.run()


def shown_codes(app: AppTest) -> list[str]:
    assert not app.exception
    return [block.value for block in app.code]


def badges(app: AppTest) -> str:
    return "\n".join(element.value.replace("\\", "") for element in app.markdown)


def warned(app: AppTest) -> list[str]:
    assert not app.exception
    return [str(element.proto.title).replace("\\", "") for element in app.warning]


def fill(app: AppTest, label: str, text: str) -> AppTest:
    next(area for area in app.text_area if area.label == label).set_value(text)
    return app.run()


def count_runs(services: Services) -> int:
    return services.history.page_runs(LOCAL_USER, RunFilter(), offset=0, limit=1).total


def make_ticket_pair(workshop: Workshop, template: str, **values: Any) -> None:
    agent = workshop.make_agent(user_prompt_template=template, **values)
    workshop.assign(agent, workshop.make_task(request_schema=TICKET))


def test_closed_preview_shows_and_reads_nothing(open_page: OpenPage, workshop: Workshop) -> None:
    workshop.make_pair(NOWHERE, system_prompt="Only when asked.")

    app = open_page("run")

    assert [box.label for box in app.expander] == ["Tune", "What will be sent"]
    assert shown_codes(app) == []


def test_open_preview_follows_what_is_typed_and_starts_nothing(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    workshop.make_pair(NOWHERE, system_prompt="Sort **this**.", temperature=0.5)
    app = open_preview(open_page("run"))
    before, marked = shown_codes(app), badges(app)

    fill(app, "Input", "It is *broken*.")
    after = shown_codes(app)

    assert before[:2] == ["Sort **this**.", "{{input}}"]
    assert "{{input}}, line 1: not filled" in marked
    assert "not filled" not in badges(app)
    assert after[:2] == ["Sort **this**.", "It is *broken*."]
    assert json.loads(after[2]) == {"model": "ok", "temperature": 0.5}
    assert list(json.loads(after[3])["properties"]) == ["category", "confidence"]
    assert count_runs(services) == 0


def test_preview_marks_what_nothing_fills(open_page: OpenPage, workshop: Workshop) -> None:
    make_ticket_pair(workshop, "About {{subject}}:\n{{message}}", system_prompt="Sort {{subject}}.")
    app = open_preview(open_page("run"))

    fill(app, "subject", "A bill")

    assert shown_codes(app)[:2] == ["Sort {{subject}}.", "About A bill:\n{{message}}"]
    assert "{{message}}, line 2: not filled" in badges(app)
    assert "{{subject}}, line 1: sent as it stands" in badges(app)
    assert badges(app).count("not filled") == 1


def test_request_that_is_rewritten_can_be_seen_exactly(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    workshop.make_pair(OPENAI, model_name="gpt-4o", max_tokens=9)
    app = open_preview(open_page("run"))
    fill(app, "Input", "Help")
    roughly = shown_codes(app)

    app.toggle(key="run.exact").set_value(True).run()
    exactly = shown_codes(app)

    assert "strict" not in "".join(roughly)
    assert "Help" in exactly
    assert json.loads(exactly[-2]) == {"model": "gpt-4o", "max_completion_tokens": 9}
    assert json.loads(exactly[-1])["json_schema"]["schema"]["required"] == ["category", "confidence"]
    assert count_runs(services) == 0


def test_exact_request_without_an_input_asks_for_one(open_page: OpenPage, workshop: Workshop) -> None:
    workshop.make_pair(OPENAI, model_name="gpt-4o")
    app = open_preview(open_page("run"))

    app.toggle(key="run.exact").set_value(True).run()

    assert shown_codes(app) == []
    assert "There is no input yet" in app.error[0].proto.title


def test_a_request_that_goes_out_as_shown_has_no_other_view(open_page: OpenPage, workshop: Workshop) -> None:
    workshop.make_pair(NOWHERE)

    app = open_preview(open_page("run"))

    assert shown_codes(app)
    assert not app.toggle


def test_warning_stands_above_the_button_and_does_not_block_it(open_page: OpenPage, workshop: Workshop) -> None:
    make_ticket_pair(workshop, "{{subjct}} {{message}}")

    app = open_page("run")

    assert warned(app) == ["The run will be refused: the input has no field for {{subjct}}."]
    assert "{{subject}}" in app.warning[0].value.replace("\\", "")
    assert not app.button(key="run.start").disabled


def test_form_that_is_being_filled_in_is_not_warned_of(open_page: OpenPage, workshop: Workshop) -> None:
    make_ticket_pair(workshop, "{{subject}} {{message}}")
    app = open_page("run")

    assert warned(app) == []
    assert warned(fill(app, "subject", "A bill")) == []
    assert warned(fill(app, "message", "Too high")) == []


def test_warning_about_the_input_comes_and_goes_with_it(open_page: OpenPage, workshop: Workshop) -> None:
    agent = workshop.make_agent(user_prompt_template="{{subject}} {{extra}}")
    properties = TICKET["properties"] | {"extra": {"type": "string"}}
    workshop.assign(agent, workshop.make_task(request_schema=TICKET | {"properties": properties}))
    app = open_page("run")
    fill(fill(app, "subject", "A bill"), "message", "Too high")

    without = warned(app)
    fill(app, "extra (optional)", "More")

    assert without == ["The run will be refused: the template asks for {{extra}}, and this input leaves it out."]
    assert warned(app) == []


def test_notes_are_behind_a_click(open_page: OpenPage, workshop: Workshop) -> None:
    make_ticket_pair(workshop, "{{subject}}")
    app = open_page("run")
    closed = [element.value for element in app.text]

    app.session_state["run.notes"] = True
    app.run()

    sentence = "The model will not see “message”: the template never uses it."
    assert warned(app) == []
    assert sentence not in closed
    assert sentence in [element.value for element in app.text]


def test_hostile_names_are_shown_as_they_are(open_page: OpenPage, workshop: Workshop) -> None:
    name = ":red[x] ![i](http://a.example/) <b>"
    make_ticket_pair(workshop, f"{{{{{name}}}}} {{{{subject}}}}")

    app = open_preview(open_page("run"))

    assert not app.exception
    assert ":red[" not in "".join([*(one.value for one in app.markdown), app.warning[0].proto.title])
    assert ":red\\[x\\]" in app.warning[0].proto.title.replace("\\:", ":")
