"""An agent's run as a Python file that does the same with pydantic-ai alone.

Whatever people wrote goes into it as a literal; all else is made of words of this package.
"""

import ast
import sys
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, NamedTuple

from core.agents.records import AgentRecord, AgentVersionRecord
from core.providers.records import ProviderRecord
from core.providers.types import find_type
from core.providers.types.openai import is_openai
from core.runs.code import pieces
from core.runs.code.literals import json_literal, text_literal
from core.runs.dialects import schema_name
from core.tasks.python_code.pydantic_code import pydantic_code
from core.tasks.python_code.python_text import docstring, quote
from core.tasks.python_code.python_types import MISSING, UNCHECKED
from core.tasks.records import TaskRecord, TaskVersionRecord
from core.tasks.schemas.validators import is_draft_07

Json = Any  # Any: JSON of whatever shape

_FUTURE = "from __future__ import annotations"
# No class of the answer may be called like one of these.
_TAKEN = frozenset(
    {"Agent", "Draft7Validator", "Draft202012Validator", "Hooks", "INPUT", "ModelRequestContext", "ModelResponse"}
    | {"ModelRetry", "ModelSettings", "NativeOutput", "NoAnswer", "OpenAIChatModel", "OpenAICompatibleProvider"}
    | {"OpenAIModelProfile", "OpenAIProvider", "PROFILE", "RETRIES", "SCHEMA", "StructuredDict", "VALIDATOR"}
    | {"UnexpectedModelBehavior", "ValidationError"}
)
_PACKAGES = "pydantic-ai-slim[openai]"


class _AnswerType(NamedTuple):
    """How the file says what an answer is."""

    imports: tuple[str, ...]
    block: str
    output_type: str
    judge: str
    """Source of `find_faults`."""
    answer: str
    """The expression for the answer as JSON."""
    is_class: bool


def python_file(
    agent: AgentRecord | AgentVersionRecord,
    task: TaskRecord | TaskVersionRecord,
    provider: ProviderRecord,
    value: Json,
    *,
    request_timeout_seconds: float = 120.0,
) -> str:
    """Return the source of a file that asks as a run of Benchtop does, and comes to the same verdict.

    `value` is the input: text, or an object that fits the task's request schema. The key is read from the
    environment, and so is the address of the built-in model, which only Benchtop's own process knows.
    Raises: InvalidSchemaError: the response schema would be refused at save, too.
    """
    answer_type = _describe_answer(task.response_schema)
    blocks = [
        _constants(agent, provider, value, request_timeout_seconds=request_timeout_seconds),
        answer_type.block,
        _agent_block(provider, task, answer_type),
        pieces.NO_ANSWER,
        pieces.FILL if agent.user_prompt_template.strip() else pieces.SHOW_INPUT,
        _hooks(answer_type, mends_answers=task.mends_answers),
        answer_type.judge,
        *([pieces.READ_KINDLY, pieces.MEND] if task.mends_answers else [pieces.READ_STRICTLY]),
        pieces.LOAD,
        _main(provider, answer_type),
    ]
    code = "\n\n\n".join(blocks) + "\n"
    imports = _imports(answer_type, provider, code)
    head = _head(agent, task, provider, answer_type)
    return "\n\n".join([head, _FUTURE, *imports, code])


def _describe_answer(schema: dict[str, Json]) -> _AnswerType:
    code = pydantic_code(schema, taken=_TAKEN)
    body = ast.parse(code).body
    first = next(node for node in body[2:] if not isinstance(node, ast.Import | ast.ImportFrom))
    imports = tuple(ast.unparse(node) for node in body[2:] if isinstance(node, ast.Import | ast.ImportFrom))
    lines = code.splitlines()
    comments = (f"# {UNCHECKED}:", f"# {MISSING}:")
    left_out = [line for line in lines if line.lstrip().startswith(comments)]
    if left_out or any(isinstance(node, ast.ClassDef) and _is_root_model(node) for node in body):
        return _describe_by_schema(schema)
    about = '# Values are taken as they are: "41" is no number here. A field that may be left out is None when it is.\n'
    return _AnswerType(
        imports=(*imports, "from pydantic import ValidationError"),
        block=about + "\n".join(lines[first.lineno - 1 :]),
        output_type="Answer",
        judge=pieces.JUDGE_BY_CLASS,
        answer='result.output.model_dump(mode="json", by_alias=True, exclude_unset=True)',
        is_class=True,
    )


