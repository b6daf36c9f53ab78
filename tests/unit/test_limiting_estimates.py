"""Before the server tells, a request's tokens are told from the request."""

import json
from typing import Any

import pytest

from core.providers.limiting.estimates import (
    BYTES_PER_TOKEN,
    USUAL_OUTPUT_TOKENS,
    estimate_input_tokens,
    estimate_tokens,
)


def write(body: Any) -> bytes:
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    ("body", "output_tokens"),
    [
        ({"messages": []}, USUAL_OUTPUT_TOKENS),
        ({"max_tokens": 50}, 50),
        ({"max_completion_tokens": 51}, 51),
        ({"max_output_tokens": 52}, 52),
        ({"generationConfig": {"maxOutputTokens": 53}}, 53),
        ({"inferenceConfig": {"maxTokens": 54}}, 54),
        ({"options": {"num_predict": 55}}, 55),
        ({"max_tokens": 60, "max_completion_tokens": 40}, 40),
        ({"max_tokens": None}, USUAL_OUTPUT_TOKENS),
        ({"max_tokens": True}, USUAL_OUTPUT_TOKENS),
        ({"max_tokens": -1}, USUAL_OUTPUT_TOKENS),
        ({"options": []}, USUAL_OUTPUT_TOKENS),
        ([], USUAL_OUTPUT_TOKENS),
    ],
)
def test_the_longest_answer_a_request_allows_is_counted(body: Any, output_tokens: int) -> None:
    content = write(body)

    assert estimate_tokens(content) == estimate_input_tokens(content) + output_tokens


@pytest.mark.parametrize("content", [b"", b"not JSON", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_json_counts_by_its_length(content: bytes) -> None:
    assert estimate_tokens(content) == int(len(content) / BYTES_PER_TOKEN) + 1 + USUAL_OUTPUT_TOKENS
