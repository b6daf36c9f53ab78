"""The fake model server as a program of its own."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

from tests.fake_model_server import DEFAULT_MODELS, FakeModelServer
from tests.fake_server.kinds import list_kinds


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGINT or SIGTERM; the first line written is the address."""
    parser = argparse.ArgumentParser(description="A model server for tests.")
    parser.add_argument("--port", type=int, default=0, help="0 (default) takes a free one")
    parser.add_argument("--api-key", help="refuse every other key under /v1")
    parser.add_argument("--kind", default="openai", choices=list_kinds(), help="whose surface to serve")
    parser.add_argument("--mode", help="make every request behave so")
    parser.add_argument("--models", default=",".join(DEFAULT_MODELS), help="names to list, separated by commas")
    options = parser.parse_args(arguments)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopped.set())
    server = FakeModelServer(
        port=options.port, api_key=options.api_key, models=options.models.split(","), kind=options.kind
    )
    server.set_mode(options.mode)
    with server:
        sys.stdout.write(f"{server.root_url}\n")
        sys.stdout.flush()
        stopped.wait()
