"""Whether a request and its answer fit into the model's window."""

import json
import sys
from collections.abc import Iterator
from typing import Final

from core.providers.builtin_server import CONTEXT_TOKENS
from core.providers.types import find_type
from core.providers.types.openai import is_openai
from core.runs.preflight.notices import Notice, NoticeKind, NoticeLevel, NoticePlace, Subject
from core.runs.preflight.tokens import NO_TOKENS, TokenEstimate, estimate_tokens
from core.runs.preview import RequestPreview

LIST_MODULE: Final = "core.runs.list_prices"
# What a server writes around the messages: 30 tokens with the built-in model's template.
_AROUND: Final = TokenEstimate(8, 40)


def find_window(provider_type: str, *, base_url: str, model_name: str) -> int | None:
    """Return how many tokens the model's window holds, where that is certain; None: not known.

    Benchtop itself sets that of the built-in model. Those of vendors are in the bundled data that has their prices too,
    which is loaded with the engine, soon after the start: a page must not wait for it.
    """
    if not find_type(provider_type).has_address:
        return CONTEXT_TOKENS
    known = sys.modules.get(LIST_MODULE)
    window: int | None = None if known is None else known.find_list_window(base_url=base_url, model_name=model_name)
    return window


def estimate_request(preview: RequestPreview, *, provider_type: str, base_url: str) -> TokenEstimate:
    """Return how many tokens a request will be for the model, an estimate.

    OpenAI counts the schema. llama.cpp makes a grammar of it, which takes none (measured). What other servers do is
    not known, so there it is in the upper end only.
    """
    estimate = _AROUND
    for message in preview.messages:
        read = estimate_tokens(message.text)
        scale = message.total_characters / len(message.text) if message.text else 1
        estimate = estimate.plus(TokenEstimate(int(read.low * scale), int(read.high * scale)))
    schema = NO_TOKENS
    if find_type(provider_type).counts_schema:
        schema = estimate_tokens(json.dumps(preview.schema, ensure_ascii=False))
    if not is_openai(base_url):
        schema = TokenEstimate(0, schema.high)
    return estimate.plus(schema)


def check_context(
    estimate: TokenEstimate, *, max_tokens: int | None, window: int | None, provider_type: str
) -> Iterator[Notice]:
    """Yield a notice when request and answer will not, or may not, fit into the window. None: it is not known."""
    if window is None:
        return
    room = window - (max_tokens or 0)
    if room >= estimate.high:
        return
    answer = f" and {max_tokens:,} for the answer" if max_tokens else ""
    will = "will not" if estimate.low > room else "may not"
    sentence = (
        f"The request {will} fit: by an estimate from its characters it takes {estimate.words}{answer}, and the "
        f"model's window holds {window:,}{_consequence(provider_type)}."
    )
    level = NoticeLevel.WARNING if estimate.low > room else NoticeLevel.NOTE
    is_answer = bool(max_tokens) and estimate.high <= window
    place = NoticePlace(Subject.MAX_TOKENS if is_answer else Subject.USER_PROMPT_TEMPLATE)
    hint = "Lower max tokens" if is_answer else "Shorten the input or the prompts"
    yield Notice(
        NoticeKind.CONTEXT_EXCEEDED, level, sentence, f"{hint}, or choose a model with a larger window.", place
    )


def _consequence(provider_type: str) -> str:
    if find_type(provider_type).drops_silently:
        return "; Ollama then drops the beginning without a word"
    return "; the server then refuses the request or cuts the answer off"
