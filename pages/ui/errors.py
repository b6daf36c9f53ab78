"""Shows a DashboardError where it happened. Anything else is a bug and rises."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import DashboardError
from pages.ui.text import label

_BOUND = re.compile(
    r"Input should be (greater than or equal to|less than or equal to|greater than|less than) (\S+?)\.?"
)
_BOUND_WORDS = {
    "greater than or equal to": "at least",
    "less than or equal to": "at most",
    "greater than": "more than",
    "less than": "less than",
}


def show_error(error: DashboardError, *, with_details: bool = True) -> None:
    """Show what went wrong and the next step, in place, until it is resolved."""
    lines = [label(error.hint)] if error.hint else []
    if with_details:
        lines += [f"- {_detail_line(detail.place, detail.message)}" for detail in error.details]
    if lines:
        st.error("\n".join(lines), title=label(error.message), icon=":material/error:")
    else:
        st.error(label(error.message), icon=":material/error:")


def show_form_error(error: DashboardError | None, *, fields: frozenset[str]) -> None:
    """Show what a form's own fields do not show themselves with `show_field_error`."""
    if error is None:
        return
    elsewhere = [detail for detail in error.details if detail.place not in fields]
    if error.details and not elsewhere:
        st.error("This was not saved. Correct what is marked below.", icon=":material/error:")
    else:
        show_error(type(error)(error.message, hint=error.hint, details=elsewhere))


def show_field_error(error: DashboardError | None, field: str) -> None:
    """Show under a field what is wrong with it; nothing when it is right."""
    for detail in error.details if error is not None else ():
        if detail.place == field:
            told = label(_say_bound(detail.message))
            st.markdown(f":small[:red[:material/error: {told}]]")  # noqa: TID251  # made safe by label()


@contextmanager
def shown_errors() -> Iterator[None]:
    """Show a DashboardError raised inside in place and go on after it. Also a decorator: `@shown_errors()`."""
    try:
        yield
    except DashboardError as error:
        show_error(error)


@contextmanager
def page_errors() -> Iterator[None]:
    """Like `shown_errors`, for what a page cannot do without: the rest is not drawn, and Retry draws it again."""
    try:
        yield
    except DashboardError as error:
        show_error(error)
        st.button("Retry", key="page.retry", icon=":material/refresh:")
        st.stop()


@contextmanager
def retried_errors(key: str) -> Iterator[None]:
    """Like `shown_errors`, for a fragment: Retry, whose key begins with this one, draws it again."""
    try:
        yield
    except DashboardError as error:
        show_error(error)
        st.button("Retry", key=f"{key}.retry", icon=":material/refresh:")


def _say_bound(message: str) -> str:
    """Return `This must be at least 1.` for what a machine says of a number out of range; else the message."""
    found = _BOUND.fullmatch(message)
    if found is None:
        return message
    bound = f"{float(found[2]):,.0f}" if found[2].isdecimal() else found[2].removesuffix(".0")
    return f"This must be {_BOUND_WORDS[found[1]]} {bound}."


def _detail_line(place: str, message: str) -> str:
    return f"**{label(place)}**: {label(message)}" if place else label(message)
