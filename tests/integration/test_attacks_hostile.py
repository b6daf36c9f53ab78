"""T6: a hostile server can neither fill the memory nor hold anybody up; whatever it does ends in a sentence.

Measured in a process of its own, so that what the server here holds does not count.
"""

from collections.abc import Iterator

import pytest

from tests.fake_model_server import FakeModelServer
from tests.integration.hostile_process import HostileProcess
from tests.integration.hostile_server import HostileServer
from tests.integration.own_services import empty, make_settings

DEADLINE_SECONDS = 2.0
PATIENCE_SECONDS = DEADLINE_SECONDS + 2
MOST_MEBIBYTES = 50

LARGE, SLOW, ODD = "unreadable", "timed_out", "wrong_kind"
MODES = {
    "infinite": (LARGE, "unreadable_answer"),
    "infinite-headers": (LARGE, "provider_unreachable"),
    "infinite-continue": (LARGE, "provider_unreachable"),
    "gzip-bomb": (LARGE, "unreadable_answer"),
    "drip": (SLOW, "timeout"),
    "drip-headers": (SLOW, "timeout"),
    "hang": (SLOW, "timeout"),
    "sse": (LARGE, ""),
    "sse-comments": (LARGE, ""),
    "sse-one-line": (LARGE, "unreadable_answer"),
    "deep": (ODD, ""),
    "bigint": (ODD, ""),
    "many-objects": (LARGE, "unreadable_answer"),
    "many-models": (LARGE, "unreadable_answer"),
    "many-lists": (LARGE, "unreadable_answer"),
    "many-choices": (LARGE, "unreadable_answer"),
    "many-keys": (LARGE, "unreadable_answer"),
    "many-in-event": (LARGE, "unreadable_answer"),
    "redirect:307:http://127.0.0.1:9/": ("redirected", ""),
    "echo:401": ("key_missing", ""),
    "retry-after": ("rate_limited", ""),
    "no-http": (LARGE, "provider_unreachable"),
}


@pytest.fixture(scope="module")
def process(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileProcess]:
    empty(postgres_url)
    settings = make_settings(
        postgres_url,
        tmp_path_factory.mktemp("hostile"),
        request_timeout_seconds=DEADLINE_SECONDS,
        run_timeout_seconds=30,
    )
    with FakeModelServer() as good, HostileProcess(settings, warm_url=good.base_url) as process:
        yield process


@pytest.mark.parametrize(("mode", "expected"), MODES.items(), ids=MODES)
def test_a_hostile_server_costs_neither_time_nor_memory(
    process: HostileProcess, mode: str, expected: tuple[str, str]
) -> None:
    with HostileServer(mode) as server:
        suffered = process.suffer(f"{server.root_url}/v1")

        assert len(server.heard) >= 2
    assert suffered.check_seconds < PATIENCE_SECONDS
    assert suffered.run_seconds < PATIENCE_SECONDS
    assert suffered.grown_mebibytes < MOST_MEBIBYTES
    assert suffered.run_status == "failed"
    assert suffered.run_reason not in ("", "internal")
    assert suffered.run_message
    assert suffered.check_message
    assert (suffered.diagnosis, suffered.run_reason) == (expected[0], expected[1] or suffered.run_reason)
