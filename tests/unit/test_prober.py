"""What a probe makes of answers that no fake server gives: each is written here by hand."""

import asyncio
from collections.abc import Callable

import pytest

from core.providers.dialects import DialectFindings, KeptDialect, MaxTokensField, OutputMode, ServerDialect, Support
from core.providers.probing.asking import ProbeEnded, Question, Reply
from core.providers.probing.chat_asker import read_reply
from core.providers.probing.deriving import place_findings
from core.providers.probing.prober import MAX_QUESTIONS, Found, Prober

Answer = Callable[[Question], Reply]
NONCE = "zq123456"
LONG = Reply(text="1, 2, 3, " * 30, output_tokens=90)


class Scripted:
    """Answers as a function says, and keeps what was asked."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[Question] = []

    async def ask(self, question: Question) -> Reply:
        self.asked.append(question)
        return self.answer(question)


def probe(answer: Answer) -> tuple[Found, list[Question]]:
    asker, found = Scripted(answer), Found()
    asyncio.run(Prober(asker, dialect=ServerDialect(), found=found, find_nonce=lambda: NONCE).probe())
    return found, asker.asked


def test_a_system_message_that_is_heeded_needs_no_second_question() -> None:
    found, asked = probe(lambda question: Reply(text=NONCE))

    assert found.findings.system_messages is Support.YES
    assert [bool(question.system) for question in asked[:2]] == [True, False]
    assert asked[1].choices == (NONCE,)


def test_a_system_message_that_is_dropped_is_found_out() -> None:
    found, _ = probe(lambda question: Reply(text=NONCE if NONCE in question.prompt else "Hello!"))

    assert found.findings.system_messages is Support.NO


def test_usage_that_is_refused_does_not_speak_against_streams_and_limits() -> None:
    def answer(question: Question) -> Reply:
        if question.asks_usage:
            return Reply(status=400)
        return Reply(text="1, 2, 3", is_cut=question.max_tokens == 8, was_streamed=question.streams)

    found, _ = probe(answer)

    assert (found.findings.streaming, found.findings.usage) == (Support.YES, Support.NO)
    assert found.findings.max_tokens_field is MaxTokensField.MAX_TOKENS


def test_a_limit_that_only_a_refusal_tells_of_leads_to_the_other_name() -> None:
    def answer(question: Question) -> Reply:
        if question.max_tokens_field is MaxTokensField.MAX_TOKENS:
            return Reply(status=400)
        if question.max_tokens_field is MaxTokensField.MAX_COMPLETION_TOKENS:
            return Reply(text="1, 2, 3", is_cut=True, output_tokens=8)
        return Reply(text="Hello!", was_streamed=question.streams, output_tokens=2)

    found, asked = probe(answer)

    assert found.findings.max_tokens_field is MaxTokensField.MAX_COMPLETION_TOKENS
    assert found.findings.streaming is Support.YES
    assert len(asked) <= MAX_QUESTIONS


def test_a_limit_is_ignored_where_a_long_answer_comes() -> None:
    found, _ = probe(lambda question: LONG)

    assert found.findings.max_tokens_field is MaxTokensField.NEITHER


def test_what_was_found_before_the_end_is_kept() -> None:
    def answer(question: Question) -> Reply:
        if question.wants_object:
            raise ProbeEnded("It is gone.")
        return Reply(text=f'{{"word": "{NONCE}"}}')

    found, _ = probe(answer)

    assert found.note == "It is gone."
    assert found.findings.output_mode is OutputMode.NATIVE
    assert found.findings.json_object is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"choices": [{"message": {"content": "Hi"}, "finish_reason": "length"}]}', Reply(text="Hi", is_cut=True)),
        (b'{"choices": [{"message": {"content": null, "tool_calls": [{}]}}]}', Reply(has_tool_call=True)),
        (
            b': ping\n\ndata: {"choices": [{"delta": {"content": "H"}}], "usage": null}\n\n'
            b'data:{"choices": [], "usage": {"completion_tokens": 3}}\n\ndata: [DONE]\n\n',
            Reply(text="H", output_tokens=3, was_streamed=True),
        ),
    ],
)
def test_answers_are_read_whole_or_streamed(content: bytes, expected: Reply) -> None:
    assert read_reply(content) == expected


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"{}", b'{"choices": 3}', b"data: x\n\n", b"[" * 100_000])
def test_what_is_no_answer_ends_the_probe(content: bytes) -> None:
    with pytest.raises(ProbeEnded):
        read_reply(content)


def test_a_second_model_keeps_only_what_differs() -> None:
    found = DialectFindings(tools=Support.NO, seed=Support.YES, json_object=Support.NO)
    believed = ServerDialect(seed=Support.YES, json_object=Support.YES)

    first = place_findings(found, model_name="a", whole=KeptDialect(), believed=believed)
    second = place_findings(found, model_name="b", whole=KeptDialect(probed_with="a"), believed=believed)

    assert first.whole == DialectFindings(seed=Support.YES, json_object=Support.NO)
    assert first.model == DialectFindings(tools=Support.NO)
    assert second.whole is None
    assert second.model == DialectFindings(tools=Support.NO, json_object=Support.NO)
