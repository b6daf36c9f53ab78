"""T5 and T9: no key and no header that was entered is seen anywhere again, however hard a server tries to tell it.

A scene in which everything goes wrong that repeats secrets; then every place is read that keeps or shows anything.
"""

import base64
import io
import json
import logging
import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from urllib.parse import quote, quote_plus

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import SecretStr
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.errors import DashboardError
from core.providers.checking.foreign_words import quote_foreign
from core.providers.connections import OpenedSecrets
from core.providers.probing.explaining import quote as quote_reply
from core.providers.records import ProviderChange, ProviderDraft, ProviderRecord
from core.providers.types import list_types
from core.redaction import register_secret
from core.runs.history.records import ExportFormat
from core.runs.records import RunFilter, RunRecord
from core.services import Services
from db.errors import ConstraintViolated
from db.session import Database
from tests.conftest import PAGES as PAGE_FILES
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.api_calls import Json, calling
from tests.integration.hostile_server import HostileServer
from tests.integration.own_services import execute, read_everything
from tests.integration.test_providers import settled

KEY = 'sk-CANARYKEY+9f"3a/%41\\77d2b8'
HEADER = 'CANARYHEADER "55ab" 10/+ee71c2'
SECRETS = (KEY, HEADER)
SEALED_PREFIX = "gAAAA"
OPTIONS = {"bedrock": {"region": "eu-central-1"}}
LOUD = ("httpx2", "httpcore2", "openai", "anthropic", "google_genai", "botocore", "urllib3", "asyncio")
PAGES = ("home", "providers", "agents", "tasks", "run", "compare", "history")


def find_spellings(text: str) -> list[str]:
    """Return the spellings of a secret that a text holds; its first half counts, being nearly as good."""
    return [spelling for secret in SECRETS for spelling in _spell(secret) if spelling in text]


