"""The code keeps to the size a reader can hold, and to the doors it was given."""

import ast
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


def test_no_page_renders_raw_html_or_reaches_the_internet() -> None:
    forbidden = ("unsafe_allow_html", "st.html", "components.html", "http://fonts", "https://fonts")

    found = [
        (path.name, word) for path in FILES if "pages" in path.parts for word in forbidden if word in path.read_text()
    ]

    assert found == []
