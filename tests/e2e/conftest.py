"""A real Benchtop in a process of its own, with its bundled PostgreSQL and built-in model, and a real browser."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from core.services import Services
from core.settings import Settings
from tests.e2e.browser import LAUNCH_ARGUMENTS, find_browser
from tests.factories import Workshop, wait_until
from tests.integration.embedded_folders import reachable_folder

PROJECT = Path(__file__).parents[2]
START_SECONDS = 60

expect.set_options(timeout=15_000)


class BenchtopProcess:
    """`streamlit run app.py` on a data folder; can be killed and started again."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.port = _find_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = data_dir.parent / "app.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "ENCRYPTION_KEY", "PORT")
            and not name.startswith(("BENCHTOP_", "STREAMLIT_"))
        }
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=PROJECT,
                env=environment | {"BENCHTOP_DATA_DIR": str(self.data_dir)},
                stdout=log,
                stderr=log,
            )
        wait_until(self.is_healthy, seconds=START_SECONDS, what=f"Benchtop to start; its log: {self._log}")

    @property
    def process_id(self) -> int:
        assert self._process is not None
        return self._process.pid

    def is_healthy(self) -> bool:
        try:
            with urlopen(f"{self.url}/api/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)

    def stop(self) -> None:
        """End it as a service manager would."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)

    def read_log(self) -> str:
        return self._log.read_text(errors="replace")


@contextmanager
def backstage_of(process: BenchtopProcess) -> Iterator[Workshop]:
    """Services of this process's own on the same data folder: they prepare a scene and read what was stored."""
    services = Services(Settings(data_dir=process.data_dir, seed_examples=False))
    services.start()
    try:
        yield Workshop(services)
    finally:
        services.stop()


def _find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="package")
def benchtop() -> Iterator[BenchtopProcess]:
    """One freshly started Benchtop for the browser tests, examples included."""
    with reachable_folder() as folder:
        process = BenchtopProcess(folder / "data")
        process.start()
        yield process
        process.stop()


@pytest.fixture(scope="package")
def backstage(benchtop: BenchtopProcess) -> Iterator[Workshop]:
    """Behind the scenes of `benchtop`: see `backstage_of`."""
    with backstage_of(benchtop) as workshop:
        yield workshop


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=LAUNCH_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def browser_profile(browser: Browser, benchtop: BenchtopProcess) -> Iterator[BrowserContext]:
    """One browser profile for most tests, which keeps the page's scripts cached as a person's does."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=benchtop.url)
    # Keeps the process that all tabs share, and with it the compiled scripts, between two tests.
    context.new_page().goto("/api/health")
    yield context
    context.close()


@pytest.fixture
def page(browser_profile: BrowserContext) -> Iterator[Page]:
    """A fresh tab on `benchtop`, with nothing opened yet."""
    tab = browser_profile.new_page()
    yield tab
    tab.close()


@pytest.fixture
def open_tab(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a fresh tab of a browser profile of its own: `open_tab(url, color_scheme="dark")`."""
    contexts = []

    def open_tab(url: str, *, color_scheme: Literal["light", "dark"] = "light") -> Page:
        viewport: ViewportSize = {"width": 1440, "height": 900}
        contexts.append(browser.new_context(viewport=viewport, base_url=url, color_scheme=color_scheme))
        return contexts[-1].new_page()

    yield open_tab
    for context in contexts:
        context.close()
