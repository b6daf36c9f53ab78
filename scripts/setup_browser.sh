#!/bin/sh
# Makes sure there is a Chromium for the browser tests: its headless shell by apt when root, else any on PATH, else
# Playwright's own.
set -eu
cd "$(dirname "$0")/.."

find_browser() { .venv/bin/python -m tests.e2e.browser >/dev/null 2>&1; }
install_by_apt() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null; }

command -v chromium-headless-shell >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium with apt"
    # Older releases have no package of the shell alone; a Chromium that is there already does as well.
    apt-get update -qq && install_by_apt chromium-headless-shell || find_browser || install_by_apt chromium
elif ! find_browser; then
    echo "Installing Chromium with Playwright"
    .venv/bin/python -m playwright install chromium
fi
if ! find_browser; then
    echo "The browser tests need Chromium, and it could not be installed. Install it, then try again." >&2
    exit 1
fi
