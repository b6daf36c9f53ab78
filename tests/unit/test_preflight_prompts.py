"""Labels and worked examples in prompts: what the schema forbids is told, and ordinary prose is left alone."""

import time

import pytest

from core.examples import EXAMPLE_WORKSPACE
from core.runs.drafting_prompts import find_job
from core.runs.preflight.notices import NoticeKind, NoticeLevel, Subject
from core.tasks.sources.gallery import GALLERY, Template
from tests.unit.preflight_cases import TRIAGE, Agent, Json, Task, check, kinds, make_object

FORBIDDEN: dict[str, tuple[str, str]] = {
    "after one of": ("Set category to one of: billing, bug, feature request, shipping.", "shipping"),
    "in quotes in a row": ('Classify as "billing", "bug", "feature request" or "refund".', "refund"),
    "near a label": ("category is billing, bugs, feature request or account.", "bugs"),
    "in brackets with bars": ("category (billing | bug | question | account)", "question"),
    "in what is nearly JSON": ('{\n "category": "billing" | "bug" | "complaint",\n "urgency": "low"\n', "complaint"),
    "in bullets": ("Choose:\n- billing: money\n- bug: broken\n- spam: advertising\n- account: sign in\n", "spam"),
    "in bold bullets": ("- **billing**: money\n- **bug**: broken\n- **sales**: wants to buy", "sales"),
    "one in quotes after the name": ('If the customer swears, set urgency to "critical".', "critical"),
    "after an equals sign": ("urgency = 'urgent' when the work has stopped", "urgent"),
    "after an arrow": ('broken things -> category "defect"', "defect"),
    "all of them": ("urgency is one of p1, p2, p3.", "p1"),
    "of a shared part": ("lang is one of en, de, es", "es"),
    "of the items of a list": ('tags can be "ui", "n/a" or "backend".', "backend"),
    "in a language of its own": ("Die category ist „billing“, „bug“ oder „Beschwerde“.", "Beschwerde"),
    "in a stand-in for a value": ('{"category": "billing|bug|other", "urgency": "low", "lang": "en"}', "other"),
}


