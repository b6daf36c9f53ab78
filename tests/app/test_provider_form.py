"""The form of a provider is made from the registry of types, without a browser."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.providers.records import ProviderDraft, ProviderLimits, ProviderRecord
from core.providers.transport import OutboundPolicy
from core.providers.types import find_type, list_types
from core.providers.types.base import Extra, KeyUse, OptionField, ProviderType
from core.services import Services
from pages.ui.providers.form_view import LIMITS, FormView, field_key
from pages.ui.providers.settings_fields import CONNECT_SECONDS, say_limits
from pages.ui.text import label
from tests.app.provider_forms import OpenPage, everything, heads, is_marked, open_new, open_stored, read, save

CANARY = "CANARY-7f2c-not-to-be-seen"
TYPES = [kind.name for kind in list_types()]


def has_field(app: AppTest, key: str) -> bool:
    return any(field.key == key for field in app.text_input)


def store(services: Services, **values: object) -> ProviderRecord:
    draft = {"name": "Lab", "type": "compatible", "base_url": "http://127.0.0.1:9/v1"}
    return services.providers.create_provider(LOCAL_USER, ProviderDraft.model_validate(draft | values))


@pytest.mark.parametrize("name", TYPES)
def test_form_shows_what_the_type_tells(open_page: OpenPage, services: Services, name: str) -> None:
    kind = find_type(name)

    app = open_new(open_page, name)

    assert has_field(app, "provider.base_url") == kind.has_address
    assert has_field(app, "provider.api_key") == (kind.key is not KeyUse.NONE)
    if kind.key is not KeyUse.NONE:
        assert app.text_input(key="provider.api_key").label == label(kind.key_label)
    assert [box.label for box in app.selectbox] == ["Type", *(["Server"] if kind.presets else [])]
    for field in kind.fields:
        assert app.text_input(key=f"provider.{field_key(field)}").label == label(field.label)
    assert label(kind.note) in [caption.value for caption in app.caption]


@pytest.mark.parametrize("name", [name for name in TYPES if find_type(name).has_address])
def test_form_that_is_saved_empty_marks_what_is_missing(open_page: OpenPage, services: Services, name: str) -> None:
    kind = find_type(name)
    app = open_new(open_page, name)

    save(app)

    assert is_marked(app, "Give it a name.")
    assert is_marked(app, f"{kind.label} needs a key. Paste one of yours.") == (kind.key is KeyUse.REQUIRED)
    required = [field for field in kind.fields if field.is_required]
    assert sum(label(f"{kind.label} needs this.") in block.value for block in app.markdown) == len(required)
    assert services.providers.list_providers(LOCAL_USER) == []


def test_address_in_front_of_a_vendor_needs_no_key(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page, "openai")
    app.text_input(key="provider.name").set_value("Gateway")
    app.text_input(key="provider.base_url").set_value("http://127.0.0.1:9/v1")

    save(app)

    assert not read(services, "Gateway").has_key


def test_preset_gives_the_address_that_was_left_blank(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page, "compatible", preset="lmstudio")
    usual = app.text_input(key="provider.base_url").placeholder
    app.text_input(key="provider.name").set_value("Desk")

    save(app)

    stored = read(services, "Desk")
    assert (stored.preset, stored.base_url, usual) == ("lmstudio", "http://localhost:1234/v1", stored.base_url)
    assert open_stored(open_page, stored).text_input(key="provider.base_url").value == ""


def test_preset_says_what_to_know_of_the_server(open_page: OpenPage) -> None:
    app = open_new(open_page, "compatible", preset="lmstudio")

    preset = find_type("compatible").find_preset("lmstudio")

    assert preset is not None
    assert label(preset.note) in [caption.value for caption in app.caption]


def test_preset_of_a_vendor_asks_for_a_key(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page, "compatible", preset="groq")
    app.text_input(key="provider.name").set_value("Groq")

    save(app)

    assert is_marked(app, "Groq needs a key. Paste one of yours.")


def test_other_type_and_preset_leave_what_was_entered(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page, "compatible")
    app.text_input(key="provider.base_url").set_value("not an address")
    app.number_input(key="provider.limits.requests_per_minute").set_value(60)
    save(app)

    app.selectbox(key="provider.preset.compatible").set_value("vllm").run()
    app.selectbox(key="provider.type").set_value("openai").run()

    assert app.text_input(key="provider.base_url").value == "not an address"
    assert app.number_input(key="provider.limits.requests_per_minute").value == 60


def test_other_type_forgets_what_the_last_one_lacked(open_page: OpenPage) -> None:
    app = open_new(open_page, "bedrock")
    app.text_input(key="provider.name").set_value("Lab")
    save(app)
    was_marked = is_marked(app, "AWS Bedrock needs this.")

    app.selectbox(key="provider.type").set_value("ollama").run()

    assert (was_marked, list(app.error)) == (True, [])
    assert not any("AWS Bedrock" in block.value for block in app.markdown)


def test_fault_of_a_field_stands_at_that_field(open_page: OpenPage) -> None:
    app = open_new(open_page, "bedrock")
    app.text_input(key="provider.name").set_value("Lab")
    app.text_input(key="provider.api_key").set_value("key")
    app.text_input(key="provider.options.region").set_value("Frankfurt")

    save(app)

    assert is_marked(app, "“Frankfurt” is not the name of a region.")
    assert [error.value for error in app.error] == ["This was not saved. Correct what is marked below."]


def test_options_of_the_type_are_saved_and_stand_in_the_head(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page, "openai")
    app.text_input(key="provider.name").set_value("OpenAI")
    app.text_input(key="provider.api_key").set_value(CANARY)
    app.text_input(key="provider.options.organization").set_value("org-lab")

    save(app)

    stored = read(services, "OpenAI")
    assert stored.options == {"organization": "org-lab"}
    again = open_stored(open_page, stored)
    assert again.text_input(key="provider.options.organization").value == "org-lab"
    assert label("Organization, project · org-lab") in heads(again)


def test_headers_are_shown_by_name_and_kept_when_left_blank(open_page: OpenPage, services: Services) -> None:
    provider = store(services, headers={"X-Team": CANARY}, api_key=f"sk-{CANARY}")
    app = open_stored(open_page, provider)
    shown = everything(app)
    app.text_input(key="provider.name").set_value("Renamed")

    save(app)

    assert label("Extra headers · X-Team") in heads(open_stored(open_page, provider))
    assert CANARY not in shown
    assert read(services, "Renamed").header_names == ("X-Team",)


def test_entered_headers_replace_the_stored_ones(open_page: OpenPage, services: Services) -> None:
    app = open_stored(open_page, store(services, headers={"X-Team": CANARY}))

    app.text_area(key="provider.headers").set_value("X-Stage: test\nX-Trace: on")
    save(app)

    assert read(services, "Lab").header_names == ("X-Stage", "X-Trace")


def test_stored_headers_are_removed_on_request(open_page: OpenPage, services: Services) -> None:
    app = open_stored(open_page, store(services, headers={"X-Team": CANARY}))

    app.checkbox(key="provider.drop_headers").set_value(True)
    save(app)

    assert read(services, "Lab").header_names == ()


def test_limits_and_times_are_saved_and_stand_in_the_heads(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page, "ollama")
    app.text_input(key="provider.name").set_value("Lab")
    app.text_input(key="provider.base_url").set_value("http://127.0.0.1:9")
    app.number_input(key="provider.limits.requests_per_minute").set_value(60)
    app.number_input(key="provider.request_timeout_seconds").set_value(30.0)

    save(app)

    stored = read(services, "Lab")
    assert stored.limits == ProviderLimits(requests_per_minute=60)
    assert (stored.request_timeout_seconds, stored.connect_timeout_seconds) == (30, None)
    told = heads(open_stored(open_page, stored))
    assert {label("Limits · 60 requests a minute"), label("Times · 30 s a request")} <= set(told)
    assert {"Extra headers", "Prices"} <= set(told)


def test_emptied_limits_and_times_are_gone(open_page: OpenPage, services: Services) -> None:
    provider = store(services, limits={"tokens_per_minute": 9_000}, connect_timeout_seconds=2)
    app = open_stored(open_page, provider)
    shown = app.number_input(key="provider.limits.tokens_per_minute").value

    app.number_input(key="provider.limits.tokens_per_minute").set_value(None)
    app.number_input(key="provider.connect_timeout_seconds").set_value(None)
    save(app)

    stored = read(services, "Lab")
    assert (shown, stored.limits.is_unlimited, stored.connect_timeout_seconds) == (9_000, True, None)


def test_moved_provider_asks_for_its_headers_again(open_page: OpenPage, services: Services) -> None:
    app = open_stored(open_page, store(services, headers={"X-Team": CANARY}))

    app.text_input(key="provider.base_url").set_value("http://127.0.0.1:10/v1")
    save(app)

    assert any("extra headers must be entered again" in block.value for block in app.markdown)
    assert [part.label for part in app.expander if part.proto.expanded] == [label("Extra headers · X-Team")]


def test_closed_parts_stay_closed_though_something_is_set(open_page: OpenPage, services: Services) -> None:
    provider = store(services, limits={"requests_per_minute": 5})

    app = open_stored(open_page, provider)

    assert not any(part.proto.expanded for part in app.expander)


def test_stored_address_of_its_own_is_shown(open_page: OpenPage, services: Services) -> None:
    provider = store(services, preset="vllm")

    assert open_stored(open_page, provider).text_input(key="provider.base_url").value == provider.base_url


def test_form_knows_all_limits_and_the_default_time_to_connect() -> None:
    assert set(LIMITS) == set(ProviderLimits.model_fields)
    assert OutboundPolicy(allow_private=False).connect_timeout_seconds == CONNECT_SECONDS


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({}, ""),
        ({"requests_per_minute": 1}, "1 request a minute"),
        ({"requests_per_minute": 60, "tokens_per_minute": 90_000}, "60 requests and 90,000 tokens a minute"),
        ({"tokens_per_minute": 5, "max_concurrency": 4}, "5 tokens a minute, 4 at the same time"),
    ],
)
def test_limits_are_said_in_words(limits: dict[str, int], said: str) -> None:
    assert say_limits(ProviderLimits.model_validate(limits)) == said


class SecretiveType(ProviderType):
    """A type with a secret field, whose packages nobody has."""

    name = "secretive"
    label = "Secretive"
    position = 1
    note = ""
    server_noun = "a secretive server"
    has_address = False
    extra = Extra("secretive", modules=("surely_not_installed",))
    fields = (
        OptionField("session", "Session token", is_secret=True),
        OptionField("region", "Region", placeholder="eu-central-1", is_required=True),
    )


def render_secretive(*, is_stored: bool) -> None:
    """Draw the fields of the made-up type, as a page would."""
    from pages.ui.providers.connection_fields import render_connection, render_obstacles, render_optional_fields
    from tests.app.test_provider_form import make_secretive_view

    view = make_secretive_view(is_stored=is_stored)
    render_obstacles(view.kind)
    render_connection(view)
    render_optional_fields(view)


def make_secretive_view(*, is_stored: bool) -> FormView:
    """Return what the form of the made-up type is drawn from."""
    kind = SecretiveType()
    if not is_stored:
        return FormView(kind, None, None, error=None)
    # Any: only what these fields are drawn from; a record of a type that is not registered cannot be validated.
    values: dict[str, Any] = {"secret_names": ("session",), "options": {"region": "eu-west-1"}}
    record = ProviderRecord.model_construct(type=kind.name, has_key=True, **values)
    return FormView(kind, None, record, error=None)


def open_secretive(*, is_stored: bool) -> AppTest:
    app = AppTest.from_function(render_secretive, kwargs={"is_stored": is_stored}).run()
    assert not app.exception
    return app


def test_missing_packages_are_named_with_the_command() -> None:
    app = open_secretive(is_stored=False)

    assert "Secretive needs packages that are not installed here." in app.warning[0].value
    assert app.code[0].value == 'pip install -c constraints.txt "pydantic-ai-slim[secretive]"'


def test_required_field_of_a_type_is_not_folded_away() -> None:
    app = open_secretive(is_stored=False)

    assert app.text_input(key="provider.options.region").placeholder == "eu-central-1"
    assert [field.key for field in app.expander[0].text_input] == ["provider.secrets.session"]


def test_secret_field_is_a_password_and_never_filled_in() -> None:
    app = open_secretive(is_stored=True)

    session = app.text_input(key="provider.secrets.session")
    assert session.proto.type == session.proto.Type.PASSWORD
    assert (session.value, session.placeholder) == ("", "Stored, leave blank to keep")
    assert app.text_input(key="provider.options.region").value == "eu-west-1"
    assert heads(app) == [label("Session token · stored")]


def test_type_without_obstacles_shows_none(open_page: OpenPage) -> None:
    assert len(open_new(open_page, "ollama").warning) == 0
