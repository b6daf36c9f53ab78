"""Whether a task stores what its runs ask and answer is chosen in its editor."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.services import Services
from tests.app.task_page import open_stored, save
from tests.factories import Workshop


def test_a_task_can_be_told_to_store_no_content_and_the_page_says_what_that_means(
    open_page: Callable[..., AppTest], services: Services, workshop: Workshop
) -> None:
    task = workshop.make_task()
    app = open_stored(open_page, task)
    assert app.toggle(key="tasks.stores_content").value is True

    app.toggle(key="tasks.stores_content").set_value(False).run()
    said = [caption.value for caption in app.caption]
    save(app)

    assert any("stay in memory" in text for text in said)
    saved = services.tasks.get_task(LOCAL_USER, task.id)
    assert (saved.stores_content, saved.version) == (False, 2)
    again = open_stored(open_page, saved)
    assert again.toggle(key="tasks.stores_content").value is False
