"""The check before a run: placeholders, the model's window, and what the provider makes of the schema."""

import subprocess
import sys
import time

import pytest

from core.providers.builtin_server import CONTEXT_TOKENS
from core.runs.preflight.context import Window
from core.runs.preflight.notices import NoticeKind, NoticeLevel, Subject
from core.runs.preflight.tokens import estimate_tokens
from core.runs.preview import NOT_GIVEN
from tests.unit.preflight_cases import ANSWER, TEXT, Agent, Json, Task, check, kinds, make_object

REQUEST: Json = {
    **make_object(subject=TEXT, customer=make_object(name=TEXT, e_mail=TEXT), order_number=TEXT),
    "required": ["subject", "customer"],
}
TEXT_TASK, FORM_TASK = Task(ANSWER), Task(ANSWER, REQUEST)
ALL = "{{subject}} {{customer}} {{order_number}}"
OPENAI = {"provider_type": "openai", "base_url": "https://api.openai.com/v1"}


@pytest.mark.parametrize(
    ("placeholder", "hint"),
    [
        ("{{subjekt}}", "Did you mean {{subject}}?"),
        ("{{Subject}}", "Did you mean {{subject}}?"),
        ("{{orderNumber}}", "Did you mean {{order_number}}?"),
        ("{{order}}", "Did you mean {{order_number}}?"),
        ("{{inptu}}", "Did you mean {{input}}?"),
        ("{{ticket.subject}}", "Did you mean {{subject}}?"),
        ("{{customer.name}}", "{{customer}} puts it in as JSON"),
        ("{{customer[0]}}", "{{customer}} puts it in as JSON"),
        ("{{name}}", "“name” lies inside “customer”"),
        ("{{xyz}}", "The fields are {{subject}}, {{customer}} and {{order_number}}; {{input}} is all"),
    ],
)
def test_an_unknown_placeholder_is_told_with_what_was_meant(placeholder: str, hint: str) -> None:
    template = f"{{{{input}}}} {placeholder}"

    (notice,) = check(Agent(user_prompt_template=template), FORM_TASK)

    assert (notice.kind, notice.level) == (NoticeKind.UNKNOWN_PLACEHOLDER, NoticeLevel.WARNING)
    assert placeholder in notice.sentence
    assert hint in notice.hint
    assert template[notice.place.start : notice.place.end] == placeholder


def test_a_task_of_plain_text_has_no_fields() -> None:
    (notice,) = check(Agent(user_prompt_template="Sort {{subject}}"), TEXT_TASK, "Help")

    assert notice.kind is NoticeKind.UNKNOWN_PLACEHOLDER
    assert "plain text" in notice.sentence
    assert "{{input}}" in notice.hint


def test_a_placeholder_of_an_optional_field_matters_when_the_input_leaves_it_out() -> None:
    agent, whole = Agent(user_prompt_template=ALL), {"subject": "a", "customer": {}}

    (before,) = check(agent, FORM_TASK)
    (without,) = check(agent, FORM_TASK, whole)

    assert (before.kind, before.level) == (NoticeKind.OPTIONAL_PLACEHOLDER, NoticeLevel.NOTE)
    assert (without.kind, without.level) == (NoticeKind.OPTIONAL_PLACEHOLDER, NoticeLevel.WARNING)
    assert check(agent, FORM_TASK, {**whole, "order_number": "1"}) == []


def test_fields_the_model_never_sees_are_listed() -> None:
    (notice,) = check(Agent(user_prompt_template="Sort {{subject}}"), FORM_TASK)

    assert (notice.kind, notice.level) == (NoticeKind.UNUSED_FIELD, NoticeLevel.NOTE)
    assert "“customer” and “order_number”" in notice.sentence
    assert (notice.place.subject, notice.place.pointer) == (Subject.REQUEST_SCHEMA, "/properties/customer")


@pytest.mark.parametrize("task", [TEXT_TASK, FORM_TASK])
def test_a_template_without_a_placeholder_hides_the_input(task: Task) -> None:
    assert kinds(check(Agent(user_prompt_template="Sort it."), task)) == [NoticeKind.NO_PLACEHOLDER]


@pytest.mark.parametrize("template", ["", " \n", "{{input}}", "{{ input }}!"])
@pytest.mark.parametrize("task", [TEXT_TASK, FORM_TASK])
def test_the_whole_input_is_always_fine(template: str, task: Task) -> None:
    assert check(Agent(user_prompt_template=template), task) == []


def test_nothing_in_a_system_prompt_is_filled() -> None:
    (notice,) = check(Agent("Sort {{subject}}, like {{anything}}."), FORM_TASK)

    assert notice.kind is NoticeKind.SYSTEM_PLACEHOLDER
    assert (notice.place.start, notice.place.end) == (5, 16)


def test_fields_are_found_through_references_and_alternatives() -> None:
    schema: Json = {
        "$ref": "#/$defs/a",
        "$defs": {"a": {"allOf": [make_object(x=TEXT), {"anyOf": [make_object(y=TEXT)]}]}},
    }

    notices = check(Agent(user_prompt_template="{{x}} {{y}} {{input}}"), Task(ANSWER, schema))

    assert kinds(notices) == [NoticeKind.OPTIONAL_PLACEHOLDER]
    assert "“y”" in notices[0].sentence


def test_an_input_of_any_shape_is_judged_when_it_is_there() -> None:
    agent, task = Agent(user_prompt_template="{{a}}"), Task(ANSWER, {"type": "object"})

    assert check(agent, task) == []
    assert check(agent, task, {"a": 1}) == []
    assert kinds(check(agent, task, {"b": 1})) == [NoticeKind.UNKNOWN_PLACEHOLDER]


