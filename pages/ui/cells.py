"""What stands in the rows of a live table, as plain data that a script and a route build alike. All of it is text."""

from datetime import datetime, tzinfo
from typing import TypedDict

from pages.ui.badges import status_colour, status_word
from pages.ui.text import absolute_time, cut, relative_time


class Line(TypedDict):
    """A line of text; `title` shows on hover, `is_quiet` makes it small and muted."""

    text: str
    title: str
    is_quiet: bool


class Badge(TypedDict):
    """A status as word and colour."""

    word: str
    colour: str
    title: str


class Press(TypedDict):
    """A button. `act` is the name under which the page hears of it."""

    act: str
    text: str
    title: str
    is_disabled: bool


class Switch(TypedDict):
    """A switch. The page hears of it under `act`, with whether it was switched on."""

    act: str
    label: str
    is_on: bool


class Cell(TypedDict):
    """One cell: what is given stands in it from top to bottom, buttons beside each other."""

    badge: Badge | None
    lines: list[Line]
    switch: Switch | None
    presses: list[Press]


class Row(TypedDict):
    """One row. `note` stands below its cells, in full."""

    id: str
    cells: list[Cell]
    note: str


def cell(
    *lines: Line | None, badge: Badge | None = None, switch: Switch | None = None, presses: list[Press] | None = None
) -> Cell:
    """Return a cell; lines that are None are left out."""
    return {
        "badge": badge,
        "lines": [line for line in lines if line is not None],
        "switch": switch,
        "presses": presses or [],
    }


def line(text: str, *, limit: int = 1000, title: str = "", is_quiet: bool = False) -> Line:
    """Return a line of untrusted text; past `limit` characters it is cut and stands whole in the hover text."""
    is_long = len(text) > limit
    return {
        "text": cut(text, limit) if is_long else text,
        "title": title or (text if is_long else ""),
        "is_quiet": is_quiet,
    }


def quiet(text: str, *, limit: int = 1000, title: str = "") -> Line | None:
    """Return a small and muted line, None for a blank one."""
    return line(text, limit=limit, title=title, is_quiet=True) if text else None


def time_line(moment: datetime, *, zone: tzinfo, prefix: str = "") -> Line:
    """Return a relative time, with the absolute one on hover."""
    return line(f"{prefix}{relative_time(moment, zone=zone)}", title=absolute_time(moment, zone=zone), is_quiet=True)


def version_line(number: int, saved_at: datetime, *, zone: tzinfo) -> Line:
    """Return a version and when it was saved, with the absolute time on hover."""
    text = f"v{number} · {relative_time(saved_at, zone=zone)}"
    return line(text, title=f"Saved {absolute_time(saved_at, zone=zone)}", is_quiet=True)


def status_badge(status: str, *, title: str = "") -> Badge:
    """Return the badge of a status. `status` is the value of one of the status enums."""
    return {"word": status_word(status), "colour": status_colour(status), "title": title}


def press(act: str, text: str, *, title: str = "", is_disabled: bool = False) -> Press:
    """Return a button."""
    return {"act": act, "text": text, "title": title, "is_disabled": is_disabled}
