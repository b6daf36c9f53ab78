"""AWS Bedrock as a provider: its region, its two kinds of keys, its lists and its runs."""

import json
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from pydantic import ValidationError

from core.actors import LOCAL_USER
from core.errors import InvalidInputError
from core.providers.diagnoses import Diagnosis
from core.providers.records import ProviderDraft, ProviderRecord, ValidationStatus
from core.providers.types.bedrock import find_control_url
from core.runs.records import RunReason, RunStatus
from core.services import Services
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.fake_server.traits import ModelDetails
from tests.fake_server.wire import RecordedRequest
from tests.integration.test_providers import settled

KEY = "bedrock-api-key-CANARY"
REGION = {"region": "eu-central-1"}
SIGNED = REGION | {"access_key_id": "AKIAEXAMPLE"}
Connect = Callable[..., ProviderRecord]


@pytest.fixture
def bedrock_server() -> Iterator[FakeModelServer]:
    """A region with a model to call at once, two to call by a profile, and one that writes no text."""
    profiled = ModelDetails(extra={"inferenceTypesSupported": ["INFERENCE_PROFILE"]})
    details = {
        "anthropic.one-v1:0": profiled,
        "meta.two-v1:0": profiled,
        "embed": ModelDetails(capabilities=("embedding",)),
    }
    with FakeModelServer(kind="bedrock", models=["ok", "embed", *list(details)[:2]], details=details) as server:
        server.state.page_size = 1
        yield server


@pytest.fixture
def connect(services: Services, bedrock_server: FakeModelServer) -> Connect:
    """Make a provider of the region and wait for its check."""

    def connect(options: dict[str, str] = REGION, **values: object) -> ProviderRecord:
        draft = {"name": "AWS", "type": "bedrock", "base_url": bedrock_server.root_url, "api_key": KEY}
        made = services.providers.create_provider(
            LOCAL_USER, ProviderDraft.model_validate({**draft, "options": options, **values})
        )
        return settled(services, made.id)

    return connect


