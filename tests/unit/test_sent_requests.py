"""Requests are kept whole unless they are too long, and tell what was fed back of the last answer."""

import json
from typing import Any

import pytest

import core.redaction
from core.redaction import register_secret
from core.runs.sent_requests import keep_request, read_feedback

SECRET = "sk-quite-a-long-secret"
SYSTEM = {"role": "system", "content": "Sort it."}
QUESTION = {"role": "user", "content": "The invoice is wrong."}
ANSWER = {"role": "assistant", "content": "{}"}


@pytest.fixture(autouse=True)
def _known_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core.redaction, "_known", ())
    register_secret(SECRET)


def size(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False))


def test_a_short_request_is_kept_as_it_is() -> None:
    body = {"model": "ok", "messages": [SYSTEM, QUESTION], "temperature": 0.2, "stop": None}

    assert keep_request(body) == (body, False)


@pytest.mark.parametrize("body", [None, "text", [1], 3])
def test_what_is_no_object_is_not_kept(body: object) -> None:
    assert keep_request(body) == (None, False)


def test_the_longest_texts_are_cut_and_the_rest_stays_whole() -> None:
    document, essay = "d" * 90_000, "e" * 60_000
    body = {"model": "ok", "messages": [SYSTEM, {"role": "user", "content": document}, {"content": essay}]}

    kept, is_cut = keep_request(body)

    assert kept is not None
    assert is_cut
    first, second, third = kept["messages"]
    assert (kept["model"], first) == ("ok", SYSTEM)
    assert size(kept) <= 100_000 + 200
    assert second["content"].startswith("d" * 40_000)
    assert second["content"].endswith(" more characters were not kept]")
    left = int(second["content"].split("[")[1].split(" ")[0].replace(",", ""))
    assert second["content"].index("…") + left == len(document)
    assert third["content"].startswith("e" * 40_000)


def test_a_secret_is_masked_before_anything_is_cut() -> None:
    body = {"messages": [{"content": "x" * 50 + SECRET + "y" * 3_000}], SECRET: SECRET}

    for limit in range(60, 140):
        kept, _ = keep_request(body, limit=limit)
        assert "sk-quite" not in json.dumps(kept)


def test_a_huge_number_of_small_things_is_left_out_by_name() -> None:
    body: dict[str, Any] = {"model": "ok", "messages": [QUESTION], "response_format": {"enum": list(range(60_000))}}

    kept, is_cut = keep_request(body)

    assert is_cut
    assert kept is not None
    assert kept["messages"] == [QUESTION]
    assert kept["response_format"] == f"[{size(body['response_format']):,} characters were not kept]"


def test_what_is_fed_back_is_what_the_next_request_says_beyond_the_answer() -> None:
    request = {"messages": [SYSTEM, QUESTION]}
    following = {"messages": [SYSTEM, QUESTION, ANSWER, {"role": "user", "content": "Fix the errors."}]}

    assert read_feedback(request, following) == "Fix the errors."


def test_parts_and_tool_results_are_fed_back_too() -> None:
    parts = {"role": "user", "content": [{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}, {}]}
    following = {"messages": [QUESTION, ANSWER, {"role": "tool", "content": "No."}, parts]}

    assert read_feedback({"messages": [QUESTION]}, following) == "No.\n\nOne.\nTwo."


@pytest.mark.parametrize(
    ("request_sent", "following"),
    [
        (None, None),
        ({"messages": [QUESTION]}, None),
        ({"messages": [QUESTION]}, {"messages": [QUESTION]}),
        ({"messages": [QUESTION]}, {"messages": "[12 characters were not kept]"}),
        ({}, {"messages": [{"role": "assistant", "content": "x"}, {"role": "user", "content": None}, 3]}),
    ],
)
def test_without_a_further_message_nothing_was_fed_back(
    request_sent: dict[str, Any] | None, following: dict[str, Any] | None
) -> None:
    assert read_feedback(request_sent, following) == ""
