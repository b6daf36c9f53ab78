"""botocore's requests go over the one transport: no socket of its own, no environment, ended with their run."""

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import botocore.httpsession
import httpx2
import pytest
from botocore.exceptions import HTTPClientError
from pydantic import SecretStr
from pydantic_ai import Agent, NativeOutput, PromptedOutput, ToolOutput

from core.providers.botocore_bridge import ending_calls, open_botocore_client
from core.providers.dialects import OutputMode, ServerDialect
from core.providers.exchanges import Exchange, record_exchanges
from core.providers.outbound_errors import BodyTooLarge, DestinationRefused, find_outbound_error
from core.providers.retrying import NO_RETRIES, RetryPolicy
from core.providers.transport import OutboundPolicy, build_client
from core.providers.types.base import CallParts
from core.providers.types.bedrock import TYPE
from core.tasks.judge import output_type
from tests.factories import TRIAGE_SCHEMA
from tests.fake_model_server import FakeModelServer

Json = Any  # Any: JSON
WRAPS: dict[OutputMode, Any] = {  # Any: three classes with nothing in common
    OutputMode.NATIVE: NativeOutput,
    OutputMode.TOOL: ToolOutput,
    OutputMode.PROMPTED: PromptedOutput,
}
LOOP_THREAD = "the loop of the client"


@pytest.fixture
def server() -> Iterator[FakeModelServer]:
    with FakeModelServer(kind="bedrock") as server:
        yield server


def ask(
    server: FakeModelServer,
    model_name: str,
    *,
    mode: OutputMode = OutputMode.TOOL,
    streams: bool = True,
    retry: RetryPolicy | None = None,
    policy: OutboundPolicy | None = None,
    around: Callable[[Awaitable[Json]], Awaitable[Json]] | None = None,
) -> Json:
    """Ask a model on a loop of its own; `around` may do something to the asking."""

    async def ask_it(http: httpx2.AsyncClient) -> Json:
        parts = CallParts(
            base_url=server.root_url, http=http, api_key=SecretStr("sk-key"), options={"region": "eu-central-1"}
        )
        dialect = ServerDialect(output_mode=mode)
        model = TYPE.build_model(TYPE.open_client(parts), model_name=model_name, dialect=dialect)
        agent = Agent(model, output_type=WRAPS[mode](output_type(TRIAGE_SCHEMA), name="triage"))
        if not streams:
            return (await agent.run("Two of them.")).output
        async with agent.run_stream("Two of them.") as result:
            return await result.get_output()

    async def main() -> Json:
        threading.current_thread().name = LOOP_THREAD
        async with build_client(policy=policy or OutboundPolicy(allow_private=True), retry=retry) as http:
            return await (ask_it(http) if around is None else around(ask_it(http)))

    name = threading.current_thread().name
    try:
        return asyncio.run(main())
    finally:
        threading.current_thread().name = name


