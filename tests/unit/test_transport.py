"""Bounds, failures and TLS of the outbound transport, over real loopback connections."""

import asyncio
import datetime
import socket
import ssl
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2
import openai
import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.providers.answer_parts import PartCounter
from core.providers.outbound_errors import (
    BodyTooLarge,
    ConnectionRefused,
    ConnectTimedOut,
    DeadlineExceeded,
    DestinationRefused,
    NameNotResolved,
    OutboundError,
    RequestNotSendable,
    TlsFailed,
    UnsupportedEncoding,
    find_outbound_error,
)
from core.providers.retrying import NO_RETRIES
from core.providers.transport import OutboundPolicy, build_client, get_ssl_context
from tests.fake_model_server import FakeModelServer
from tests.unit.outbound_calls import LOCAL, STRICT, chat_url, fail_to_call, resolve_to

pytestmark = pytest.mark.anyio

MEBIBYTE = 1024 * 1024


class Memory:
    """The resident size of this process, which here includes the fake server."""

    def __init__(self) -> None:
        self.start_bytes: int = psutil.Process().memory_info().rss
        self.peak_bytes = self.start_bytes


@contextmanager
def watched_memory() -> Iterator[Memory]:
    """Look every few milliseconds, from a thread."""
    memory, ended, process = Memory(), threading.Event(), psutil.Process()

    def watch() -> None:
        while not ended.wait(0.003):
            memory.peak_bytes = max(memory.peak_bytes, process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield memory
    finally:
        ended.set()
        watcher.join()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def server() -> Iterator[FakeModelServer]:
    with FakeModelServer() as running:
        yield running


@pytest.mark.parametrize(("model", "expected"), [("endless", BodyTooLarge), ("gzip-bomb", UnsupportedEncoding)])
async def test_huge_answers_end_without_filling_memory(
    server: FakeModelServer, model: str, expected: type[OutboundError]
) -> None:
    with watched_memory() as memory:
        error = await fail_to_call(chat_url(server), model=model)

    assert isinstance(error, expected)
    assert memory.peak_bytes - memory.start_bytes < 50 * MEBIBYTE
    server.wait_until(lambda requests: requests[0].is_answered or requests[0].is_disconnected)


async def test_declared_length_is_judged_before_the_body_is_read(server: FakeModelServer) -> None:
    policy = OutboundPolicy(allow_private=True, max_body_bytes=50)

    async with build_client(policy=policy, retry=NO_RETRIES) as client:
        with pytest.raises(BodyTooLarge):
            await client.get(f"{server.base_url}/models")
        assert (await client.get(f"{server.root_url}/api/ps")).json() == {"models": []}


@pytest.mark.parametrize("model", ["drip:0.05", "hang", "slow:0.2"])
async def test_answer_that_takes_too_long_ends_at_the_deadline(server: FakeModelServer, model: str) -> None:
    loop = asyncio.get_running_loop()
    policy = OutboundPolicy(allow_private=True, deadline_seconds=0.5)
    started = loop.time()

    error = await fail_to_call(chat_url(server), policy=policy, model=model)

    assert isinstance(error, DeadlineExceeded)
    assert "within 0.5 s" in error.sentence
    assert 0.4 < loop.time() - started < 2.5
    await asyncio.to_thread(server.wait_until, lambda requests: requests[0].is_disconnected)


async def test_closed_port_is_told_from_a_missing_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    refused = await fail_to_call(f"http://127.0.0.1:{port}/")
    missing = await fail_to_call(f"http://{'x' * 70}.invalid/")

    assert isinstance(refused, ConnectionRefused)
    assert f"127.0.0.1:{port}" in refused.sentence
    assert isinstance(missing, NameNotResolved)


async def test_key_with_a_line_break_is_not_repeated_in_the_error(server: FakeModelServer) -> None:
    async with build_client(policy=LOCAL, headers={"Authorization": "Bearer sk-canary\nX-Evil: 1"}) as client:
        with pytest.raises(RequestNotSendable) as caught:
            await client.get(f"{server.base_url}/models")

    assert "canary" not in "".join(traceback.format_exception(caught.value))
    assert server.requests == []


async def test_resolver_that_hangs_ends_at_the_connect_timeout() -> None:
    async def hang(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    policy = OutboundPolicy(allow_private=True, connect_timeout_seconds=0.05)

    assert isinstance(await fail_to_call("http://models.example/", policy=policy, resolver=hang), ConnectTimedOut)


async def test_plain_http_behind_https_is_a_tls_failure(server: FakeModelServer) -> None:
    error = await fail_to_call(f"https://127.0.0.1:{server.port}/v1/models")

    assert isinstance(error, TlsFailed)


async def test_certificate_is_judged_by_the_name_not_the_address(tmp_path: Path) -> None:
    serving, trusting = make_contexts("models.example", tmp_path)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
        writer.close()

    tls_server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=serving)
    port = tls_server.sockets[0].getsockname()[1]
    resolver = resolve_to(["127.0.0.1"])
    async with tls_server, build_client(policy=LOCAL, resolver=resolver, ssl_context=trusting) as client:
        right = await client.get(f"https://models.example:{port}/")
        with pytest.raises(TlsFailed, match=r"not valid for 'other\.example'"):
            await client.get(f"https://other.example:{port}/")
        with pytest.raises(TlsFailed):
            await client.get(f"https://127.0.0.1:{port}/")
        unknown = await fail_to_call(f"https://models.example:{port}/", resolver=resolver)

    assert right.text == "hi"
    assert isinstance(unknown, TlsFailed)
    assert "self-signed" in unknown.sentence


def make_contexts(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the TLS contexts of a server called `name` and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    builder = x509.CertificateBuilder(
        subject, subject, key.public_key(), x509.random_serial_number(), now - day, now + day
    )
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name)])
    certificate = builder.add_extension(alternatives, critical=False).sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    file = folder / "server.pem"
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain) + pem)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(file)
    return serving, ssl.create_default_context(cadata=pem.decode())


