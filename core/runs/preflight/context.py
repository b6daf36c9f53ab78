"""Whether a request and its answer fit into the model's window."""

import json
import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

from core.providers.builtin_server import CONTEXT_TOKENS
from core.providers.dialects import OutputMode
from core.providers.types import find_type
from core.providers.types.openai import is_openai
from core.runs.preflight.notices import Notice, NoticeKind, NoticeLevel, NoticePlace, Subject
from core.runs.preflight.tokens import NO_TOKENS, TokenEstimate, estimate_tokens
from core.runs.preview import RequestPreview

LIST_MODULE: Final = "core.runs.list_prices"
_USUAL_TOKENS: Final = 4_096
"""What Ollama loads a model with unless it is told otherwise, or has much memory."""
# What a server writes around the messages: 30 tokens with the built-in model's template.
_AROUND: Final = TokenEstimate(8, 40)


class Window(NamedTuple):
    """How many tokens a model reads and writes at most."""

    tokens: int
    is_assumed: bool = False
    """Whether the server did not tell, and this is what such servers usually have."""


def find_window(provider_type: str, *, base_url: str, model_name: str) -> Window | None:
    """Return how many tokens the model's window holds, where that is certain; None: not known.

    Benchtop itself sets that of the built-in model. Those of vendors are in the bundled data that has their prices too,
    which is loaded with the engine, soon after the start: a page must not wait for it.
    """
    if not find_type(provider_type).has_address:
        return Window(CONTEXT_TOKENS)
    known = sys.modules.get(LIST_MODULE)
    tokens: int | None = None if known is None else known.find_list_window(base_url=base_url, model_name=model_name)
    return None if tokens is None else Window(tokens)


def fit_told_window(provider_type: str, *, tokens: int | None, is_loaded: bool | None) -> Window | None:
    """Return the window for what a server told of a model; None: nothing that helps.

    A server that drops what does not fit tells what a model could read, and only of a loaded one what it reads.
    """
    if not find_type(provider_type).drops_silently:
        return None if tokens is None else Window(tokens)
    if tokens is not None and is_loaded:
        return Window(tokens)
    return Window(min(tokens or _USUAL_TOKENS, _USUAL_TOKENS), is_assumed=True)


def estimate_request(preview: RequestPreview, *, provider_type: str, base_url: str) -> TokenEstimate:
    """Return how many tokens a request will be for the model, an estimate.

    OpenAI counts the schema. llama.cpp makes a grammar of it, which takes none (measured). What other servers do is
    not known, so there it is in the upper end only. As a tool's arguments or in words it is read like any text.
    """
    estimate = _AROUND
    for message in preview.messages:
        read = estimate_tokens(message.text)
        scale = message.total_characters / len(message.text) if message.text else 1
        estimate = estimate.plus(TokenEstimate(int(read.low * scale), int(read.high * scale)))
    is_read = preview.output_mode is not OutputMode.NATIVE
    schema = NO_TOKENS
    if is_read or find_type(provider_type).counts_schema:
        schema = estimate_tokens(json.dumps(preview.schema, ensure_ascii=False))
    if not is_read and not is_openai(base_url):
        schema = TokenEstimate(0, schema.high)
    return estimate.plus(schema)


def check_context(
    estimate: TokenEstimate, *, max_tokens: int | None, window: Window | None, provider_type: str
) -> Iterator[Notice]:
    """Yield a notice when request and answer will not, or may not, fit into the window. None: it is not known."""
    if window is None:
        return
    room = window.tokens - (max_tokens or 0)
    if room >= estimate.high:
        return
    answer = f" and {max_tokens:,} for the answer" if max_tokens else ""
    will = "will not" if estimate.low > room and not window.is_assumed else "may not"
    held = f"the model's window holds {window.tokens:,}"
    if window.is_assumed:
        held = f"the model is not loaded: usually it then gets a window of {window.tokens:,}"
    sentence = (
        f"The request {will} fit: by an estimate from its characters it takes {estimate.words}{answer}, and "
        f"{held}{_consequence(provider_type)}."
    )
    level = NoticeLevel.WARNING if estimate.low > room else NoticeLevel.NOTE
    is_answer = bool(max_tokens) and estimate.high <= window.tokens
    place = NoticePlace(Subject.MAX_TOKENS if is_answer else Subject.USER_PROMPT_TEMPLATE)
    hint = "Lower max tokens" if is_answer else "Shorten the input or the prompts"
    hint += f", or {_widen(provider_type, estimate.high + (max_tokens or 0))}."
    yield Notice(NoticeKind.CONTEXT_EXCEEDED, level, sentence, hint, place)


def _widen(provider_type: str, tokens: int) -> str:
    if not find_type(provider_type).drops_silently:
        return "choose a model with a larger window"
    enough = max(2 * _USUAL_TOKENS, 1 << (tokens - 1).bit_length())
    return (
        f"give the model a larger window: start Ollama with OLLAMA_CONTEXT_LENGTH={enough}, or make a model of it "
        f"with “PARAMETER num_ctx {enough}”"
    )


def _consequence(provider_type: str) -> str:
    if find_type(provider_type).drops_silently:
        return "; Ollama then drops the beginning without a word"
    return "; the server then refuses the request or cuts the answer off"
