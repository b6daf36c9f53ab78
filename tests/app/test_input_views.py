"""The input as a form and as JSON, and what fills it from elsewhere."""

import pytest

from core.actors import LOCAL_USER
from core.services import Services
from core.tasks.records import FixtureDraft, FixtureRecord, TaskChange, TaskRecord
from tests.app.input_page import (
    choose,
    find,
    open_input,
    pick_fixture,
    press,
    problems,
    state_of,
    texts,
    turn_to,
    value,
)
from tests.factories import Workshop

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "extra": {"type": "object"}, "n": {"type": "integer"}},
    "required": ["name"],
}


@pytest.fixture
def task(workshop: Workshop) -> TaskRecord:
    return workshop.make_task(request_schema=SCHEMA)


def keep(services: Services, task: TaskRecord, name: str, value: object) -> FixtureRecord:
    return services.fixtures.create_fixture(LOCAL_USER, task.id, FixtureDraft(name=name, input=value))


def names(services: Services, task: TaskRecord) -> list[str]:
    return [fixture.name for fixture in services.fixtures.list_fixtures(LOCAL_USER, task.id)]


def test_both_views_show_the_same_input(task: TaskRecord) -> None:
    app = open_input(task)
    find(app, "text_area", "name").set_value("Robin").run()

    turn_to(app, "JSON")
    shown = find(app, "text_area", "Input as JSON").value
    find(app, "text_area", "Input as JSON").set_value('{"name": "Kim", "n": 4, "more": [1]}').run()
    turn_to(app, "Form")

    assert shown == '{\n  "name": "Robin"\n}'
    assert find(app, "text_area", "name").value == "Kim"
    assert value(app) == {"name": "Kim", "n": 4, "more": [1]}


@pytest.mark.parametrize("text", ['{"name": ', "[1]", '{"name": "a", "name": "b"}'])
def test_json_that_is_no_input_is_kept_and_the_form_refused(task: TaskRecord, text: str) -> None:
    app = open_input(task)
    turn_to(app, "JSON")
    find(app, "text_area", "Input as JSON").set_value(text).run()
    found = problems(app)

    turn_to(app, "Form")

    assert len(found) == 1
    assert find(app, "text_area", "Input as JSON").value == text
    assert "then switch" in app.warning[0].value


def test_a_field_that_is_no_json_is_kept_and_the_json_view_refused(task: TaskRecord) -> None:
    app = open_input(task)
    find(app, "text_area", "extra").set_value("{oops").run()

    turn_to(app, "JSON")

    assert find(app, "text_area", "extra").value == "{oops"
    assert "“extra” is not JSON yet" in app.warning[0].value


def test_a_schema_that_changes_meanwhile_keeps_what_was_typed(services: Services, task: TaskRecord) -> None:
    app = open_input(task)
    find(app, "text_area", "name").set_value("Robin").run()

    changed = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 20}}}
    services.tasks.change_task(LOCAL_USER, task.id, TaskChange(request_schema=changed))
    app.run()

    assert find(app, "text_input", "name").value == "Robin"


def test_one_click_fills_a_fixture_in_and_one_that_does_not_fit_is_marked(services: Services, task: TaskRecord) -> None:
    good, bad = keep(services, task, "Good", {"name": "Kim"}), keep(services, task, "Bad *name*", {"n": "x"})
    app = open_input(task)

    pick_fixture(app, good.id)
    filled = value(app)
    pick_fixture(app, bad.id)

    pills = app.pills(key="page.sample")
    assert filled == {"name": "Kim"}
    assert value(app) == {"n": "x"}
    assert [option.content for option in pills.proto.options] == ["Good", r"Bad \*name\*"]
    assert [option.content_icon for option in pills.proto.options] == ["", ":material/warning:"]
    assert "does not fit the task any more" in pills.proto.help


def test_fixtures_whose_names_begin_the_same_stay_different(services: Services, task: TaskRecord) -> None:
    long = "The parcel that was sent on the first Monday of the month and came back "
    first, last = (
        keep(services, task, f"{long}late", {"name": "late"}),
        keep(services, task, f"{long}wet", {"name": "wet"}),
    )
    app = open_input(task)

    pick_fixture(app, first.id)
    filled = value(app)
    choose(app, "Manage fixtures…")
    chosen = next(box for box in app.selectbox if box.label == "Fixture")
    chosen.select(chosen.options[1]).run()
    press(app, "manage.delete")

    assert filled == {"name": "late"}
    assert [kept.id for kept in services.fixtures.list_fixtures(LOCAL_USER, task.id)] == [first.id]
    assert last.id != first.id


