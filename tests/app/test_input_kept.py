"""What is typed for one task is kept while another one is looked at."""

from tests.app.input_page import find, open_input, turn_to, value
from tests.app.test_input_form import MakeTask, make_task

__all__ = ["make_task"]


def test_what_was_typed_is_there_again_after_a_look_at_another_task(make_task: MakeTask) -> None:
    task = make_task({"city": {"type": "string"}, "days": {"type": "integer"}})
    other = make_task({"name": {"type": "string"}})
    app = open_input(task, {"city": "Oslo"})
    find(app, "number_input", "days").set_value(3)
    app.session_state["task_id"] = other.id
    app.run()
    find(app, "text_area", "name").set_value("Ada").run()

    app.session_state["task_id"] = task.id
    app.run()

    assert value(app) == {"city": "Oslo", "days": 3}
    assert find(app, "number_input", "days").value == 3
    app.session_state["task_id"] = other.id
    assert value(app.run()) == {"name": "Ada"}


def test_json_that_is_being_typed_is_there_again_too(make_task: MakeTask) -> None:
    task, other = make_task({"city": {"type": "string"}}), make_task({"name": {"type": "string"}})
    app = turn_to(open_input(task), "JSON")
    app.text_area[0].set_value('{"city": ').run()
    app.session_state["task_id"] = other.id
    app.run()

    app.session_state["task_id"] = task.id
    app.run()

    assert app.text_area[0].value == '{"city": '
