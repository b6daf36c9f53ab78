"""The list of providers: where its rows come from, and what can be pressed in them."""

import uuid
from collections.abc import Callable, Sequence
from datetime import tzinfo

from core.actors import Actor
from core.providers.diagnoses import Diagnosis
from core.providers.records import ProviderFilter, ProviderRecord, ValidationStatus
from core.providers.types import find_type
from core.services import Services
from pages.ui.cells import Cell, Press, Row, cell, line, press, quiet, status_badge, time_line
from pages.ui.door import Door
from pages.ui.layout import Column
from pages.ui.live_table import Acts, Pressed, TableSource
from pages.ui.providers.kind_words import say_key, say_kind
from pages.ui.state import ProvidersState
from pages.ui.text import counted, cut, milliseconds

_OFFER_LIMIT = 44  # characters of a button that stands among the words of a row


def _read(
    services: Services, actor: Actor, wanted: ProviderFilter, offset: int, limit: int
) -> tuple[Sequence[ProviderRecord], int]:
    page = services.providers.page_providers(actor, wanted, offset=offset, limit=limit)
    return page.items, page.total


def _build_row(provider: ProviderRecord, zone: tzinfo) -> Row:
    return {
        "id": str(provider.id),
        "note": _advice(provider),
        "cells": [
            _describe(provider),
            _say_status(provider, zone),
            cell(line(f"{len(provider.model_names):,}")),
            cell(line(counted(provider.agent_count, "agent"))),
            cell(
                presses=[
                    press("open", "Open"),
                    press("check", "Test", title="Call the server now and say what it answers"),
                    press("edit", "Edit"),
                    press("delete", "Delete"),
                ]
            ),
        ],
    }


def _advice(provider: ProviderRecord) -> str:
    """Say what the last check found and the next step, unless all is well or another check is under way."""
    if not provider.validation_status.is_settled:
        return ""
    is_well = provider.diagnosis in (None, Diagnosis.CONNECTED)
    if provider.validation_status is ValidationStatus.CONNECTED and is_well:
        return ""
    return " ".join(part for part in (provider.validation_message, provider.validation_hint) if part)


def _describe(provider: ProviderRecord) -> Cell:
    kind = find_type(provider.type)
    return cell(
        line(provider.name, limit=60),
        quiet(" · ".join(part for part in (say_kind(provider), say_key(provider)) if part)),
        line(provider.base_url, limit=60) if kind.has_address else None,
        presses=[_offer("use_suggested", "Use", provider.suggested_base_url)] if provider.suggested_base_url else None,
    )


def _say_status(provider: ProviderRecord, zone: tzinfo) -> Cell:
    checked_at = provider.validated_at if provider.validation_status.is_settled else None
    latency = provider.validation_latency_ms
    answered = "" if latency is None else f"{milliseconds(latency)} · "
    return cell(
        time_line(checked_at, zone=zone, prefix=f"{answered}checked ") if checked_at is not None else None,
        badge=status_badge(provider.validation_status.value),
        presses=[_offer("warm_up", "Warm up", provider.waiting_model)] if provider.waiting_model else None,
    )


def _offer(act: str, verb: str, what: str) -> Press:
    text = f"{verb} {what}"
    return press(act, cut(text, _OFFER_LIMIT), title=text)


PROVIDERS = TableSource(
    name="providers",
    topics=("providers", "agents"),
    columns=(
        Column("Provider", 3.1),
        Column("Status", 2.2),
        Column("Models", 1, "right"),
        Column("Used by", 1.2, "right"),
        Column("", 0),
    ),
    filter_kind=ProviderFilter,
    read=_read,
    build_row=_build_row,
)


def provider_acts(door: Door, state: ProvidersState) -> Acts:
    """Return what the buttons of a row do."""
    providers, actor = door.services.providers, door.actor

    def open_details(provider_id: uuid.UUID) -> None:
        state.open_details(providers.get_provider(actor, provider_id).id)

    def edit(provider_id: uuid.UUID) -> None:
        state.open_drawer(provider_id, version=providers.get_provider(actor, provider_id).revision)

    def ask_deletion(provider_id: uuid.UUID) -> None:
        state.ask_deletion(provider_id, providers.get_provider(actor, provider_id).name)

    def use_suggested(provider_id: uuid.UUID) -> None:
        state.toast = f"The address is now {providers.use_suggested_address(actor, provider_id).base_url}."

    def warm_up(provider_id: uuid.UUID) -> None:
        waiting = providers.get_provider(actor, provider_id).waiting_model
        if waiting:
            door.services.models.warm_up(actor, provider_id, waiting)
            state.toast = f"“{waiting}” is being loaded."

    def check(provider_id: uuid.UUID) -> None:
        providers.check_provider(actor, provider_id)

    acts = {
        "open": open_details,
        "check": check,
        "edit": edit,
        "delete": ask_deletion,
        "use_suggested": use_suggested,
        "warm_up": warm_up,
    }
    return Acts(changes={name: _attempting(state, act) for name, act in acts.items()})


def _attempting(state: ProvidersState, act: Callable[[uuid.UUID], None]) -> Callable[[Pressed], None]:
    return lambda pressed: state.attempt(lambda: act(pressed.item_id))