def test_the_present_input_is_kept_under_a_name(services: Services, task: TaskRecord) -> None:
    app = open_input(task, {"n": 1})
    choose(app, "Keep this input…")
    said = texts(app)

    press(app, "keep.save")
    nameless = texts(app)
    app.text_input(key="page.keep.name").set_value("Mine").run()
    press(app, "keep.save")

    (fixture,) = services.fixtures.list_fixtures(LOCAL_USER, task.id)
    assert "It does not fit the task" in said
    assert "Give it a name" in nameless
    assert (fixture.name, fixture.input, fixture.fits) == ("Mine", {"n": 1}, False)
    assert state_of(app).dialog is None


def test_a_fixture_is_renamed_overwritten_deleted_and_brought_back(services: Services, task: TaskRecord) -> None:
    fixture = keep(services, task, "First", {"name": "Kim"})
    app = open_input(task, {"name": "Robin"})
    choose(app, "Manage fixtures…")

    find(app, "text_input", "Name").set_value("Second").run()
    press(app, "manage.rename")
    renamed = names(services, task)
    press(app, "manage.overwrite")
    overwritten = services.fixtures.get_fixture(LOCAL_USER, task.id, fixture.id).input
    press(app, "manage.delete")
    deleted = names(services, task)
    press(app, "manage.undo")

    assert (renamed, overwritten, deleted) == (["Second"], {"name": "Robin"}, [])
    assert names(services, task) == ["Second"]


def test_a_name_that_is_taken_is_refused_in_the_dialog(services: Services, task: TaskRecord) -> None:
    keep(services, task, "First", {"name": "Kim"})
    keep(services, task, "Second", {"name": "Kim"})
    app = open_input(task)
    choose(app, "Manage fixtures…")

    find(app, "text_input", "Name").set_value("Second").run()
    press(app, "manage.rename")

    assert "This name is taken" in texts(app)
    assert names(services, task) == ["First", "Second"]


def test_pasted_json_fills_the_form_and_broken_json_is_said(task: TaskRecord) -> None:
    app = open_input(task)
    choose(app, "Paste JSON…")

    app.text_area(key="page.paste.text").set_value('{"name": oops}').run()
    press(app, "paste.fill")
    said = texts(app)
    app.text_area(key="page.paste.text").set_value('{"name": "Kim"}').run()
    press(app, "paste.fill")

    assert "line 1, column 10" in said
    assert value(app) == {"name": "Kim"}
    assert state_of(app).dialog is None


def test_the_input_of_an_earlier_run_is_filled_in(services: Services, workshop: Workshop, task: TaskRecord) -> None:
    agent = workshop.make_agent()
    workshop.assign(agent, task)
    workshop.run(agent, task, {"name": "Earlier"})
    app = open_input(task)

    choose(app, "From an earlier run…")
    said = texts(app)
    press(app, "earlier.0.fill")

    assert '"name": "Earlier"' in said
    assert agent.name in said
    assert value(app) == {"name": "Earlier"}


def test_a_text_task_keeps_its_text_and_fills_it_too(services: Services, workshop: Workshop) -> None:
    task = workshop.make_task()
    fixture = keep(services, task, "One", "A kept text")
    app = open_input(task, "Typed")
    typed = value(app)

    pick_fixture(app, fixture.id)

    assert typed == "Typed"
    assert value(app) == "A kept text"
    assert not app.segmented_control
    assert "Paste JSON…" not in app.menu_button(key="page.menu").options


def test_an_object_for_a_text_task_and_a_text_for_a_form_are_shown(workshop: Workshop, task: TaskRecord) -> None:
    as_text = open_input(workshop.make_task(), {"a": 1})
    as_form = open_input(task, "only text")

    assert value(as_text) == '{\n  "a": 1\n}'
    assert find(as_form, "text_area", "Input as JSON").value == "only text"


def test_a_fixture_that_went_meanwhile_breaks_nothing(services: Services, task: TaskRecord) -> None:
    fixture = keep(services, task, "Gone", {"name": "Kim"})
    app = open_input(task)
    choose(app, "Manage fixtures…")
    services.fixtures.delete_fixture(LOCAL_USER, task.id, fixture.id)

    press(app, "manage.overwrite")

    assert "not there any more" in texts(app)