@pytest.mark.parametrize(
    ("region", "address"),
    [
        ("us-east-1", "https://bedrock-runtime.us-east-1.amazonaws.com"),
        ("us-gov-west-1", "https://bedrock-runtime.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "https://bedrock-runtime.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_the_region_is_the_address_unless_one_is_given(region: str, address: str) -> None:
    draft = {"name": "A", "type": "bedrock", "options": {"region": region}}
    moved = {**draft, "base_url": "https://bedrock-runtime.eu-west-3.amazonaws.com/"}
    own = {**draft, "base_url": "https://vpce-1.bedrock.example"}

    assert [ProviderDraft.model_validate(one).base_url for one in (draft, moved, own)] == [
        address,
        address,
        own["base_url"],
    ]
    assert find_control_url(address) == address.replace("bedrock-runtime", "bedrock")
    assert find_control_url("https://vpce-1.bedrock.example") == "https://vpce-1.bedrock.example"


@pytest.mark.parametrize(("options", "fault"), [({}, "needs the field “Region”"), ({"region": "Ohio"}, "eu-central-1")])
def test_a_region_is_needed_and_read_strictly(options: dict[str, str], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        ProviderDraft.model_validate({"name": "A", "type": "bedrock", "options": options})


def test_in_another_region_the_key_has_to_be_entered_again(services: Services) -> None:
    draft = ProviderDraft.model_validate({"name": "AWS", "type": "bedrock", "api_key": KEY, "options": REGION})
    made = services.providers.create_provider(LOCAL_USER, draft)
    moved = {"name": "AWS", "type": "bedrock", "base_url": made.base_url, "options": {"region": "eu-west-1"}}

    with pytest.raises(InvalidInputError, match="entered again"):
        services.providers.update_provider(LOCAL_USER, made.id, ProviderDraft.model_validate(moved))


@pytest.mark.parametrize("options", [REGION, SIGNED], ids=["bearer", "signed"])
def test_models_and_profiles_are_listed_whatever_the_pages(connect: Connect, options: dict[str, str]) -> None:
    found = connect(options)

    assert (found.validation_status, found.validation_message) == (ValidationStatus.CONNECTED, "Connected: 3 models.")
    assert found.model_names == ("eu.anthropic.one-v1:0", "eu.meta.two-v1:0", "ok")


def test_a_key_that_may_not_list_profiles_lists_the_models(connect: Connect, bedrock_server: FakeModelServer) -> None:
    bedrock_server.set_mode("unauthorized", path="/inference-profiles")

    assert connect().model_names == ("ok",)


@pytest.mark.parametrize(
    ("options", "model_name", "count"),
    [(SIGNED, "ok", 1), (REGION, "wrong-then-right", 2), (SIGNED, "rate-limited-first:1:0", 2)],
)
def test_a_structured_run_passes(
    workshop: Workshop,
    connect: Connect,
    bedrock_server: FakeModelServer,
    options: dict[str, str],
    model_name: str,
    count: int,
) -> None:
    agent = workshop.make_agent(connect(options), model_name=model_name, max_tokens=99, temperature=0.5)
    task = workshop.make_task()
    workshop.assign(agent, task)

    run = workshop.run(agent, task)

    assert (run.status, run.message) == (RunStatus.PASSED, "")
    assert len(bedrock_server.chat_requests) == count
    body = bedrock_server.chat_requests[0].body
    assert body["inferenceConfig"] == {"maxTokens": 99, "temperature": 0.5}
    assert body["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"]["required"] == ["category", "confidence"]
    attempts = workshop.services.runs.list_attempts(LOCAL_USER, run.id)
    assert attempts[0].request == body
    assert (attempts[-1].input_tokens or 0) > 0


@pytest.mark.parametrize("fresh_seconds", [60.0, 0.0], ids=["at once", "after a wait"])
def test_every_signature_is_good_and_the_secret_stays_here(
    workshop: Workshop,
    connect: Connect,
    bedrock_server: FakeModelServer,
    monkeypatch: pytest.MonkeyPatch,
    fresh_seconds: float,
) -> None:
    monkeypatch.setattr("core.providers.botocore_bridge._FRESH_SECONDS", fresh_seconds)
    signed: list[str] = []
    sign = SigV4Auth.add_auth

    def note(signer: SigV4Auth, request: AWSRequest) -> None:
        signed.append(request.url)
        sign(signer, request)

    monkeypatch.setattr(SigV4Auth, "add_auth", note)
    provider = connect(SIGNED, secrets={"session_token": "session-token-CANARY"})
    agent, task = workshop.make_agent(provider, model_name="amazon.ok-v1:0"), workshop.make_task()
    workshop.assign(agent, task)

    workshop.run(agent, task)

    asked = bedrock_server.requests
    assert {urlsplit(one.path).path for one in asked} >= {
        "/foundation-models",
        "/model/amazon.ok-v1%3A0/converse-stream",
    }
    for one in asked:
        assert one.headers["authorization"] == _sign_again(one, bedrock_server.root_url)
        assert one.headers["x-amz-security-token"] == "session-token-CANARY"
    assert KEY not in str(asked)
    assert sum("/converse-stream" in url for url in signed) == (1 if fresh_seconds else 2)


def _sign_again(request: RecordedRequest, root_url: str) -> str:
    """Return the header as AWS would expect it for the request as it arrived."""
    signed = request.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    body = b"" if request.body is None else json.dumps(request.body).encode()
    again = AWSRequest(
        method=request.method,
        url=root_url + request.path,
        headers={name: value for name, value in request.headers.items() if name in signed and name != "host"},
        data=body,
    )
    again.context["timestamp"] = request.headers["x-amz-date"]
    signer = SigV4Auth(Credentials("AKIAEXAMPLE", KEY, "session-token-CANARY"), "bedrock", REGION["region"])
    text = signer.string_to_sign(again, signer.canonical_request(again))
    return request.headers["authorization"].partition("Signature=")[0] + "Signature=" + signer.signature(text, again)


def test_a_refused_key_is_told_by_the_check_and_by_the_run(
    workshop: Workshop, connect: Connect, bedrock_server: FakeModelServer
) -> None:
    bedrock_server.api_key = "another-key"
    provider = connect()
    agent, task = workshop.make_agent(provider), workshop.make_task()
    workshop.assign(agent, task)

    run = workshop.run(agent, task)

    assert (provider.diagnosis, run.reason) == (Diagnosis.KEY_REFUSED, RunReason.KEY_REFUSED)
    assert KEY not in provider.model_dump_json() + run.model_dump_json()


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("not-found", RunReason.MODEL_NOT_FOUND),
        ("rate-limited:90", RunReason.RATE_LIMITED),
        ("truncated", RunReason.TRUNCATED),
        ("cut-stream:4", RunReason.PROVIDER_UNREACHABLE),
        ("html", RunReason.UNREADABLE_ANSWER),
    ],
)
def test_what_goes_wrong_is_told_apart(
    workshop: Workshop, connect: Connect, bedrock_server: FakeModelServer, mode: str, reason: RunReason
) -> None:
    agent, task = workshop.make_agent(connect(), model_name=mode), workshop.make_task()
    workshop.assign(agent, task)

    run = workshop.run(agent, task)

    assert (run.status, run.reason) == (RunStatus.FAILED, reason)


def test_a_run_that_is_cancelled_ends_its_request(
    workshop: Workshop, connect: Connect, bedrock_server: FakeModelServer
) -> None:
    agent, task = workshop.make_agent(connect(), model_name="hang"), workshop.make_task()
    workshop.assign(agent, task)
    run = workshop.start_run(agent, task)
    bedrock_server.wait_until(lambda _: len(bedrock_server.chat_requests) == 1)

    workshop.services.runs.cancel_run(LOCAL_USER, run.id)

    bedrock_server.wait_until(lambda _: bedrock_server.chat_requests[0].is_disconnected, timeout_seconds=1)
    assert workshop.wait_for_end(run.id).status is RunStatus.CANCELLED
