"""User prompt templates: plain replacement in one pass, and nothing more."""

import time

import pytest

from core.agents.templates import check_template, fill_template, list_placeholders
from core.errors import InvalidInputError

FILLED: dict[str, tuple[str, object, str]] = {
    "a blank template sends the text": (" \n", "Help", "Help"),
    "a blank template sends an object as JSON": ("", {"a": "é"}, '{\n  "a": "é"\n}'),
    "a field": ("Sort {{subject}}!", {"subject": "this"}, "Sort this!"),
    "spaces inside": ("{{  subject\t}}", {"subject": "this"}, "this"),
    "a field named in words": ("{{order number}}", {"order number": 7}, "7"),
    "twice": ("{{a}}{{a}}", {"a": "x"}, "xx"),
    "the whole input": ("<{{input}}>", "Help", "<Help>"),
    "a field called input": ("{{input}}", {"input": "mine"}, "mine"),
    "other values as JSON": ("{{a}} {{b}} {{c}}", {"a": True, "b": None, "c": [1]}, "true null [\n  1\n]"),
    "inserted text is not scanned": ("{{a}}", {"a": "{{b}}", "b": "wrong"}, "{{b}}"),
    "nor does it join with the template": ("{{{a}}}", {"a": "{b}", "b": "wrong"}, "{{b}}"),
    "single braces stay": ("{a} {{a}}", {"a": "x"}, "{a} x"),
    "nothing is evaluated": ("{{a}}", {"a": "{0.__class__} ${x} %s \\1"}, "{0.__class__} ${x} %s \\1"),
}


@pytest.mark.parametrize(("template", "value", "expected"), FILLED.values(), ids=FILLED)
def test_a_template_is_filled(template: str, value: object, expected: str) -> None:
    assert fill_template(template, value) == expected


@pytest.mark.parametrize("template", ["{{", "{{}}", "{{ }}", "{{a", "{{a}} {{", "{{a}b}}", "{{\n}}"])
def test_stray_braces_are_refused(template: str) -> None:
    with pytest.raises(InvalidInputError, match="empty or not closed"):
        check_template(template)


@pytest.mark.parametrize("template", ["", "plain", "{one}", "{{a}}", "{{ a }} {{b c}}", "{{{a}}}"])
def test_other_templates_are_taken(template: str) -> None:
    check_template(template)


def test_a_field_the_input_lacks_is_named_with_those_it_has() -> None:
    with pytest.raises(InvalidInputError, match=r"\{\{absent\}\}") as caught:
        fill_template("{{absent}}", {"present": 1})

    assert "{{present}}, {{input}}" in caught.value.hint


def test_placeholders_are_listed_once_in_order() -> None:
    assert list_placeholders("{{b}} {{ a }} {{b}} {{input}}") == ("b", "a", "input")


@pytest.mark.parametrize("piece", ["{{ ", "{{a ", "{", "{{a}} ", "{{ a b "])
def test_a_hostile_template_takes_no_time(piece: str) -> None:
    template = (piece + " " * 2_000) * 40
    started = time.perf_counter()

    list_placeholders(template)

    assert time.perf_counter() - started < 1


def test_closing_braces_of_an_example_in_json_are_no_placeholder() -> None:
    template = 'Like {"a": {"b": 1}}: {{input}}'

    check_template(template)

    assert fill_template(template, "x") == 'Like {"a": {"b": 1}}: x'


TOO_LONG: dict[str, tuple[str, object, str]] = {
    "a field named too often": ("{{a}}" * 2_000 + "{{b}}", {"a": "x" * 1_000, "b": "y" * 50_000}, "{{a}}, which the"),
    "the whole input": ("{{input}}", "x" * 1_000_001, "{{input}} makes it so"),
    "without a template": ("", "x" * 1_000_001, "{{input}} makes it so"),
}


@pytest.mark.parametrize(("template", "value", "words"), TOO_LONG.values(), ids=TOO_LONG)
def test_a_prompt_that_would_be_too_long_is_refused_with_the_placeholder(
    template: str, value: object, words: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        fill_template(template, value)

    assert words in refused.value.message


def test_a_deep_value_that_indenting_would_blow_up_is_refused_at_once() -> None:
    value: object = list(range(20_000))
    for _ in range(400):
        value = [value]
    started = time.perf_counter()

    with pytest.raises(InvalidInputError):
        fill_template("{{deep}}", {"deep": value})

    assert time.perf_counter() - started < 2
