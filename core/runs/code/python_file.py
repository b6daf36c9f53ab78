"""An agent's run as a Python file that does the same with pydantic-ai alone.

Whatever people wrote goes into it as a literal; all else is made of words of this package.
"""

import ast
import sys
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, NamedTuple

from core.agents.records import AgentRecord, AgentVersionRecord
from core.providers.dialects import OutputMode, ServerDialect
from core.providers.records import ProviderRecord
from core.providers.types import find_type
from core.runs.code import pieces
from core.runs.code.access import CopiedAccess
from core.runs.code.literals import WIDTH, json_literal, text_literal
from core.runs.dialects import find_max_tokens, find_temperature, schema_name
from core.tasks.python_code.pydantic_code import pydantic_code
from core.tasks.python_code.python_text import docstring, quote
from core.tasks.python_code.python_types import MISSING, UNCHECKED
from core.tasks.records import TaskRecord, TaskVersionRecord
from core.tasks.schemas.validators import is_draft_07

Json = Any  # Any: JSON of whatever shape

_FUTURE = "from __future__ import annotations"
# No class of the answer may be called like one of these, or like what the provider's part imports and sets.
_TAKEN = frozenset(
    {"Agent", "Draft7Validator", "Draft202012Validator", "HEADERS", "Hooks", "INPUT", "ModelRequestContext"}
    | {"ModelResponse", "ModelRetry", "ModelSettings", "NativeOutput", "NoAnswer", "OpenAIChatModel", "JoiningModel"}
    | {"OpenAICompatibleProvider", "OpenAIModelProfile", "OpenAIProvider", "PROFILE", "PromptedOutput", "RETRIES"}
    | {"SCHEMA", "StructuredDict", "ToolOutput", "UnexpectedModelBehavior", "VALIDATOR", "ValidationError"}
)
_WRAPS = {OutputMode.NATIVE: "NativeOutput", OutputMode.TOOL: "ToolOutput", OutputMode.PROMPTED: "PromptedOutput"}
_MANNERS = {
    OutputMode.NATIVE: "in the JSON Schema mode of its server",
    OutputMode.TOOL: "by calling a tool that takes the answer",
    OutputMode.PROMPTED: "as its instructions say, which hold the schema",
}


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
    dialect: ServerDialect | None = None,
    request_timeout_seconds: float = 120.0,
) -> str:
    """Return the source of a file that asks as a run of Benchtop does, and comes to the same verdict.

    `value` is the input: text, or an object that fits the task's request schema. `dialect` is how the model is spoken
    to; None: as the provider's type and preset have it. Keys and extra headers are read from the environment, and so is
    the address of the built-in model, which only Benchtop's own process knows.
    Raises: InvalidSchemaError: the response schema would be refused at save, too.
    """
    spoken = dialect or find_type(provider.type).find_dialect(base_url=provider.base_url, preset=provider.preset)
    access = CopiedAccess(provider, spoken)
    answer_type = _describe_answer(task.response_schema, taken=_TAKEN | _list_names(access))
    blocks = [
        *access.code.blocks,
        _constants(agent, access, spoken, value, request_timeout_seconds=request_timeout_seconds),
        answer_type.block,
        _agent_block(access, task, answer_type, spoken.output_mode),
        pieces.NO_ANSWER,
        pieces.FILL if agent.user_prompt_template.strip() else pieces.SHOW_INPUT,
        _hooks(answer_type, mends_answers=task.mends_answers),
        answer_type.judge,
        *([pieces.READ_KINDLY, pieces.MEND] if task.mends_answers else [pieces.READ_STRICTLY]),
        pieces.LOAD,
        _main(access, answer_type),
    ]
    code = "\n\n\n".join(blocks) + "\n"
    # After the imports, what is no definition stands one line away only.
    gap = "\n" if access.code.blocks else ""
    imports = _imports(answer_type, access, code, wrap=_WRAPS[spoken.output_mode])
    head = _head(agent, task, provider, access, answer_type)
    return "\n\n".join([head, _FUTURE, *imports, gap + code])


def _list_names(access: CopiedAccess) -> set[str]:
    """Return the names that the provider's part imports and sets."""
    imported = (line.partition(" import ")[2].split(", ") for line in access.code.imports)
    return {name for names in imported for name in names} | {*access.code.constants, *access.code.secrets}


