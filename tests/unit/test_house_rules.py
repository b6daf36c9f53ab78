"""The code keeps to the size a reader can hold, and to the doors it was given."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
FOLDERS = ("api", "core", "db", "pages", "scripts", "tests")
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50


def _list_files() -> Iterator[Path]:
    yield from (PROJECT / "app.py", PROJECT / "cli.py")
    for folder in FOLDERS:
        yield from sorted((PROJECT / folder).rglob("*.py"))


FILES = list(_list_files())


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_files_and_functions_stay_short(path: Path) -> None:
    text = path.read_text()
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    long = [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION_LINES]

    assert len(text.splitlines()) <= MAX_FILE_LINES
    assert long == []


_DOORS = {
    # What opens connections, and the only files of the product that may name it.
    r"httpx2\.(Async)?Client\((?!transport=(httpx2\.MockTransport|_NoWayOut)\()": {"core/providers/transport.py"},
    r"httpx2\.(Async)?HTTPTransport\(": set(),
    r"httpx2\.(get|post|put|patch|delete|head|request|stream)\(": set(),
    r"httpcore2\.(Async)?(ConnectionPool|HTTPConnection|HTTP11Connection|HTTPProxy|SOCKSProxy)\(": {
        "core/providers/transport.py"
    },
    r"httpcore2\.(AnyIO|Auto|Sync|Trio)Backend\(": {"core/providers/connecting.py"},
    r"^\s*(import|from) (httpx|requests|aiohttp|urllib3|ftplib|smtplib|telnetlib|http\.client|websockets)\b": {
        "api/client.py"
    },
    r"^\s*(import|from) urllib\.request\b|urlopen\(": set(),
    r"^\s*(import|from) socket\b|asyncio\.open_connection\(": {
        "core/providers/connecting.py",
        "db/embedded/server_file.py",
    },
    r"verify\s*=\s*False|CERT_NONE|check_hostname\s*=\s*False|_create_unverified_context": set(),
    r"follow_redirects\s*=\s*True|trust_env\s*=\s*True": set(),
    r"allow_private\s*=\s*True": {"core/providers/base_urls.py"},
}  # fmt: skip


@pytest.mark.parametrize(("door", "keepers"), _DOORS.items(), ids=_DOORS)
def test_only_the_outbound_guard_opens_connections(door: str, keepers: set[str]) -> None:
    found = {name for name, text in _read_product() if re.search(door, text, re.MULTILINE)}

    assert found <= keepers


def _read_product() -> Iterator[tuple[str, str]]:
    for path in FILES:
        name = str(path.relative_to(PROJECT))
        if not name.startswith(("tests/", "scripts/")):
            yield name, path.read_text()


def test_no_page_renders_raw_html_or_reaches_the_internet() -> None:
    forbidden = ("unsafe_allow_html", "st.html", "components.html", "http://fonts", "https://fonts")

    found = [
        (path.name, word) for path in FILES if "pages" in path.parts for word in forbidden if word in path.read_text()
    ]

    assert found == []
