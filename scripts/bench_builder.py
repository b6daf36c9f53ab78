"""Measures the schema builder with 200 fields in a real browser: from a key press until the edit has settled.

An edit has settled when the server has answered it, the schema beside the form shows it and the page is idle. Typed
text is handed over when it is left, so a rename is measured from there.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page

from core.services import Services
from scripts.figures import Figure
from tests.e2e.conftest import BenchtopProcess
from tests.factories import Workshop

Json = Any  # Any: a JSON Schema

_GROUPS, _PARTS, _FIELDS, _LOOSE = 5, 3, 11, 3
_COUNT: Final = _GROUPS * (1 + _PARTS * (1 + _FIELDS) + _LOOSE)
_ROUNDS: Final = 20
_WARM_UPS: Final = 3
_PROMISE: Final = "promised: 300 ms"
_IDLE: Final = '[data-testid="stApp"][data-test-script-state="notRunning"]'
_WATCH: Final = Path(__file__).with_name("builder_watch.js")
_KINDS: Final[list[Json]] = [
    {"type": "string", "description": "What the ticket says of it, in a few words."},
    {"type": "integer", "minimum": 0, "description": "How many there are."},
    {"enum": ["in progress, on hold", "done"]},
    {"type": "array", "items": {"type": "string"}},
    {"type": "string", "format": "date"},
]


@dataclass
class _Times:
    """The milliseconds that the edits of one kind took."""

    painted: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    settled: list[float] = field(default_factory=list)


def measure_builder(process: BenchtopProcess, services: Services, browser: Browser) -> Iterator[Figure]:
    """Edit a task of 200 fields on three levels, each kind of edit a fixed number of times."""
    task = Workshop(services).make_task(_make_schema(), name="Bench builder")
    with _open_editor(browser, f"{process.url}/tasks?edit={task.id}") as tab:
        bench = _Bench(tab)
        for name, act in (
            ("rename", bench.rename),
            ("change the type", bench.change_type),
            ("add a field", bench.add),
            ("move", bench.move),
            ("toggle required", bench.toggle_required),
            ("undo", bench.undo),
        ):
            for number in range(_WARM_UPS):
                act(number, _Times())
            times = _Times()
            for number in range(_WARM_UPS, _WARM_UPS + _ROUNDS):
                act(number, times)
            yield from _figures(f"builder with {_COUNT} fields, {name}", times)


def _figures(name: str, times: _Times) -> Iterator[Figure]:
    settled = sorted(times.settled)
    yield Figure(f"{name}: settled, p50", settled[len(settled) // 2], "ms", _PROMISE)
    yield Figure(f"{name}: settled, p95", settled[int(len(settled) * 0.95) - 1], "ms", _PROMISE)
    yield Figure(f"{name}: settled, worst", settled[-1], "ms")
    yield Figure(f"{name}: the form has its answer, p50", sorted(times.answered)[len(settled) // 2], "ms")
    yield Figure(f"{name}: visible, p50", sorted(times.painted)[len(settled) // 2], "ms")
    yield Figure(f"{name}: visible, worst", max(times.painted), "ms")


@contextmanager
def _open_editor(browser: Browser, url: str) -> Iterator[Page]:
    tab = browser.new_page(viewport={"width": 1440, "height": 900})
    tab.add_init_script(path=_WATCH)
    tab.goto(url)
    tab.locator(".bb-field").nth(_COUNT - 1).wait_for(state="attached")
    tab.wait_for_selector(_IDLE)
    yield tab
    tab.close()


class _Bench:
    """The edits, each made at another field: round `number` goes through groups, parts and fields."""

    def __init__(self, tab: Page) -> None:
        self._tab = tab

    def rename(self, number: int, times: _Times) -> None:
        label, place, at = f"{_number(number)} name", _place(number), _index(number)
        name = f"renamed_{number}"
        self._tab.get_by_label(label, exact=True).fill(name)
        self._watch(
            {"event": "keydown", "key": "Tab"},
            shown=f"label({_text(label)}).value === {_text(name)}",
            stands=f"Object.keys({place})[{at}] === {_text(name)}",
        )
        self._tab.keyboard.press("Tab")
        self._take(times)

    def change_type(self, number: int, times: _Times) -> None:
        label, at = f"{_number(number)} type", _index(number)
        select = self._tab.get_by_label(label, exact=True)
        kind = "boolean" if select.input_value() != "0|boolean" else "number"
        self._watch(
            {"event": "change"},
            shown=f"label({_text(label)}).value === {_text('0|' + kind)}",
            stands=f"Object.values({_place(number)})[{at}].type === {_text(kind)}",
        )
        select.select_option(f"0|{kind}")
        self._take(times)

    def add(self, number: int, times: _Times) -> None:
        """Press Enter in a name; the field is taken back afterwards, so that there are as many each time."""
        label = _number(number, extra=1)
        self._tab.get_by_label(f"{_number(number)} name", exact=True).focus()
        self._watch(
            {"event": "keydown", "key": "Enter"},
            shown=f"label({_text(label + ' name')}).value === ''",
            stands=f"rows.length === {_COUNT + 1}",
        )
        self._tab.keyboard.press("Enter")
        self._take(times)
        self._take_back(f"rows.length === {_COUNT}", _Times())

    def move(self, number: int, times: _Times) -> None:
        label, at = _number(number), _index(number)
        box = self._tab.get_by_label(f"{label} name", exact=True)
        box.focus()
        name = _text(box.input_value())
        by, key = (1, "ArrowDown") if at < _FIELDS - 1 else (-1, "ArrowUp")
        self._watch(
            {"event": "keydown", "key": key},
            shown=f"label({_text(_number(number, extra=by) + ' name')}).value === {name}",
            stands=f"Object.keys({_place(number)})[{at + by}] === {name}",
        )
        self._tab.keyboard.press(f"Alt+{key}")
        self._take(times)

    def toggle_required(self, number: int, times: _Times) -> None:
        label = f"{_number(number)} required"
        box = self._tab.get_by_label(label, exact=True)
        name = _text(self._tab.get_by_label(f"{_number(number)} name", exact=True).input_value())
        wanted = json.dumps(not box.is_checked())
        required = f"({_place(number).removesuffix('.properties')}.required ?? [])"
        self._watch(
            {"event": "click"},
            shown=f"label({_text(label)}).checked === {wanted}",
            stands=f"{required}.includes({name}) === {wanted}",
        )
        box.click()
        self._take(times)

    def undo(self, number: int, times: _Times) -> None:
        """Take back a rename."""
        label = f"{_number(number)} name"
        before = self._tab.get_by_label(label, exact=True).input_value()
        self.rename(number + 1_000 * _PARTS * _GROUPS * _FIELDS, _Times())
        self._take_back(
            f"Object.keys({_place(number)})[{_index(number)}] === {_text(before)}",
            times,
            shown=f"label({_text(label)}).value === {_text(before)}",
        )

    def _take_back(self, stands: str, times: _Times, *, shown: str = "true") -> None:
        self._watch({"event": "keydown", "key": "z"}, shown=shown, stands=stands)
        self._tab.keyboard.press("Control+z")
        self._take(times)

    def _watch(self, start: dict[str, str], *, shown: str, stands: str) -> None:
        edit = {**start, "shown": shown, "stands": stands}
        self._tab.evaluate("edit => { window.watched = window.watchEdit(edit) }", edit)

    def _take(self, times: _Times) -> None:
        taken = self._tab.evaluate("window.watched")
        times.painted.append(taken["painted"])
        times.answered.append(taken["answered"])
        times.settled.append(taken["settled"])


def _steps(number: int) -> tuple[int, int, int]:
    """Return the group, the part of it, and the field in that, which a round edits."""
    return number % _GROUPS, number // _GROUPS % _PARTS, number * 7 % _FIELDS


def _index(number: int) -> int:
    return _steps(number)[2]


def _number(number: int, *, extra: int = 0) -> str:
    """Return what the form calls the field, or one so many places behind it."""
    group, part, at = _steps(number)
    return f"Field {group + 1}.{part + 1}.{at + 1 + extra}"


def _place(number: int) -> str:
    """Return where the field and its siblings stand in the schema."""
    group, part, _ = _steps(number)
    return f"schema.properties.group_{group}.properties.part_{part}.properties"


def _text(text: str) -> str:
    return json.dumps(text)


def _make_schema() -> Json:
    def closed(properties: Json) -> Json:
        required = list(properties)
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    leaves = {f"field_{number}": _KINDS[number % len(_KINDS)] for number in range(_FIELDS)}
    loose = {f"loose_{number}": _KINDS[number] for number in range(_LOOSE)}
    group = closed({f"part_{number}": closed(leaves) for number in range(_PARTS)} | loose)
    return closed({f"group_{number}": group for number in range(_GROUPS)})
