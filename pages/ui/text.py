"""Words for people: untrusted text made safe, and numbers and times as they are read."""

import re
from datetime import UTC, datetime, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

import streamlit as st

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-!|~$:&^=])")
_REPLACED_AFTER_PARSING = re.compile(
    r":(?=material/|streamlit:|//)|(?<=\bwww)\.|@|-(?=[->])|<(?=[-=])|[>~](?==)", re.IGNORECASE
)
_WORD_JOINER = "\u2060"
NOTHING = "—"
"""What stands for a value that is not there."""


def label(text: str) -> str:
    """Return untrusted text so that labels, titles, toasts and alerts show it as it is, on one line.

    Streamlit reads them as Markdown. An invisible joiner splits what it replaces after parsing (icon names, bare
    links, arrows), which a backslash does not stop; text to copy exactly belongs into `st.text` or `st.code`.
    """
    flat = " ".join(text.split())
    joined = _REPLACED_AFTER_PARSING.sub(lambda match: match.group(0) + _WORD_JOINER, flat)
    return _MARKDOWN.sub(r"\\\1", joined)


def cut(text: str, limit: int = 80) -> str:
    """Return the text on one line, cut with an ellipsis past `limit` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else f"{flat[: limit - 1].rstrip()}…"


def duration(seconds: float | None) -> str:
    """Return `1.24 s`, or `2 min 05 s` from a minute on; a dash for None."""
    if seconds is None:
        return NOTHING
    if seconds < 60:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def milliseconds(value: float | None) -> str:
    """Return `12 ms`, or `1.24 s` from a second on; a dash for None."""
    return f"{value:.0f} ms" if value is not None and round(value) < 1000 else duration(value / 1000 if value else None)


def tokens(count: int | None) -> str:
    """Return `1,234 tokens`; a dash for None."""
    return NOTHING if count is None else counted(count, "token")


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return `1 agent`, `3 agents`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def relative_time(moment: datetime | None, *, now: datetime | None = None, zone: tzinfo | None = None) -> str:
    """Return `just now`, `40 s ago`, `3 min ago`, `2 h ago`, `5 d ago`, or the date; a dash for None.

    `zone` None: the viewer's, which only a page knows.
    """
    if moment is None:
        return NOTHING
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if seconds < 5:
        return "just now"
    for size, unit in ((60, "s"), (3600, "min"), (86_400, "h")):
        if seconds < size:
            return f"{int(seconds // {'s': 1, 'min': 60, 'h': 3600}[unit])} {unit} ago"
    days = int(seconds // 86_400)
    return f"{days} d ago" if days <= 30 else f"{moment.astimezone(zone or viewer_zone()):%-d %b %Y}"


def absolute_time(moment: datetime | None, *, zone: tzinfo | None = None) -> str:
    """Return the moment on the viewer's clock, `2026-05-04 13:37:09 CEST`; a dash for None. `zone` as above."""
    return NOTHING if moment is None else f"{moment.astimezone(zone or viewer_zone()):%Y-%m-%d %H:%M:%S %Z}"


def viewer_zone() -> tzinfo:
    """Return the browser's time zone, UTC where it tells none."""
    name = st.context.timezone
    return find_zone(name) if name else UTC


def find_zone(name: str) -> tzinfo:
    """Return the time zone of a name that anybody may have sent, UTC for an unknown one."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # an unknown name, one that is no name, and one that is a folder's
        return UTC


def render_time(moment: datetime | None) -> None:
    """Show a relative time, small and muted, the absolute one on hover."""
    if moment is None:
        st.caption(NOTHING)
        return
    st.caption(relative_time(moment), help=label(absolute_time(moment)), width="content")


def render_text(text: str, *, limit: int | None = None, width: Literal["content", "stretch"] = "content") -> None:
    """Show untrusted text as it is; past `limit` characters it is cut and stands whole in the hover text."""
    if limit is None or len(text) <= limit:
        st.text(text, width=width)
    else:
        st.text(cut(text, limit), help=label(text), width=width)


def render_quiet(text: str, *, limit: int | None = None) -> None:
    """Show untrusted text small and muted; cut like `render_text`."""
    is_long = limit is not None and len(text) > limit
    st.caption(label(cut(text, limit or 0) if is_long else text), help=label(text) if is_long else None)
