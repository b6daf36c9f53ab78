"""Whatever people wrote goes into copied code as data: it compiles, means the same, and nothing of it is run."""

import ast
import json
import shlex
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.agents.records import AgentVersionRecord
from core.providers.records import ProviderRecord, ValidationStatus
from core.runs.code.curl import curl_command
from core.runs.code.literals import json_literal, text_literal
from core.runs.code.python_file import python_file
from core.tasks.records import TaskVersionRecord
from tests.unit.pydantic_corpus import CASES
from tests.unit.schema_cases import Case

Json = Any  # Any: arbitrary JSON

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NESTED: Json = []
for _ in range(150):
    NESTED = [NESTED]
HOSTILE = [
    'a"',
    "'''\"\"\"",
    '"""\nimport os\nos.abort()\n"""',
    "\\",
    'x\\"""\ny',
    "line one\nline two",
    "ends with a blank \nor a return\r\n",
    "\x00\x1b[2J\x7f",
    "\ud800 half",
    "\\N{BULLET} {x} {{y}} %s",
    "{import os}",
    "\u202ereversed\u2028new line\ufeff",
    "# /// script\n# dependencies = ['evil']\n# ///",
    "x" * 200_000,
    "'; rm -rf / #",
    "$(id) `id` !! END\nEND\n",
    "",
    "\n",
    "\n\n\nlast",
]


def make_agent(**changes: Json) -> AgentVersionRecord:
    values: dict[str, Json] = {
        "number": 1,
        "name": "Sorter",
        "description": "",
        "provider_id": uuid.uuid4(),
        "provider_name": "Local",
    }
    values |= {"model_name": "ok", "system_prompt": "Sort it.", "user_prompt_template": "", "temperature": None}
    values |= {"max_tokens": None, "retries": 2, "created_at": NOW, "created_by": "local user"}
    return AgentVersionRecord.model_construct(**values | changes)


def make_task(**changes: Json) -> TaskVersionRecord:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    values: dict[str, Json] = {
        "number": 1,
        "name": "Sort",
        "description": "",
        "response_schema": schema,
        "request_schema": None,
    }
    values |= {"mends_answers": True, "created_at": NOW, "created_by": "local user"}
    return TaskVersionRecord.model_construct(**values | changes)


def make_provider(**changes: Json) -> ProviderRecord:
    values: dict[str, Json] = {
        "id": uuid.uuid4(),
        "name": "Local",
        "type": "openai",
        "base_url": "http://127.0.0.1:9/v1",
    }
    values |= {"has_key": True, "revision": 1, "validation_status": ValidationStatus.CONNECTED}
    return ProviderRecord.model_construct(**values | changes)


def constants_of(source: str) -> dict[str, Json]:
    """Return the values a file gives to its names, as far as they are literals."""
    found = {}
    for node in ast.parse(source).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            try:
                found[target.id] = ast.literal_eval(node.value)
            except ValueError:
                found[target.id] = None
    return found