def _describe_answer(schema: dict[str, Json], *, taken: frozenset[str]) -> _AnswerType:
    code = pydantic_code(schema, taken=taken)
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
    agent: AgentRecord | AgentVersionRecord,
    access: CopiedAccess,
    dialect: ServerDialect,
    value: Json,
    *,
    request_timeout_seconds: float,
) -> str:
    settings = {
        "temperature": find_temperature(agent.temperature, dialect),
        "max_tokens": find_max_tokens(agent.max_tokens, dialect),
        "request_timeout": request_timeout_seconds,
    }
    words = [f"{name}={held!r}" for name, held in settings.items() if held is not None]
    words += ["extra_headers=HEADERS"] if access.header_variables else []
    words.append('framing_announcement="never"')
    given = text_literal(value) if isinstance(value, str) else json_literal(value, used=14)
    lines = [*access.write_constants(), f"MODEL_NAME = {quote(agent.model_name)}"]
    lines.append(_lay_out("SETTINGS = ", f"ModelSettings({', '.join(words)})", indent=""))
    lines += [f"RETRIES = {agent.retries}  # how often a refused answer goes back to the model", ""]
    lines.append(f"SYSTEM_PROMPT = {text_literal(agent.system_prompt)}")
    if agent.user_prompt_template.strip():
        lines.append(f"PROMPT_TEMPLATE = {text_literal(agent.user_prompt_template)}")
    lines.append(f"INPUT: Any = {given}")
    return "\n".join([*lines, "", access.code.profile])


def _lay_out(start: str, call: str, *, indent: str) -> str:
    """Write a call of ours on one line or, where that is too wide, its arguments on one, or on a line each."""
    line = f"{indent}{start}{call}"
    if len(line) <= WIDTH:
        return line
    name, _, words = call[:-1].partition("(")
    if len(indent) + 4 + len(words) > WIDTH:
        words = words.replace(", ", f",\n{indent}    ") + ","
    return f"{indent}{start}{name}(\n{indent}    {words}\n{indent})"


def _agent_block(
    access: CopiedAccess, task: TaskRecord | TaskVersionRecord, answer_type: _AnswerType, mode: OutputMode
) -> str:
    return (
        "def build_agent() -> Agent[Any, Any]:\n"
        f'    """Return the agent. It answers {_MANNERS[mode]}."""\n'
        f"{_lay_out('provider = ', access.code.provider, indent='    ')}\n"
        "    return Agent(\n"
        f"        {access.code.model},\n"
        f"        output_type={_WRAPS[mode]}({answer_type.output_type}, name={quote(schema_name(task.name))}),\n"
        "        instructions=SYSTEM_PROMPT,\n"
        "        model_settings=SETTINGS,\n"
        '        retries={"output": RETRIES},\n'
        "    )"
    )


def _hooks(answer_type: _AnswerType, *, mends_answers: bool) -> str:
    read = "read_answer(output) if isinstance(output, str) else output"
    ask = "" if answer_type.is_class else pieces.SEND_VERBATIM
    return pieces.HOOKS.replace("{ask}", ask).replace("{read}", f"mend({read})" if mends_answers else read)


def _main(access: CopiedAccess, answer_type: _AnswerType) -> str:
    message = "str(error) or repr(error)"
    if access.needed_variables:
        hidden = "".join(f'.replace({constant}, "…")' for constant in access.needed_variables)
        message = f"({message}){hidden}"
    text = pieces.MAIN.replace("{checks}", access.write_checks()).replace("{message}", message)
    return text.replace("{answer}", answer_type.answer)


def _imports(answer_type: _AnswerType, access: CopiedAccess, code: str, *, wrap: str) -> list[str]:
    """Return the import blocks: the standard library's, then the others."""
    used = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    lines = [
        *answer_type.imports,
        *access.code.imports,
        "from typing import Any",
        f"from pydantic_ai import Agent, ModelRetry, ModelSettings, {wrap}",
        "from pydantic_ai.capabilities import Hooks",
        "from pydantic_ai.exceptions import UnexpectedModelBehavior",
        "from pydantic_ai.messages import ModelResponse",
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
    access: CopiedAccess,
    answer_type: _AnswerType,
) -> str:
    packages = [f"pydantic-ai-slim[{access.code.extra}]=={version('pydantic-ai-slim')}"]
    packages += [] if answer_type.is_class else [f"jsonschema-rs=={version('jsonschema-rs')}"]
    listed = ", ".join(f'"{package}"' for package in packages)
    needs = " ".join(f'"{package}"' for package in packages)
    about = [
        f"Asks “{_fold(agent.name)}” to do “{_fold(task.name)}”, as Benchtop does.",
        "",
        "Prints the answer as JSON; when there is none, says why and exits with 1.",
        f"Needs: pip install {needs}",
    ]
    if access.key_variable:
        about.append(f"The key of “{_fold(provider.name)}” is read from {access.key_variable}.")
    script = f'# /// script\n# requires-python = ">=3.11"\n# dependencies = [{listed}]\n# ///'
    return f"{script}\n{docstring(chr(10).join(about) + chr(10), indent='')}"


def _fold(name: str) -> str:
    return " ".join(name.split())