async def test_reasons_are_found_behind_the_sdk(server: FakeModelServer) -> None:
    async with build_client(policy=STRICT, retry=NO_RETRIES) as http_client:
        sdk = openai.AsyncOpenAI(base_url=server.base_url, api_key="sk-x", http_client=http_client, max_retries=0)
        with pytest.raises(openai.APIConnectionError) as caught:
            await sdk.models.list()

    assert isinstance(find_outbound_error(caught.value), DestinationRefused)
    assert find_outbound_error(ValueError()) is None
    assert server.requests == []


async def test_stream_arrives_piece_by_piece(server: FakeModelServer) -> None:
    async with build_client(policy=LOCAL) as http_client:
        sdk = openai.AsyncOpenAI(base_url=server.base_url, api_key="sk-x", http_client=http_client, max_retries=0)
        stream = await sdk.chat.completions.create(
            model="slow:0.01", messages=[{"role": "user", "content": "Hello"}], stream=True
        )
        chunks = [chunk async for chunk in stream]
        again = await sdk.chat.completions.create(model="ok", messages=[{"role": "user", "content": "Hello"}])

    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert len(chunks) > 3
    assert text == again.choices[0].message.content


def test_tls_context_is_made_once() -> None:
    assert get_ssl_context() is get_ssl_context()


MODEL = b'{"id":"vendor/a-model","name":"A model, with prose, [and] {more}","context_length":131072,"architecture":' + (
    b'{"modality":"text->text","input_modalities":["text","image"]},"pricing":{"prompt":"0.1","completion":"0.2"},'
    b'"top_provider":{"max_completion_tokens":4096},"supported_parameters":["seed","tools","stop","top_p"]},'
)
EVENT = b'data: {"id":"x","choices":[{"index":0,"delta":{"content":"a, b"},"finish_reason":null}]}\n\n'


def count_parts(body: bytes, *, kind: str = "application/json", sent: bytes = b"{}", path: str = "/v1/chat") -> bool:
    counter = PartCounter(
        httpx2.Request("POST", f"http://127.0.0.1{path}", content=sent), httpx2.Headers({"content-type": kind})
    )
    chunks = [body[start : start + 4_097] for start in range(0, len(body), 4_097)]
    return any(counter.add(chunk) for chunk in chunks)


def test_long_lists_and_long_streams_are_read() -> None:
    assert not count_parts(MODEL * 2_000)
    assert not count_parts(EVENT * 60_000, kind="text/event-stream; charset=utf-8", sent=b'{"stream": true}')


def test_an_answer_of_too_many_parts_is_not_read() -> None:
    assert count_parts(b"[" + b"{}," * 30_000)
    assert count_parts(b"[" + b"0," * 300_000)
    # Only what was asked for as a stream counts as one, and only whole events end.
    assert count_parts(EVENT * 30_000, kind="text/event-stream")
    assert count_parts(b"data: [" + b"{},\n" * 30_000, kind="text/event-stream", sent=b'{"stream":true}')
