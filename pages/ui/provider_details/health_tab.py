"""How a provider has been: charts of its runs, its last checks, the agents that use it, its key."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

import streamlit as st

from core.providers.discovery.records import TroubledAgent
from core.providers.health import PastCheck, ProviderHealth, UsingAgent
from core.providers.records import ProviderRecord
from pages.ui.door import Door
from pages.ui.history.charts import say_rate
from pages.ui.layout import field_group
from pages.ui.model_trouble import say_trouble
from pages.ui.provider_details.health_charts import render_charts
from pages.ui.provider_details.health_words import say_diagnosis, say_failures
from pages.ui.routes import AGENTS_PAGE, RUN_PAGE, edit_agent_params
from pages.ui.text import absolute_time, counted, cut, duration, label, milliseconds, relative_time, viewer_zone

_DAYS = {1: "24 hours", 7: "7 days", 30: "30 days"}
_SHOWN_AGENTS = 12
_NAME_LIMIT = 70


def render_health(door: Door, provider: ProviderRecord) -> None:
    """Draw the tab; its charts are those of the days chosen."""
    days = st.segmented_control(
        "The last",
        list(_DAYS),
        default=7,
        required=True,
        format_func=_DAYS.__getitem__,
        key="details.days",
        label_visibility="collapsed",
    )
    health = door.services.health.read_health(door.actor, provider.id, days=days or 7, zone=viewer_zone())
    if health.run_count:
        _render_total(health)
        render_charts(health)
        if health.failures:
            st.caption(label(f"Failed by the provider’s fault: {say_failures(health.failures)}."))
    else:
        st.caption(f"No run used this provider in the last {_DAYS[days or 7]}.")
        if not health.used_by:
            st.page_link(AGENTS_PAGE, label="Make an agent that uses it", icon=":material/arrow_forward:")
        else:
            st.page_link(RUN_PAGE, label="Run an agent", icon=":material/arrow_forward:")
    _render_checks(health.checks)
    troubled = door.services.models.list_troubled_agents(door.actor, provider.id) if health.used_by else ()
    _render_users(health.used_by, {agent.agent_id: agent for agent in troubled}, count=provider.agent_count)
    _render_key(provider)


def _render_total(health: ProviderHealth) -> None:
    figures = {
        "Runs": f"{health.run_count:,}",
        "Provider’s fault": say_rate(health.failure_count / health.run_count),
        "Request, median": duration(health.p50_seconds),
        "Request, 95 %": duration(health.p95_seconds),
    }
    with st.container(horizontal=True, gap="medium", key="details.total"):
        for name, said in figures.items():
            with field_group():
                st.caption(name)
                st.text(said)


def _render_checks(checks: Sequence[PastCheck]) -> None:
    st.subheader("Last checks", anchor=False)
    if not checks:
        st.caption("None is kept yet. Test asks the server now.")
        return
    zone = viewer_zone()
    st.dataframe(
        {
            "When": [relative_time(check.checked_at, zone=zone) for check in checks],
            "Found": [say_diagnosis(check.diagnosis) for check in checks],
            "Took": [milliseconds(check.latency_ms) for check in checks],
            "At": [absolute_time(check.checked_at, zone=zone) for check in checks],
        },
        hide_index=True,
        width="stretch",
        height="content" if len(checks) < 6 else 215,
        column_config={"Found": st.column_config.TextColumn(width=260)},
        key="details.checks",
        alt="The last checks of the provider",
    )


def _render_users(agents: Sequence[UsingAgent], troubled: Mapping[uuid.UUID, TroubledAgent], *, count: int) -> None:
    st.subheader("Used by", anchor=False)
    if not agents:
        st.caption("No agent uses it yet.")
        return
    with field_group():
        for agent in agents[:_SHOWN_AGENTS]:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.page_link(
                    AGENTS_PAGE,
                    label=label(cut(agent.name, _NAME_LIMIT)),
                    query_params=edit_agent_params(agent.id),
                    width="content",
                )
                st.caption(label(_describe_user(agent, troubled.get(agent.id))))
    if count > _SHOWN_AGENTS:
        st.caption(f"And {counted(count - _SHOWN_AGENTS, 'agent')} more.")


def _describe_user(agent: UsingAgent, trouble: TroubledAgent | None) -> str:
    parts = [cut(agent.model_name, _NAME_LIMIT)]
    if trouble is not None:
        parts.append(say_trouble(trouble, today=datetime.now(viewer_zone()).date()))
    if not agent.is_active:
        parts.append("switched off")
    return " · ".join(parts)


def _render_key(provider: ProviderRecord) -> None:
    if not provider.has_key and not provider.header_names and not provider.secret_names:
        return
    st.subheader("Key", anchor=False)
    if provider.key_used_at is None:
        st.caption("It has not been sent anywhere yet.")
    else:
        moment = label(absolute_time(provider.key_used_at))
        st.caption(f"Last sent to its server {relative_time(provider.key_used_at)}.", help=moment)