def _is_root_model(node: ast.ClassDef) -> bool:
    return node.name == "Answer" and any(isinstance(base, ast.Name) and base.id == "RootModel" for base in node.bases)


def _describe_by_schema(schema: dict[str, Json]) -> _AnswerType:
    draft = "Draft7Validator" if is_draft_07(schema) else "Draft202012Validator"
    block = (
        "# Pydantic classes cannot say all of this schema, so it stands here as it was written and judges by itself.\n"
        f"SCHEMA: dict[str, Any] = {json_literal(schema, used=25)}\n"
        f"VALIDATOR = {draft}(SCHEMA, validate_formats=True, offline=True)"
    )
    return _AnswerType(
        imports=("from dataclasses import replace", f"from jsonschema_rs import {draft}"),
        block=block,
        # pydantic-ai takes no recursive schema: what is sent is put into the request by a hook.
        output_type='StructuredDict({"type": "object"})',
        judge=pieces.JUDGE_BY_SCHEMA,
        answer="result.output",
        is_class=False,
    )


def _constants(
    agent: AgentRecord | AgentVersionRecord, provider: ProviderRecord, value: Json, *, request_timeout_seconds: float
) -> str:
    settings = {"temperature": agent.temperature, "max_tokens": agent.max_tokens}
    words = [f"{name}={held!r}" for name, held in settings.items() if held is not None]
    given = text_literal(value) if isinstance(value, str) else json_literal(value, used=14)
    lines = [*_access(provider), f"MODEL_NAME = {quote(agent.model_name)}"]
    lines.append(f"SETTINGS = ModelSettings({', '.join([*words, f'request_timeout={request_timeout_seconds!r}'])})")
    lines += [f"RETRIES = {agent.retries}  # how often a refused answer goes back to the model", ""]
    lines.append(f"SYSTEM_PROMPT = {text_literal(agent.system_prompt)}")
    if agent.user_prompt_template.strip():
        lines.append(f"PROMPT_TEMPLATE = {text_literal(agent.user_prompt_template)}")
    lines.append(f"INPUT: Any = {given}")
    profile = pieces.OPENAI_PROFILE if is_openai(provider.base_url) else pieces.PLAIN_PROFILE
    return "\n".join([*lines, "", profile])


def _access(provider: ProviderRecord) -> list[str]:
    """Return the lines for address and key. OpenAI's own key is asked for at OpenAI only."""
    if not find_type(provider.type).has_address:
        note = "# Benchtop starts its built-in model itself: name any OpenAI-compatible server with such a model."
        return [note, 'BASE_URL = os.environ.get("MODEL_BASE_URL", "")', _read_key("MODEL_API_KEY", "no-key")]
    lines = [f"BASE_URL = {quote(_without_secrets(find_type(provider.type).find_chat_url(provider.base_url)))}"]
    name = _key_name(provider)
    return [*lines, _read_key(name, "") if name else 'API_KEY = "no-key"']


def _read_key(name: str, default: str) -> str:
    return f'API_KEY = os.environ.get("{name}", "{default}")'


def _key_name(provider: ProviderRecord) -> str:
    """Return the variable that must hold the key; "" where none is needed."""
    if is_openai(provider.base_url):
        return "OPENAI_API_KEY"
    return "MODEL_API_KEY" if provider.has_key else ""


def _without_secrets(url: str) -> str:
    """Return an address without a user, a query and a fragment; such are refused today, but were not always."""
    scheme, _, rest = url.partition("://")
    rest = rest.partition("#")[0].partition("?")[0]
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _agent_block(provider: ProviderRecord, task: TaskRecord | TaskVersionRecord, answer_type: _AnswerType) -> str:
    named = "OpenAIProvider(" if is_openai(provider.base_url) else 'OpenAICompatibleProvider("compatible", '
    return (
        "def build_agent() -> Agent[Any, Any]:\n"
        '    """Return the agent. It answers in the JSON Schema mode of its server."""\n'
        f"    provider = {named}base_url=BASE_URL, api_key=API_KEY)\n"
        "    return Agent(\n"
        "        OpenAIChatModel(MODEL_NAME, provider=provider, profile=PROFILE),\n"
        f"        output_type=NativeOutput({answer_type.output_type}, name={quote(schema_name(task.name))}),\n"
        "        instructions=SYSTEM_PROMPT,\n"
        "        model_settings=SETTINGS,\n"
        '        retries={"output": RETRIES},\n'
        "    )"
    )


