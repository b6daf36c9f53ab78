"""The list of providers: where its rows come from, and what can be pressed in them."""

import uuid
from collections.abc import Sequence
from datetime import tzinfo

from core.actors import Actor
from core.providers.records import ProviderFilter, ProviderRecord, ValidationStatus
from core.providers.types import find_type
from core.services import Services
from pages.ui.cells import Cell, Row, cell, line, press, quiet, status_badge, time_line
from pages.ui.door import Door
from pages.ui.layout import Column
from pages.ui.live_table import Acts, TableSource
from pages.ui.state import ProvidersState
from pages.ui.text import counted, milliseconds


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
            cell(presses=[press("check", "Check again"), press("edit", "Edit"), press("delete", "Delete")]),
        ],
    }


def _advice(provider: ProviderRecord) -> str:
    if provider.validation_status is not ValidationStatus.ERROR:
        return ""
    return " ".join(part for part in (provider.validation_message, provider.validation_hint) if part)


def _describe(provider: ProviderRecord) -> Cell:
    if not find_type(provider.type).has_address:
        return cell(line(provider.name, limit=60), quiet("On this machine · small and often wrong"))
    key = "key stored" if provider.has_key else "no key"
    return cell(
        line(provider.name, limit=60),
        quiet(f"{find_type(provider.type).label} · {key}"),
        line(provider.base_url, limit=60),
    )


def _say_status(provider: ProviderRecord, zone: tzinfo) -> Cell:
    checked_at = provider.validated_at if provider.validation_status.is_settled else None
    latency = provider.validation_latency_ms
    answered = "" if latency is None else f"{milliseconds(latency)} · "
    return cell(
        time_line(checked_at, zone=zone, prefix=f"{answered}checked ") if checked_at is not None else None,
        badge=status_badge(provider.validation_status.value),
    )


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

    def edit(provider_id: uuid.UUID) -> None:
        state.open_drawer(provider_id, version=providers.get_provider(actor, provider_id).revision)

    def ask_deletion(provider_id: uuid.UUID) -> None:
        state.ask_deletion(provider_id, providers.get_provider(actor, provider_id).name)

    return Acts(
        changes={
            "check": lambda pressed: state.attempt(lambda: providers.check_provider(actor, pressed.item_id)),
            "edit": lambda pressed: state.attempt(lambda: edit(pressed.item_id)),
            "delete": lambda pressed: state.attempt(lambda: ask_deletion(pressed.item_id)),
        }
    )