@contextmanager
def watching_sockets(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Note the thread of every connection that is opened."""
    threads: list[str] = []
    connect = socket.socket.connect

    def note(self: socket.socket, address: Any) -> None:
        threads.append(threading.current_thread().name)
        connect(self, address)

    with monkeypatch.context() as patch:
        patch.setattr(socket.socket, "connect", note)
        yield threads


@pytest.mark.parametrize("mode", OutputMode)
@pytest.mark.parametrize("streams", [True, False], ids=["stream", "whole"])
def test_botocore_opens_no_connection(
    server: FakeModelServer, monkeypatch: pytest.MonkeyPatch, mode: OutputMode, streams: bool
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("botocore sends a request itself.")

    monkeypatch.setattr(botocore.httpsession.URLLib3Session, "send", refuse)

    with watching_sockets(monkeypatch) as threads:
        answer = ask(server, "ok", mode=mode, streams=streams)

    assert answer["category"] == "billing"
    assert set(threads) == {LOOP_THREAD}
    [request] = server.chat_requests
    sent = request.body
    assert ("toolConfig" in sent, "outputConfig" in sent) == (mode is OutputMode.TOOL, mode is OutputMode.NATIVE)
    assert request.path == f"/model/ok/converse{'-stream' if streams else ''}"


def test_nothing_of_the_environment_is_heeded(
    server: FakeModelServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "config").write_text("[default]\nregion = of-the-file\nendpoint_url = http://127.0.0.1:1\n")
    names = ("AWS_BEARER_TOKEN_BEDROCK", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION")
    values = dict.fromkeys(names, "of-the-environment") | {"AWS_CONFIG_FILE": str(tmp_path / "config")}
    values |= dict.fromkeys(("AWS_ENDPOINT_URL", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:1")
    for name, value in (values | {"AWS_MAX_ATTEMPTS": "5", "AWS_CSM_ENABLED": "true"}).items():
        monkeypatch.setenv(name, value)

    with pytest.raises(Exception, match="InternalServerException"):
        ask(server, "server-error", retry=NO_RETRIES)

    [request] = server.chat_requests
    assert request.key == "sk-key"
    assert "of-the-" not in str(request)


def test_the_requests_of_a_call_are_recorded_for_it(server: FakeModelServer) -> None:
    recorded: list[Exchange] = []

    async def record(asking: Awaitable[Json]) -> Json:
        with record_exchanges() as exchanges:
            answer = await asking
        recorded.extend(exchanges)
        return answer

    ask(server, "rate-limited-first:1:0", around=record)

    assert [one.status for one in recorded] == [429, 200]
    assert recorded[1].request_body == server.chat_requests[0].body
    assert recorded[1].response_bytes > 0


@pytest.mark.parametrize("model_name", ["hang", "held-stream:2"], ids=["before the answer", "in its middle"])
@pytest.mark.parametrize("streams", [True, False], ids=["stream", "whole"])
def test_a_call_that_is_cancelled_ends_its_request_at_once(
    server: FakeModelServer, model_name: str, streams: bool
) -> None:
    async def cancel(asking: Awaitable[Json]) -> float:
        task = asyncio.ensure_future(asking)
        await asyncio.to_thread(server.wait_until, lambda requests: len(requests) == 1)
        started = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(server.wait_until, lambda requests: requests[0].is_disconnected)
        return time.monotonic() - started

    assert ask(server, model_name, streams=streams, around=cancel) < 1


@pytest.mark.parametrize(
    ("model_name", "policy", "error"),
    [
        ("endless", OutboundPolicy(allow_private=True, max_body_bytes=200_000), BodyTooLarge),
        ("ok", OutboundPolicy(allow_private=False), DestinationRefused),
    ],
)
def test_the_guard_holds_for_botocore_too(
    server: FakeModelServer, model_name: str, policy: OutboundPolicy, error: type[Exception]
) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011  # which one is looked at below
        ask(server, model_name, policy=policy, streams=False)

    assert isinstance(find_outbound_error(raised.value), error)


def test_a_call_on_the_loop_itself_is_refused_since_it_would_wait_for_itself(server: FakeModelServer) -> None:
    async def call() -> None:
        async with build_client(policy=OutboundPolicy(allow_private=True)) as http:
            client = open_botocore_client(
                "bedrock-runtime", http=http, endpoint_url=server.root_url, region="eu-central-1", key=None
            )
            client.converse(modelId="ok", messages=[{"role": "user", "content": [{"text": "x"}]}])

    with pytest.raises(RuntimeError, match="must not be on the loop"):
        asyncio.run(call())


def test_a_call_that_begins_when_its_run_is_over_ends_at_once(server: FakeModelServer) -> None:
    async def call() -> None:
        async with build_client(policy=OutboundPolicy(allow_private=True)) as http:
            client = open_botocore_client(
                "bedrock-runtime", http=http, endpoint_url=server.root_url, region="eu-central-1", key=None
            )
            may_begin = threading.Event()

            def converse() -> None:
                may_begin.wait(5)
                client.converse(modelId="hang", messages=[{"role": "user", "content": [{"text": "x"}]}])

            with ending_calls():
                late = asyncio.ensure_future(asyncio.to_thread(converse))
                await asyncio.sleep(0)  # so that the thread takes the run along
            may_begin.set()
            await asyncio.wait_for(late, 5)

    with pytest.raises(HTTPClientError, match="cancelled"):
        asyncio.run(call())


def test_more_requests_are_under_way_at_once_than_threads_by_default(server: FakeModelServer) -> None:
    async def call() -> list[Json]:
        async with build_client(policy=OutboundPolicy(allow_private=True)) as http:
            parts = CallParts(
                base_url=server.root_url, http=http, options={"region": "eu-central-1"}, api_key=SecretStr("k")
            )
            model = TYPE.build_model(TYPE.open_client(parts), model_name="held", dialect=ServerDialect())
            agents = [Agent(model) for _ in range(60)]
            asking = asyncio.gather(*(agent.run("Two of them.") for agent in agents))
            await asyncio.to_thread(server.wait_until, lambda requests: len(requests) == len(agents))
            server.release()
            return [answer.output for answer in await asking]

    assert len(set(asyncio.run(call()))) == 1