@pytest.mark.parametrize(("prompt", "word"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_a_label_the_schema_forbids_is_told_where_it_stands(prompt: str, word: str) -> None:
    notices = check(Agent(prompt), Task(TRIAGE))

    found = [one for one in notices if one.kind in (NoticeKind.LABEL_FORBIDDEN, NoticeKind.LABEL_DIFFERS)]
    assert len(found) == 1
    assert f"“{word}”" in found[0].sentence
    assert found[0].level is NoticeLevel.WARNING
    assert found[0].place.subject is Subject.SYSTEM_PROMPT
    assert word in prompt[found[0].place.start : found[0].place.end]


@pytest.mark.parametrize(
    ("prompt", "right"),
    [
        ("The category must be one of Billing, Bug, Feature Request or Account.", "“billing”, “bug”"),
        ("category: one of `billing`, `bug`, `feature_request`, `account`", "“feature request”"),
    ],
)
def test_another_spelling_is_a_note_with_the_right_one(prompt: str, right: str) -> None:
    (notice,) = check(Agent(prompt), Task(TRIAGE))

    assert (notice.kind, notice.level) == (NoticeKind.LABEL_DIFFERS, NoticeLevel.NOTE)
    assert right in notice.hint


def test_a_near_miss_is_told_with_what_was_meant() -> None:
    (notice,) = check(Agent("category is billing, bugs, feature request or account."), Task(TRIAGE))

    assert "Write “bug”" in notice.hint


ORDINARY = {
    "the labels": "category is billing, bug, feature request or account. urgency is low, normal or high.",
    "what a field is": "The category is the kind of ticket, urgency how soon to act. Answer in English or German.",
    "what not to write": 'Never set urgency to "critical". Do not use "other" or "bug report" as category.',
    "quotes of customers": 'They may write "please help" or "it is urgent". Copy such words into the summary.',
    "conditions": "category is billing if it is about money, bug if something broke, account otherwise.",
    "reasons": "urgency is high when money, data or health is at stake. Set urgency to low if unsure.",
    "nothing": 'If there is none, lang is "en".  category is "billing", or null.',
    "labels with signs": 'tags: "ui", "terms and conditions", "n/a". tags are ui, terms and conditions or n/a',
    "rules in bullets": "Rules:\n- Be short\n- Be polite\n- Bug: when it broke\n- Never invent facts\n",
    "labels with a capital in bullets": "- Billing: about money\n- Bug: something broke\n- Account: signing in\n",
    "stand-ins": '{"category": "...", "urgency": "<how soon>", "tags": ["..."], "summary": "string", "lang": "en"}',
    "an input": '{"subject": "Help", "category": "x", "body": "..", "from": "a"}',
    "names of fields": 'Ticket fields are "subject", "message" and "urgency". Return category, urgency and lang.',
    "either": "Read either the subject or the message. Pick from the text what matters, whatever the category is.",
    "descriptions": "category: what it is about, in general\nurgency: how soon, judged by tone and content",
    "mentions": "Use category “bug” for crashes, errors and wrong results, “account” for sign-in and roles.",
    "what a label means": "A bug is a crash, a wrong result or an error. Compare urgency to impact, cost and risk.",
    "worked lines": "Ticket: App crashed\ncategory: bug\nurgency: high\n\nTicket: Paid twice\ncategory: billing",
}


@pytest.mark.parametrize("prompt", ORDINARY.values(), ids=ORDINARY)
def test_ordinary_prose_raises_no_alarm(prompt: str) -> None:
    assert check(Agent(prompt), Task(TRIAGE)) == []


GOOD_EXAMPLE = '{"category": "bug", "urgency": "low", "tags": [], "summary": "x", "lang": "en"}'


def test_a_worked_example_that_fits_is_fine() -> None:
    assert check(Agent(f"Like this:\n```json\n{GOOD_EXAMPLE}\n```"), Task(TRIAGE)) == []


@pytest.mark.parametrize(
    ("old", "new", "pointers"),
    [
        ('"bug"', '"shipping"', ["/category"]),
        ('"urgency"', '"priority"', ["/urgency", "/priority"]),
        ('"tags": []', '"tags": ["ui", "web", "api"]', ["/tags/1"]),
    ],
)
def test_a_worked_example_that_does_not_fit_is_told_with_its_place(old: str, new: str, pointers: list[str]) -> None:
    example = GOOD_EXAMPLE.replace(old, new)
    prompt = f"Ticket: a\n{example}\nTicket: b\n{example}\n"

    notices = check(Agent(prompt), Task(TRIAGE))

    assert set(kinds(notices)) == {NoticeKind.EXAMPLE_REFUSED}
    assert [notice.place.pointer for notice in notices] == pointers
    assert prompt[notices[0].place.start : notices[0].place.end] == example
    assert "2 worked examples do not fit" in notices[0].sentence


def test_a_field_that_an_open_schema_does_not_know_is_a_note() -> None:
    schema: Json = {**make_object(due_date={"type": "string"}, title={"type": "string"}), "additionalProperties": True}
    prompt = '{"due_date": "2026-01-01", "title": "x", "titel": "y"}'

    (notice,) = check(Agent(prompt), Task(schema))

    assert (notice.kind, notice.level) == (NoticeKind.EXAMPLE_FIELD_UNKNOWN, NoticeLevel.NOTE)
    assert "Did you mean “title”?" in notice.hint


def test_examples_of_another_task_are_left_alone() -> None:
    for pair in EXAMPLE_WORKSPACE.assignments:
        agent = next(one for one in EXAMPLE_WORKSPACE.agents if one.name == pair.agent_name)
        task = next(one for one in EXAMPLE_WORKSPACE.tasks if one.name == pair.task_name)
        for sample in task.sample_inputs:
            notices = check(agent, task, sample.content, provider_type="builtin")
            assert [one for one in notices if one.kind is not NoticeKind.DIALECT_IGNORES] == []


@pytest.mark.parametrize("is_small", [True, False])
@pytest.mark.parametrize("is_change", [True, False])
def test_the_prompts_of_benchtop_itself_raise_no_alarm(is_small: bool, is_change: bool) -> None:
    job = find_job(is_change=is_change, is_small=is_small)

    assert [
        one for one in check(Agent(job.instructions), Task(job.answer_shape)) if one.level is NoticeLevel.WARNING
    ] == []


@pytest.mark.parametrize("template", GALLERY, ids=lambda template: template.key)
def test_a_gallery_shape_described_in_its_own_words_raises_no_alarm(template: Template) -> None:
    fields = template.response_schema["properties"].items()
    lines = [
        template.purpose,
        *(f"{name}: {words.get('description', '')}" for name, words in fields),
        str(template.example),
    ]

    assert check(Agent("\n".join(lines)), Task(template.response_schema)) == []


HOSTILE = [
    '"',
    '{"a":',
    "{",
    "a",
    "category is ",
    "one of ",
    "a|",
    "a b c | ",
    "- category: x\n",
    ",a",
    " ",
    "{{a}} ",
    "'a' ",
]


@pytest.mark.parametrize("piece", [*HOSTILE, GOOD_EXAMPLE.replace("bug", "x"), "category is bug, spam. "])
def test_a_hostile_prompt_is_checked_in_bounded_time(piece: str) -> None:
    prompt = piece * (1_000_000 // len(piece))
    started = time.process_time()

    check(Agent(prompt, prompt), Task(TRIAGE))

    assert time.process_time() - started < 2