def outline_of(source: str) -> list[str]:
    """Return what the statements of a file are, without their texts."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return [ast.dump(node) for node in tree.body]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_a_hostile_text_is_a_literal_wherever_it_stands(text: str) -> None:
    plain = python_file(make_agent(user_prompt_template="x"), make_task(), make_provider(), "x")

    source = python_file(
        make_agent(name=text, model_name=text, system_prompt=text, user_prompt_template=f"x{text}"),
        make_task(name=text),
        make_provider(name=text),
        text,
    )

    constants = constants_of(source)
    assert constants["SYSTEM_PROMPT"] == constants["INPUT"] == constants["MODEL_NAME"] == text
    assert constants["PROMPT_TEMPLATE"] == f"x{text}"
    assert outline_of(source) == outline_of(plain)
    assert [line for line in source.splitlines() if line.startswith("# dependencies")] == [source.splitlines()[2]]
    source.encode("utf-8")


@given(st.text())
@settings(max_examples=200)
def test_any_text_means_the_same_as_a_literal(text: str) -> None:
    assert ast.literal_eval(text_literal(text)) == text


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda held: st.lists(held) | st.dictionaries(st.text(), held),
    )
)
@settings(max_examples=200)
def test_any_json_means_the_same_as_a_literal(value: Json) -> None:
    assert ast.literal_eval(json_literal(value)) == value


@pytest.mark.parametrize("value", [NESTED, {"a": float("inf")}])
def test_json_that_is_no_literal_is_read_instead(value: Json) -> None:
    assert eval(json_literal(value), {"json": json}) == value


@pytest.mark.parametrize("text", [*HOSTILE, "@/etc/passwd"], ids=lambda text: ascii(text[:20]))
def test_a_shell_reads_the_command_as_it_is_meant(text: str, tmp_path: Path) -> None:
    command = curl_command(agent_id=uuid.uuid4(), task_id=uuid.uuid4(), value={text: text}, benchtop_url="http://a;b&c")
    stand_in = tmp_path / "curl"
    program = "import json, sys; json.dump([sys.argv[1:], sys.stdin.read()], sys.stdout)"
    stand_in.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c "{program}" "$@"\n')
    stand_in.chmod(0o755)

    done = subprocess.run(
        ["sh", "-eu"],
        input=command,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=30,
    )

    arguments, body = json.loads(done.stdout)
    assert done.stderr == ""
    assert "http://a;b&c/api/runs" in arguments
    assert command.replace("\n", "").isprintable()
    if "--data-binary" not in arguments:
        assert len(shlex.split(command)[-1]) < 60_000
        body = arguments[-1]
    assert json.loads(body)["input"] == {text: text}


def assert_is_tidy(source: str, folder: Path) -> None:
    """Have the source read by the formatter and the linter."""
    path = folder / "copied.py"
    path.write_text(source, encoding="utf-8")
    ruff = [str(Path(sys.executable).with_name("ruff"))]
    options = ["--isolated", "--line-length=120", str(path)]

    formatted = subprocess.run([*ruff, "format", "--diff", *options], capture_output=True, text=True, timeout=30)
    checked = subprocess.run(
        [*ruff, "check", "--ignore=E501", "--select=E,F,W,I,B", *options], capture_output=True, text=True, timeout=30
    )

    assert (formatted.returncode, formatted.stdout) == (0, "")
    assert checked.returncode == 0, checked.stdout


BEDROCK: Json = {
    "type": "bedrock",
    "base_url": "https://bedrock-runtime.eu-central-1.amazonaws.com",
    "options": {"region": "eu-central-1"},
}
SIGNED: Json = {
    **BEDROCK,
    "options": {"region": "eu-central-1", "access_key_id": "AKIA"},
    "secret_names": ("session_token",),
}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"base_url": "https://api.openai.com/v1", "has_key": False}, ("OpenAIProvider", "OPENAI_API_KEY")),
        ({"base_url": "https://api.openai.com.example/v1"}, ("OpenAICompatibleProvider", "MODEL_API_KEY")),
        ({"has_key": False}, ("OpenAICompatibleProvider", '"no-key"')),
        ({"type": "ollama", "base_url": "http://127.0.0.1:9"}, ("http://127.0.0.1:9/v1", "MODEL_API_KEY")),
        ({"type": "builtin", "base_url": "", "has_key": False}, ("MODEL_BASE_URL", "MODEL_API_KEY")),
        ({"base_url": "http://me:pass@host:1/v1?key=sk-1#x"}, ('"http://host:1/v1"', "MODEL_API_KEY")),
        ({"type": "azure", "base_url": "https://a.example"}, ('"https://a.example/openai/v1"', "AZURE_OPENAI_API_KEY")),
        (
            {"type": "anthropic", "base_url": "https://a.example"},
            ("AnthropicProvider", "ANTHROPIC_API_KEY", "slim[anthropic]"),
        ),
        ({"type": "google", "base_url": "https://a.example"}, ("GoogleProvider", "GOOGLE_API_KEY", "slim[google]")),
        (BEDROCK, ('REGION = "eu-central-1"', "AWS_BEARER_TOKEN_BEDROCK", "slim[bedrock]")),
        (SIGNED, ("AWS_SECRET_ACCESS_KEY", "SESSION_TOKEN = os.environ", 'ACCESS_KEY_ID = "AKIA"')),
        ({"header_names": ("X-Team-1",)}, ('"X-Team-1": os.environ.get("MODEL_HEADER_X_TEAM_1", "")', "extra_headers")),
    ],
)
def test_a_provider_is_told_without_its_secrets(
    changes: dict[str, Json], told: tuple[str, ...], tmp_path: Path
) -> None:
    source = python_file(make_agent(), make_task(), make_provider(**changes), "x")

    assert all(word in source for word in told)
    assert not any(word in source for word in ("pass@", "me:", "sk-1"))
    assert ('"OPENAI_API_KEY"' in source) == ("OPENAI_API_KEY" in told)
    assert_is_tidy(source, tmp_path)


def test_an_organization_and_a_project_are_those_of_the_provider() -> None:
    options = {"organization": 'org-"x', "project": "proj_1"}
    provider = make_provider(base_url="https://api.openai.com/v1", options=options)

    constants = constants_of(python_file(make_agent(), make_task(), provider, "x"))

    assert (constants["ORGANIZATION"], constants["PROJECT"]) == tuple(options.values())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_file_of_any_schema_compiles_and_judges_by_what_can_say_all_of_it(case: Case) -> None:
    source = python_file(make_agent(), make_task(response_schema=case.schema), make_provider(), "x")

    compile(source, "<copied>", "exec")
    constants = constants_of(source)
    assert constants.get("SCHEMA", case.schema) == case.schema
    assert ("SCHEMA" in constants) or not case.unchecked


@pytest.mark.parametrize("mends_answers", [True, False])
@pytest.mark.parametrize("name", ["Agent", "INPUT", "NoAnswer", "SCHEMA", "ValidationError", "Hooks"])
def test_no_class_of_an_answer_takes_a_name_of_the_file(name: str, mends_answers: bool) -> None:
    part = {"type": "object", "title": name, "properties": {"a": {"type": "string"}}}
    schema = {"type": "object", "properties": {"part": part}}
    task = make_task(response_schema=schema, mends_answers=mends_answers)

    source = python_file(make_agent(), task, make_provider(), "x")

    assert f"class {name}2(BaseModel):" in source


@pytest.mark.parametrize("unique", [True, False])
@pytest.mark.parametrize("mends_answers", [True, False])
def test_a_file_is_formatted_and_free_of_findings(unique: bool, mends_answers: bool, tmp_path: Path) -> None:
    tags = {"type": "array", "items": {"enum": ["a", "b"]}, "uniqueItems": unique, "description": "Words for it. " * 9}
    schema = {"type": "object", "properties": {"on": {"type": "string", "format": "date"}, "tags": tags}}
    agent = make_agent(system_prompt="One.\nTwo.", user_prompt_template="{{text}}" if unique else "", temperature=0.5)
    value = {"text": "x" * 90, "more": ["word"] * 9}
    source = python_file(agent, make_task(response_schema=schema, mends_answers=mends_answers), make_provider(), value)

    assert_is_tidy(source, tmp_path)
