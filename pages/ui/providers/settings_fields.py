"""The folded parts of the provider's form: headers, limits, times, prices. Each says in its head what is set."""

import streamlit as st

from core.providers.price_lines import write_price_lines
from core.providers.records import ProviderLimits, ProviderRecord
from pages.ui.errors import show_field_error
from pages.ui.layout import field_group
from pages.ui.providers.form_view import FORM, LIMITS, FormView, has_headers
from pages.ui.state import fill_widget
from pages.ui.text import counted, cut, label

CONNECT_SECONDS = 5
_NAMES_LIMIT = 40
_HEADERS_NOTE = (
    "Sent with every request, one on each line. Sealed before they are stored, and never shown again. "
    "The header that carries the key is set by itself."
)
_LIMITS_NOTE = (
    "For all runs and everybody together, in any sixty seconds. What goes beyond a limit waits; a retry counts as one "
    "more request."
)
_TIMES_NOTE = "A whole request counts its retries. Blank: as set for all providers."
_PRICES_NOTE = (
    "US dollars per million tokens, or per second on a machine of your own. One model on each line; * stands for any "
    "part of a name. They go before public prices; where neither is known, the cost of a run is unknown."
)
_PRICES_EXAMPLE = "gpt-4o* = 2.50 in, 10 out, 1.25 cached\nqwen3:8b = 0.0002 per second"
_LIMIT_LABELS = dict(zip(LIMITS, ("Requests a minute", "Tokens a minute", "At the same time"), strict=True))


def render_settings(view: FormView, *, request_seconds: float) -> None:
    """Draw the folded parts. `request_seconds` is how long a request may take where nothing is set."""
    if has_headers(view.kind):
        _render_headers(view)
    _render_limits(view)
    _render_times(view, request_seconds=request_seconds)
    _render_prices(view)


def _render_headers(view: FormView) -> None:
    names = () if view.record is None else view.record.header_names
    title = _title("Extra headers", cut(", ".join(names), _NAMES_LIMIT))
    with st.expander(title, expanded=view.is_refused("headers"), key=f"{FORM}_headers"), field_group():
        if names:
            st.caption(
                label(f"Stored: {', '.join(names)}. Leave blank to keep them; what you enter replaces them all.")
            )
        st.text_area(
            "One header on each line",
            key=f"{FORM}.headers",
            height=90,
            placeholder="X-Team: data\nX-Gateway-Token: …",
        )
        show_field_error(view.error, "headers")
        if names:
            st.checkbox("Remove the stored headers", key=f"{FORM}.drop_headers")
        st.caption(_HEADERS_NOTE)


def _render_limits(view: FormView) -> None:
    limits = ProviderLimits() if view.record is None else view.record.limits
    is_refused = view.is_refused(*(f"limits.{name}" for name in LIMITS))
    with st.expander(_title("Limits", say_limits(limits)), expanded=is_refused, key=f"{FORM}_limits"), field_group():
        for name, column in zip(LIMITS, st.columns(3, vertical_alignment="top", gap="small"), strict=True):
            with column, field_group():
                fill_widget(f"{FORM}.limits.{name}", getattr(limits, name))
                st.number_input(
                    _LIMIT_LABELS[name],
                    value=None,
                    step=1,
                    key=f"{FORM}.limits.{name}",
                    placeholder="No limit",
                )
                show_field_error(view.error, f"limits.{name}")
        st.caption(_LIMITS_NOTE)


def _render_times(view: FormView, *, request_seconds: float) -> None:
    fields = {"request_timeout_seconds": ("Whole request, in seconds", request_seconds)}
    if view.kind.has_address:
        fields["connect_timeout_seconds"] = ("Connecting, in seconds", CONNECT_SECONDS)
    with (
        st.expander(_title("Times", _say_times(view.record)), expanded=view.is_refused(*fields), key=f"{FORM}_times"),
        field_group(),
    ):
        columns = st.columns(2, vertical_alignment="top", gap="small")
        for (name, (words, default)), column in zip(fields.items(), columns, strict=False):
            with column, field_group():
                fill_widget(f"{FORM}.{name}", None if view.record is None else getattr(view.record, name))
                st.number_input(
                    words,
                    value=None,
                    step=1.0,
                    format="%g",
                    key=f"{FORM}.{name}",
                    placeholder=f"{default:g}",
                )
                show_field_error(view.error, name)
        st.caption(_TIMES_NOTE)


def _render_prices(view: FormView) -> None:
    prices = None if view.record is None else view.record.prices
    told = counted(len(prices.entries), "price") if prices is not None else ""
    with st.expander(_title("Prices", told), expanded=view.is_refused("prices"), key=f"{FORM}_prices"), field_group():
        st.text_area(
            "What the models cost",
            value=write_price_lines(prices),
            key=f"{FORM}.prices",
            placeholder=_PRICES_EXAMPLE,
        )
        show_field_error(view.error, "prices")
        st.caption(_PRICES_NOTE)


def say_limits(limits: ProviderLimits) -> str:
    """Return `60 requests and 90,000 tokens a minute, 4 at the same time`; blank for none."""
    told = ((limits.requests_per_minute, "request"), (limits.tokens_per_minute, "token"))
    rates = " and ".join(counted(count, noun) for count, noun in told if count is not None)
    at_once = "" if limits.max_concurrency is None else f"{limits.max_concurrency:,} at the same time"
    return ", ".join(part for part in (f"{rates} a minute" if rates else "", at_once) if part)


def _say_times(record: ProviderRecord | None) -> str:
    if record is None:
        return ""
    told = ((record.request_timeout_seconds, "a request"), (record.connect_timeout_seconds, "to connect"))
    return ", ".join(f"{seconds:g} s {words}" for seconds, words in told if seconds is not None)


def _title(name: str, told: str) -> str:
    return label(f"{name} · {told}") if told else name
