#!/bin/sh
# Makes sure there is a Chromium for the browser tests: on PATH, else by apt when root, else by Playwright.
set -eu
cd "$(dirname "$0")/.."

if .venv/bin/python -m tests.e2e.browser >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium with apt"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
else
    echo "Installing Chromium with Playwright"
    .venv/bin/python -m playwright install chromium
fi
.venv/bin/python -m tests.e2e.browser >/dev/null