# Tokens counted by the built-in model's tokenizer.
COUNTED = {
    "english": ("The card was charged twice for the May invoice. Please refund one. " * 10, None),
    "russian": (
        "Клиент жалуется, что счёт за март был списан дважды. Пожалуйста, проверьте и верните деньги. " * 3,
        223,
    ),
    "chinese": ("客户投诉三月份的发票被重复扣款。请核实并退款。" * 6, 276),
    "korean": ("고객이 3월 청구서가 두 번 청구되었다고 불평합니다. 확인 후 환불해 주세요. " * 4, 345),
    "thai": ("ลูกค้าร้องเรียนว่าใบแจ้งหนี้ถูกเรียกเก็บเงินสองครั้ง" * 5, 490),
    "digits": ("2026-03-31 4711 0815 123456789 " * 10, 310),
    "emoji": ("😀🎉🚀" * 20, 180),
}


@pytest.mark.parametrize(("text", "counted"), COUNTED.values(), ids=COUNTED)
def test_the_estimate_holds_what_was_counted(text: str, counted: int | None) -> None:
    low, high = estimate_tokens(text)

    assert 0 < low < high
    assert counted is None or low <= counted <= high


def test_a_long_text_is_estimated_from_slices() -> None:
    text = "A plain sentence with 2 numbers, 17 of 20. " * 25_000
    started = time.process_time()

    long, short = estimate_tokens(text), estimate_tokens(text[:100_000])

    assert time.process_time() - started < 0.5
    assert long.high == pytest.approx(short.high * len(text) / 100_000, rel=0.05)


def test_what_does_not_fit_the_window_is_told_as_an_estimate() -> None:
    agent, builtin = Agent(max_tokens=200), {"provider_type": "builtin"}

    assert check(agent, TEXT_TASK, "Help", **builtin) == []
    (surely,) = check(agent, TEXT_TASK, "Help me. " * 4_000, **builtin)
    (perhaps,) = check(agent, TEXT_TASK, "Help me. " * 1_500, **builtin)

    assert (surely.kind, surely.level) == (NoticeKind.CONTEXT_EXCEEDED, NoticeLevel.WARNING)
    assert "will not fit" in surely.sentence
    assert "estimate" in surely.sentence
    assert f"{CONTEXT_TOKENS:,}" in surely.sentence
    assert perhaps.level is NoticeLevel.NOTE
    assert "may not fit" in perhaps.sentence


def test_room_for_the_answer_counts_and_an_unknown_window_is_not_guessed() -> None:
    agent = Agent(max_tokens=5_000)

    (notice,) = check(agent, TEXT_TASK, "Help", provider_type="builtin")

    assert notice.place.subject is Subject.MAX_TOKENS
    assert check(agent, TEXT_TASK, "Help " * 40_000) == []
    assert kinds(check(agent, TEXT_TASK, "Help", window=Window(4_000))) == [NoticeKind.CONTEXT_EXCEEDED]


def test_what_a_dialect_ignores_is_one_note() -> None:
    schema = make_object(a={"type": "number", "minimum": 0, "maximum": 1}, b={"type": "array", "uniqueItems": True})

    (notice,) = check(Agent(), Task(schema), provider_type="ollama")

    assert (notice.kind, notice.level) == (NoticeKind.DIALECT_IGNORES, NoticeLevel.NOTE)
    assert "3 places (minimum, maximum, uniqueItems)" in notice.sentence


def test_what_a_grammar_refuses_is_a_warning_and_what_strict_mode_refuses_a_note() -> None:
    schema = {**make_object(a={"type": "string", "pattern": "a"}), "required": []}

    (grammar,) = check(Agent(), Task(schema), provider_type="ollama")
    (strict,) = check(Agent(), Task(schema), **OPENAI)

    assert (grammar.kind, grammar.level) == (NoticeKind.DIALECT_REFUSES, NoticeLevel.WARNING)
    assert (strict.kind, strict.level) == (NoticeKind.DIALECT_REFUSES, NoticeLevel.NOTE)
    assert "not required" in strict.sentence
    assert check(Agent(), Task(schema)) == []


def test_a_schema_that_holds_itself_may_nest_without_end() -> None:
    tree: Json = {"type": "object", "properties": {"inner": {"$ref": "#"}}, "additionalProperties": False}

    (notice,) = check(Agent(max_tokens=100), Task(tree))

    assert (notice.kind, notice.level) == (NoticeKind.RECURSIVE_SCHEMA, NoticeLevel.NOTE)
    assert "only 100 tokens end it" in notice.sentence


def test_warnings_come_first_and_a_usual_check_is_quick() -> None:
    agent = Agent("category is one of a, b.", "{{subject}} {{absent}}")
    check(agent, FORM_TASK, NOT_GIVEN)
    started = time.process_time()

    notices = check(agent, FORM_TASK)

    assert time.process_time() - started < 0.05
    assert [notice.level for notice in notices] == sorted((one.level for one in notices), reverse=True)
    assert all(notice.sentence.endswith(".") and notice.hint.endswith((".", "?")) for notice in notices)


def test_neither_check_nor_preview_loads_pydantic_ai_or_streamlit() -> None:
    code = (
        "import sys; import core.runs.preview, core.runs.preflight.check; "
        "print([name for name in ('pydantic_ai', 'streamlit', 'openai') if name in sys.modules])"
    )

    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert shown.stdout.strip() == "[]"
