"""The schema builder as a person uses it: its fields, by their numbers, and what stands beside them.

A field is called by its number: "2" is the second, "2.1" the first in it, "D1" the first definition.
"""

import json
import re
from typing import Any, Self

from playwright.sync_api import Locator, Page, expect

from core.actors import LOCAL_USER
from core.tasks.records import TaskRecord
from tests.e2e.screen import button, fill, heading, open_screen, wait_for_screen
from tests.factories import Workshop, wait_until

_INVISIBLE_JOINER = "\u2060"
_EDGE = 130  # pixels from the top or the bottom of the window within which a dragged field makes the page scroll
_NUMBER = re.compile(r"Field (D?[\d.]+) name")


class Builder:
    """One schema builder, of the answer or of the input."""

    def __init__(self, page: Page, *, part: str = "Answer") -> None:
        self.page = page
        self.place = page.get_by_role("tabpanel", name=part, exact=True)
        self.form = self.place.locator(".bb-form")

    @classmethod
    def of_new_task(cls, page: Page, name: str) -> Self:
        """Begin a new task of this name."""
        open_screen(page, "/tasks", title="Tasks")
        button(page, "Add task").click()
        wait_for_screen(page, title="New task")
        fill(page, "Name", name)
        return cls(page)

    @classmethod
    def of_task(cls, page: Page, task: TaskRecord) -> Self:
        """Open a stored task by its address."""
        page.goto(f"/tasks?edit={task.id}")
        wait_for_screen(page, title=f"Edit {task.name}")
        return cls(page)

    # What stands in a row

    def name(self, number: str) -> Locator:
        return self._text(f"Field {number} name")

    def description(self, number: str) -> Locator:
        return self._text(f"Field {number} description")

    def kind(self, number: str) -> Locator:
        return self.form.get_by_role("combobox", name=f"Field {number} type", exact=True)

    def required(self, number: str) -> Locator:
        return self.form.get_by_role("checkbox", name=f"Field {number} required", exact=True)

    def row(self, number: str) -> Locator:
        """Return all that is shown of a field, without the fields in it."""
        return self.form.locator(".bb-field").filter(has=self.page.get_by_label(f"Field {number} name", exact=True))

    def handle(self, number: str) -> Locator:
        return self.row(number).get_by_role("button", name=re.compile("^Move "))

    def badges(self, number: str) -> Locator:
        return self.row(number).locator(".bb-badge")

    def complaint(self, number: str, text: str | re.Pattern[str]) -> Locator:
        """Return what is said to be wrong at a field, in its row or in its details."""
        return self.row(number).locator(".bb-error").filter(has_text=text, visible=True)

    # Acts

    def add_field(self, name: str, *, kind: str = "string") -> str:
        """Add a field at the end and return its number."""
        button(self.form, "Add field").click()
        return self._finish_new(name, kind=kind)

    def add_inside(self, number: str, name: str, *, kind: str = "string", item: str = "Add a field in it") -> str:
        """Add a field (or a shape) inside another and return its number."""
        self.press_menu(number, item)
        return self._finish_new(name, kind=kind)

    def set_kind(self, number: str, words: str) -> None:
        kind = self.kind(number)
        kind.focus()  # with many fields a list has its options only once it is reached
        kind.select_option(label=words)

    def press_menu(self, number: str, item: str | re.Pattern[str]) -> None:
        self.row(number).get_by_role("button", name=re.compile("^More for ")).click()
        self.form.get_by_role("menuitem", name=item).click()

    def open_details(self, number: str) -> Locator:
        """Open what else can be said of a field, if it is not open, and return its row."""
        row = self.row(number)
        opener = row.get_by_role("button", name=re.compile("^Details of "))
        if opener.get_attribute("aria-expanded") == "false":
            opener.click()
        expect(row.locator(".bb-details")).to_be_visible()
        return row

    def set_choices(self, number: str, *choices: str) -> None:
        """Type the choices, each followed by Enter, which makes room for the next."""
        row = self.open_details(number)
        row.get_by_role("button", name="Add choice").click()
        for place, choice in enumerate(choices, start=1):
            line = row.get_by_role("textbox", name=f"Choice {place}", exact=True)
            expect(line).to_be_focused()
            line.fill(choice)
            if place < len(choices):
                line.press("Enter")

    def set_detail(self, number: str, title: str, text: str) -> Locator:
        """Type into one of the details of a field, leave it, and return it."""
        control = self.open_details(number).get_by_role("textbox", name=title, exact=True).last
        control.fill(text)
        control.blur()
        return control

    def drag(self, number: str, onto: str, *, share: float) -> None:
        """Drag a field by its handle to a place in the height of another's line: 0 is its top, 1 its bottom."""
        mouse = self.page.mouse
        self.handle(number).scroll_into_view_if_needed()
        mouse.move(*_inside(self.handle(number), share=0.5))
        mouse.down()
        line = self.row(onto).locator(".bb-line")
        self._carry_into_sight(line)
        mouse.move(*_inside(line, share=0.5))
        # Near the edge of the window the page has been scrolling along, so the line is looked for again.
        mouse.move(*_inside(line, share=share), steps=3)
        expect(self.form.locator(".bb-drop")).to_be_visible()
        mouse.up()

    def _carry_into_sight(self, line: Locator) -> None:
        """While a field is dragged, hold it at the edge of the window until the line has been scrolled to."""
        height = self.page.evaluate("window.innerHeight")
        x, y = _inside(line, share=0.5)
        if _EDGE < y < height - _EDGE:
            return
        self.page.mouse.move(x, 5 if y <= _EDGE else height - 5, steps=2)
        wait_until(lambda: _EDGE < _inside(line, share=0.5)[1] < height - _EDGE, what="the page to scroll along")

    def search(self, words: str) -> Locator:
        field = self.form.get_by_role("searchbox", name="Search fields")
        field.fill(words)
        return field

    # What is to be seen

    def expect_names(self, *names: str) -> None:
        """See that exactly these fields stand in the form, in this order."""
        fields = self.form.locator(".bb-name")
        expect(fields).to_have_count(len(names))
        for place, name in enumerate(names):
            expect(fields.nth(place)).to_have_value(name)

    def expect_schema(self, schema: dict[str, Any]) -> None:
        """See that the live JSON Schema beside the form becomes this, in this order of keys."""
        expected = json.dumps(schema)
        try:
            wait_until(lambda: self._is_shown(expected), what=f"{expected} beside the form")
        except AssertionError as error:
            error.add_note(f"There stands: {self.shown_schema()}")
            raise

    def shown_schema(self) -> str:
        """Return the live JSON Schema beside the form as it stands there, blank if it is not JSON just now."""
        code = self.beside("JSON").get_by_test_id("stCode").locator("code")
        return code.inner_text().replace(_INVISIBLE_JOINER, "") if code.count() else ""

    def _is_shown(self, expected: str) -> bool:
        try:
            return json.dumps(json.loads(self.shown_schema())) == expected
        except ValueError:
            return False

    # The tabs

    def beside(self, tab: str) -> Locator:
        """Open a tab of the panel beside the form and return what it holds."""
        opener = self.place.get_by_role("tablist").last.get_by_role("tab", name=tab, exact=True)
        if opener.get_attribute("aria-selected") != "true":
            opener.click()
            expect(opener).to_have_attribute("aria-selected", "true")
        return self.place.get_by_role("tabpanel", name=tab, exact=True).last

    def open_tab(self, tab: str) -> None:
        """Show the schema as a form or as JSON."""
        opener = self.place.get_by_role("tablist").first.get_by_role("tab", name=tab, exact=True)
        opener.click()
        expect(opener).to_have_attribute("aria-selected", "true")

    @property
    def json_text(self) -> Locator:
        return self.place.get_by_role("textbox", name="JSON Schema")

    def read_json(self) -> str:
        """Open the JSON tab and return the text that stands there."""
        self.open_tab("JSON")
        expect(self.json_text).not_to_have_value("")
        return self.json_text.input_value()

    def write_json(self, text: str) -> None:
        """Put a text into the JSON tab and apply it."""
        self.read_json()
        self.json_text.fill(text)
        button(self.place, "Apply").click()

    def try_value(self, text: str) -> None:
        """Put a value into the tab beside the form that judges one."""
        self.beside("Try").get_by_role("textbox", name="Try a value").fill(text)
        button(self.beside("Try"), "Check").click()

    def save(self) -> None:
        button(self.page, "Save").click()
        wait_for_screen(self.page, title="Tasks")

    def _text(self, name: str) -> Locator:
        return self.form.get_by_role("textbox", name=name, exact=True)

    def _finish_new(self, name: str, *, kind: str) -> str:
        focused = self.page.evaluate("document.activeElement.ariaLabel")
        found = _NUMBER.fullmatch(focused or "")
        assert found is not None, f"the focus is at {focused}, not at the name of a new field"
        self.name(found[1]).fill(name)
        if kind != "string":
            self.set_kind(found[1], kind)
        return found[1]


def _inside(element: Locator, *, share: float) -> tuple[float, float]:
    """Return a point near the left end of an element, at a share of its height."""
    box = element.bounding_box()
    assert box is not None, "the element is not on the screen"
    return box["x"] + min(10, box["width"] / 2), box["y"] + box["height"] * share


def find_task(backstage: Workshop, name: str) -> TaskRecord:
    return next(task for task in backstage.services.tasks.list_tasks(LOCAL_USER) if task.name == name)


def discard(page: Page) -> None:
    """Leave the editor and all that was changed in it."""
    button(page, "Cancel").click()
    button(page.get_by_role("dialog"), "Discard").click()
    expect(heading(page, "Tasks")).to_be_visible()
