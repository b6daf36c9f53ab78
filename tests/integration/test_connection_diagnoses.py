"""Each diagnosis of a connection that fails, provoked at a real socket, with its sentence and the next step."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.providers.diagnoses import Diagnosis
from core.providers.transport import OutboundPolicy
from tests.fake_model_server import FakeModelServer
from tests.integration.checked import KEY, LOCAL, check, connect, expect, fail
from tests.integration.scripted_server import Page, make_certificate, serving

MODELS = Page(json.dumps({"object": "list", "data": [{"id": "qwen3-8b", "object": "model"}]}))


async def _resolve_to_nothing(host: str, port: int) -> Sequence[str]:
    raise OSError("Name or service not known")


async def _resolve_to_metadata(host: str, port: int) -> Sequence[str]:
    return ["169.254.169.254"]


@pytest.mark.parametrize(
    ("host", "hint"),
    [
        ("no-such-host.invalid", "Check the spelling"),
        ("ollama", "A name without a dot"),
        ("host.docker.internal", "inside containers only"),
    ],
)
def test_a_name_that_leads_nowhere(host: str, hint: str) -> None:
    found = fail(connect(f"http://{host}:11434"), resolver=_resolve_to_nothing)

    expect(found, Diagnosis.NAME_NOT_RESOLVED, message=f"The name {host} could not be found", hint=hint)


@pytest.mark.parametrize(
    ("provider_type", "preset", "hint"),
    [
        ("ollama", "", "ollama serve"),
        ("compatible", "lmstudio", "Developer tab"),
        ("compatible", "vllm", "vllm serve"),
        ("compatible", "", "host.docker.internal"),
    ],
)
def test_a_port_nobody_listens_at(unused_port: int, provider_type: str, preset: str, hint: str) -> None:
    found = check(connect(f"http://127.0.0.1:{unused_port}/v1", provider_type=provider_type, preset=preset))

    expect(found, Diagnosis.REFUSED, message=f"Nothing answers at 127.0.0.1:{unused_port}", hint=hint)
    assert "localhost means the container itself" in found.hint


def test_a_certificate_nobody_here_trusts(tmp_path: Path) -> None:
    with serving({"/v1/models": MODELS}, tls=make_certificate(tmp_path).server) as server:
        found = check(connect(server.origin + "/v1", key=KEY))

    expect(found, Diagnosis.TLS_FAULT, message="signed by nobody this machine trusts", hint="self-signed")
    assert server.asked == []


def test_a_certificate_that_has_expired(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, days=-1)
    with serving(tls=certificate.server) as server:
        found = fail(connect(server.origin), ssl_context=certificate.trusting)

    expect(found, Diagnosis.TLS_FAULT, message="has expired", hint="renewed")


def test_a_certificate_of_another_name(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, host="127.0.0.2")
    with serving(tls=certificate.server) as server:
        found = fail(connect(server.origin), ssl_context=certificate.trusting)

    expect(found, Diagnosis.TLS_FAULT, message="made out for another name", hint="the name that the certificate holds")


def test_https_spoken_to_a_server_that_speaks_http() -> None:
    with serving({"/v1/models": MODELS}) as server:
        found = check(connect(server.origin.replace("http:", "https:") + "/v1", key=KEY))

    expect(found, Diagnosis.TLS_FAULT, message="speaks http, but the address begins with https://", hint="http://")
    assert all(KEY not in str(headers) for _, headers in server.asked)


def test_http_spoken_to_a_server_that_speaks_https(tmp_path: Path) -> None:
    with serving({"/v1/models": MODELS}, tls=make_certificate(tmp_path).server) as server:
        found = check(connect(server.origin.replace("https:", "http:") + "/v1"))

    expect(found, Diagnosis.TLS_FAULT, message="speaks https, but the address begins with http://", hint="https://")


def test_a_server_that_only_a_proxy_reaches() -> None:
    connection = connect("https://api.vendor.example/v1")

    asked_for = fail(connection, resolver=_resolve_to_nothing, names_proxy=True)
    near = fail(connect("http://ollama:11434"), resolver=_resolve_to_nothing, names_proxy=True)

    expect(asked_for, Diagnosis.PROXY, message="could not be found", hint="names a proxy, which Benchtop does not use")
    expect(near, Diagnosis.NAME_NOT_RESOLVED, message="could not be found")


def test_the_guard_names_the_setting_where_there_is_one() -> None:
    strict = OutboundPolicy(allow_private=False)

    private = check(connect("http://127.0.0.1:11434"), policy=strict)
    metadata = fail(connect("http://ours.example/v1"), resolver=_resolve_to_metadata)

    expect(private, Diagnosis.DESTINATION_REFUSED, message="private", hint="BENCHTOP_ALLOW_PRIVATE_ADDRESSES")
    expect(metadata, Diagnosis.DESTINATION_REFUSED, message="never called")
    assert "BENCHTOP_ALLOW_PRIVATE_ADDRESSES" not in metadata.hint


@pytest.mark.parametrize(("mode", "hint"), [("endless", "much shorter"), ("gzip-bomb", "as they are")])
def test_an_answer_that_cannot_be_read(model_server: FakeModelServer, mode: str, hint: str) -> None:
    model_server.set_mode(mode, path="/v1/models")

    found = check(connect(model_server.base_url))

    expect(found, Diagnosis.UNREADABLE, message="127.0.0.1", hint=hint)


def test_a_server_that_does_not_answer_in_time(model_server: FakeModelServer) -> None:
    model_server.set_mode("hang")

    found = check(connect(model_server.base_url), policy=LOCAL.model_copy(update={"deadline_seconds": 0.3}))

    expect(found, Diagnosis.TIMED_OUT, message="did not answer completely within 0.3 s", hint="too busy")