def _hooks(answer_type: _AnswerType, *, mends_answers: bool) -> str:
    read = "read_answer(output) if isinstance(output, str) else output"
    ask = "" if answer_type.is_class else pieces.SEND_VERBATIM
    return pieces.HOOKS.replace("{ask}", ask).replace("{read}", f"mend({read})" if mends_answers else read)


def _main(provider: ProviderRecord, answer_type: _AnswerType) -> str:
    checks, name, message = "", _key_name(provider), "str(error) or repr(error)"
    if name:
        message = f'({message}).replace(API_KEY, "…")'
        checks = f"    if not API_KEY:\n        sys.exit({quote(f'Set {name} to the key of “{provider.name}”.')})\n"
    if not find_type(provider.type).has_address:
        checks = '    if not BASE_URL:\n        sys.exit("Set MODEL_BASE_URL to the address of a server, like http://…/v1.")\n'
    text = pieces.MAIN.replace("{checks}", checks).replace("{message}", message)
    return text.replace("{answer}", answer_type.answer)


def _imports(answer_type: _AnswerType, provider: ProviderRecord, code: str) -> list[str]:
    """Return the import blocks: the standard library's, then the others."""
    compatible = "openai" if is_openai(provider.base_url) else "openai_compatible"
    named = "OpenAIProvider" if is_openai(provider.base_url) else "OpenAICompatibleProvider"
    used = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    lines = [
        *answer_type.imports,
        "from typing import Any",
        "from pydantic_ai import Agent, ModelRetry, ModelSettings, NativeOutput",
        "from pydantic_ai.capabilities import Hooks",
        "from pydantic_ai.exceptions import UnexpectedModelBehavior",
        "from pydantic_ai.messages import ModelResponse",
        "from pydantic_ai.models.openai import OpenAIChatModel",
        "from pydantic_ai.profiles.openai import OpenAIModelProfile",
        f"from pydantic_ai.providers.{compatible} import {named}",
        *(f"import {name}" for name in ("asyncio", "contextlib", "json", "math", "os", "re", "sys") if name in used),
    ]
    if not answer_type.is_class:
        lines += ["from pydantic_ai import StructuredDict", "from pydantic_ai.models import ModelRequestContext"]
    return _sort_imports(lines)


def _sort_imports(lines: Iterable[str]) -> list[str]:
    plain, named = set[str](), dict[str, set[str]]()
    for line in lines:
        if line.startswith("import "):
            plain.add(line)
            continue
        module, _, names = line.removeprefix("from ").partition(" import ")
        named.setdefault(module, set()).update(names.split(", "))
    joined = {module: f"from {module} import {', '.join(sorted(names))}" for module, names in named.items()}
    own = [line for module, line in sorted(joined.items()) if module.split(".")[0] in sys.stdlib_module_names]
    others = [line for module, line in sorted(joined.items()) if line not in own]
    return ["\n".join([*sorted(plain), *own]), "\n".join(others)]


def _head(
    agent: AgentRecord | AgentVersionRecord,
    task: TaskRecord | TaskVersionRecord,
    provider: ProviderRecord,
    answer_type: _AnswerType,
) -> str:
    packages = [f"{_PACKAGES}=={version('pydantic-ai-slim')}"]
    packages += [] if answer_type.is_class else [f"jsonschema-rs=={version('jsonschema-rs')}"]
    listed = ", ".join(f'"{package}"' for package in packages)
    needs = " ".join(f'"{package}"' for package in packages)
    about = [
        f"Asks “{_fold(agent.name)}” to do “{_fold(task.name)}”, as Benchtop does.",
        "",
        "Prints the answer as JSON; when there is none, says why and exits with 1.",
        f"Needs: pip install {needs}",
    ]
    if _key_name(provider):
        about.append(f"The key of “{_fold(provider.name)}” is read from {_key_name(provider)}.")
    script = f'# /// script\n# requires-python = ">=3.11"\n# dependencies = [{listed}]\n# ///'
    return f"{script}\n{docstring(chr(10).join(about) + chr(10), indent='')}"


def _fold(name: str) -> str:
    return " ".join(name.split())