def _spell(secret: str) -> Iterator[str]:
    yield secret[: len(secret) // 2]
    yield secret[len(secret) // 2 :]
    yield from (quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1])
    for skipped in range(3):
        whole = secret.encode()[skipped : skipped + (len(secret) - skipped) // 3 * 3]
        yield base64.b64encode(whole).decode()
        yield base64.urlsafe_b64encode(whole).decode()


@pytest.fixture
def log(services: Services) -> Iterator[io.StringIO]:
    """All that is logged at DEBUG, by loud libraries too, to a handler that knows nothing of secrets."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in LOUD)]
    levels = [logger.level for logger in loggers]
    loggers[0].addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield written
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
    loggers[0].removeHandler(handler)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every message that pages send to the browser."""
    messages: list[bytes] = []
    enqueue = ForwardMsgQueue.enqueue

    def listen(queue: ForwardMsgQueue, message: ForwardMsg) -> Any:  # Any: Streamlit's own
        messages.append(message.SerializeToString())
        return enqueue(queue, message)

    monkeypatch.setattr(ForwardMsgQueue, "enqueue", listen)
    return messages


def make_provider(services: Services, base_url: str, *, type_name: str = "openai") -> ProviderRecord:
    draft = ProviderDraft.model_validate(
        {
            "name": f"P {uuid.uuid4()}",
            "type": type_name,
            "base_url": base_url,
            "options": OPTIONS.get(type_name, {}),
            "api_key": KEY,
            "headers": {"X-Team-Token": HEADER},
        }
    )
    return services.providers.create_provider(LOCAL_USER, draft)


def run_at(
    services: Services, provider: ProviderRecord, *, model_name: str = "ok", schema: Json | None = None
) -> RunRecord:
    workshop = Workshop(services)
    agent = workshop.make_agent(provider, name=f"A {uuid.uuid4()}", model_name=model_name, retries=1)
    task = workshop.make_task(schema, name=f"T {uuid.uuid4()}")
    workshop.assign(agent, task)
    return workshop.run(agent, task)


def provoke_echoes(services: Services) -> list[RunRecord]:
    """Check and run every type at a server that repeats all it is sent, with every kind of refusal."""

    def provoke(type_name: str, status: int) -> RunRecord:
        with HostileServer(f"echo:{status}") as server:
            provider = make_provider(services, server.root_url, type_name=type_name)
            run = run_at(services, provider)
            settled(services, provider.id)
            assert any("CANARYKEY" in heard for heard in server.heard) or type_name == "bedrock"
            assert any("CANARYHEADER" in heard for heard in server.heard)
        return run

    names = [one.name for one in list_types() if one.has_address]
    with ThreadPoolExecutor(4) as threads:
        begun = [threads.submit(provoke, name, status) for name in names for status in (401, 400, 404)]
        return [one.result() for one in begun]


def provoke_answers(services: Services, server: FakeModelServer) -> list[RunRecord]:
    """Have a model answer with the key in the clear, as URLs, as JSON and as base64."""
    provider = make_provider(services, server.base_url)
    told = [KEY, quote(KEY, safe=""), base64.b64encode(f"user:{KEY}".encode()).decode(), HEADER]
    note = {"type": "object", "properties": {"note": {"type": "string"}}, "required": ["note"]}
    runs = []
    for text in told:
        answer = quote_plus(json.dumps({"note": f"It is {text}, no doubt."}))
        server.set_mode(f"answer:{answer}", path="/v1/chat/completions")
        runs.append(run_at(services, provider, schema=note))
    server.set_mode(None, path="/v1/chat/completions")
    assert {run.status.value for run in runs} == {"passed"}
    return runs


def provoke_refusals() -> str:
    """Send the key to the API wherever it does not belong; return all that was answered."""
    good: Json = {"name": "Refused", "type": "openai", "base_url": "http://127.0.0.1:9/v1", "api_key": KEY}
    odd: list[Json] = [
        good | {"api_key": [KEY]},
        good | {"api_key": {KEY: KEY}},
        good | {"api_key": f"{KEY} {KEY}"},
        good | {"api_key": f"{KEY}\n"},
        good | {"headers": {"X-A": f"{HEADER}\r\nX-B: 1"}},
        good | {"headers": {"X-A": {"value": HEADER}}},
        good | {"headers": HEADER},
        good | {"headers": {HEADER: "x"}},
        good | {"secrets": {"api_key": KEY}},
        good | {"limits": {"requests_per_minute": KEY}},
        good | {"base_url": f"http://user:{KEY}@127.0.0.1:9/v1"},
        good | {"base_url": f"http://127.0.0.1:9/v1?key={KEY}"},
        good | {"request_timeout_seconds": KEY},
        good,
        good,
        good | {"name": "Other", "base_url": "http://no-such-host.invalid/v1"},
    ]
    with calling() as client:
        answers = [client.post("/providers", json=body).text for body in odd]
        answers += [client.post("/providers", content=json.dumps(good)[:-3]).text]
    return "\n".join(answers)


def probe(services: Services, provider: ProviderRecord) -> None:
    with suppress(DashboardError):
        services.dialects.start_probe(LOCAL_USER, provider.id, "ok")


def read_api(ids: Mapping[str, str]) -> str:
    """Return the answer to every GET there is."""
    with calling() as client:
        paths = client.get("/openapi.json").json()["paths"]
        wanted = [path for path, verbs in paths.items() if "get" in verbs]
        answers = []
        for path in wanted:
            address = path.removeprefix("/api")
            for name, value in ids.items():
                address = address.replace("{" + name + "}", value)
            answers.append(client.get(address).text)
    assert len(answers) > 20
    return "\n".join(answers)


def read_exports(services: Services) -> str:
    every = {kind: b"".join(services.history.export_runs(LOCAL_USER, RunFilter(), kind)) for kind in ExportFormat}
    table = pq.read_table(pa.BufferReader(every.pop(ExportFormat.PARQUET))).to_pylist()
    return "\n".join([repr(table), *(written.decode() for written in every.values())])


def show_pages(open_page: Callable[..., AppTest], provider_id: str, run_id: str) -> None:
    app = open_page()
    for name in PAGES:
        app.switch_page(str(PAGE_FILES / f"{name}.py")).run()
    for name, parameter, value in (("providers", "edit", provider_id), ("run", "run", run_id)):
        app.query_params[parameter] = value
        app.switch_page(str(PAGE_FILES / f"{name}.py")).run()
        assert not app.exception


def test_what_was_sealed_is_seen_nowhere(
    services: Services,
    database: Database,
    model_server: FakeModelServer,
    open_page: Callable[..., AppTest],
    log: io.StringIO,
    sent: list[bytes],
    capfd: pytest.CaptureFixture[str],
) -> None:
    runs = [*provoke_echoes(services), *provoke_answers(services, model_server)]
    refused = provoke_refusals()
    unreachable = make_provider(services, "http://no-such-host.invalid/v1")
    runs.append(run_at(services, unreachable))
    probe(services, make_provider(services, model_server.base_url))
    for one in services.providers.list_providers(LOCAL_USER):
        settled(services, one.id)
    show_pages(open_page, str(unreachable.id), str(runs[0].id))

    run = runs[0]
    ids = {"provider_id": str(unreachable.id), "agent_id": str(run.agent_id), "task_id": str(run.task_id)}
    dump = read_everything(database)
    printed = capfd.readouterr()
    places = {
        "API": read_api(ids | {"run_id": str(run.id)}),
        "refusals": refused,
        "exports": read_exports(services),
        "pages": "\n".join(message.decode(errors="replace") for message in sent),
        "log": log.getvalue(),
        "output": printed.out + printed.err,
        "runs": "\n".join(repr(run) + run.model_dump_json() for run in runs),
        "providers": repr(services.providers.list_providers(LOCAL_USER)),
    }

    found = {place: find_spellings(text) for place, text in (places | {"dump": dump}).items()}
    assert {place: spellings for place, spellings in found.items() if spellings} == {}
    assert [place for place, text in places.items() if SEALED_PREFIX in text] == []
    assert "[secret]" in dump
    assert "X-Team-Token" in places["API"]
    assert len(places["pages"]) > 10_000


@pytest.mark.parametrize("column", ["name", "type"])
def test_a_refused_row_is_not_quoted(database: Database, column: str) -> None:
    row = {"name": KEY, "type": KEY, "base_url": KEY, "sealed_key": KEY} | {column: None}
    names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)

    with pytest.raises(ConstraintViolated) as caught:
        execute(database, f"INSERT INTO llm_providers (id, {names}) VALUES (gen_random_uuid(), {marks})", **row)

    told = "".join(traceback.format_exception(caught.value))
    assert "violates not-null constraint" in told
    assert find_spellings(told) == []


def test_a_failed_statement_is_not_quoted_either(database: Database) -> None:
    broken = json.dumps({"note": KEY})[:-1] + ', "n": "\\u0000"}'

    with pytest.raises(Exception, match="unsupported Unicode escape") as caught:
        execute(database, "SELECT CAST(:broken AS jsonb)", broken=broken)

    assert find_spellings("".join(traceback.format_exception(caught.value))) == []


def test_nothing_that_holds_a_secret_shows_it_when_printed() -> None:
    values: Json = {"api_key": KEY, "headers": {"X-Team-Token": HEADER}}
    draft = ProviderDraft.model_validate({"name": "N", "type": "openai"} | values)
    change = ProviderChange.model_validate(values)
    opened = OpenedSecrets(api_key=SecretStr(KEY), headers={"X": SecretStr(HEADER)}, fields={"f": SecretStr(KEY)})

    for holder in (draft, change, opened):
        assert find_spellings(f"{holder!r} {holder} {holder.model_dump_json()} {holder.model_dump()}") == []


@pytest.mark.parametrize("shown", [80, 200])
def test_no_part_of_a_secret_is_left_where_a_quote_is_cut(shown: int) -> None:
    register_secret(KEY)
    for place in (shown - 5, shown * 20 - 5):
        for filling in ("x", " "):
            told = quote_foreign(filling * place + KEY, longest=shown) + quote_reply(filling * place + KEY)
            assert KEY[:3] not in told
    assert quote_reply("\x1b[31m\u202eon\x00e\nline") == " It said: [31mone line"
