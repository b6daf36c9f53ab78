"""How many tokens a request may use, told from the request alone: what is counted until the server tells the truth."""

import json
from typing import Any, Final

BYTES_PER_TOKEN: Final = 3.0
"""English prose has some 4 bytes a token, JSON and other languages 2.5 to 3: rather too many tokens than too few."""
USUAL_OUTPUT_TOKENS: Final = 1_000
"""For an answer whose length nobody bounds."""

# OpenAI's two surfaces and Anthropic; Gemini; Bedrock; Ollama. The latter three keep it in an object of their own.
_BOUNDS: Final = frozenset(
    {"max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens", "maxTokens", "num_predict"}
)
_NESTED: Final = ("generationConfig", "generation_config", "inferenceConfig", "options")


def estimate_tokens(content: bytes) -> int:
    """Return the tokens of a request's body and of the longest answer it allows."""
    bounds = _list_bounds(content)
    return estimate_input_tokens(content) + (min(bounds) if bounds else USUAL_OUTPUT_TOKENS)


def estimate_input_tokens(content: bytes) -> int:
    """Return the tokens of a request's body alone."""
    return int(len(content) / BYTES_PER_TOKEN) + 1


def _list_bounds(content: bytes) -> list[int]:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return []
    if not isinstance(body, dict):
        return []
    places = [body, *(body[name] for name in _NESTED if isinstance(body.get(name), dict))]
    return [bound for place in places for bound in map(place.get, _BOUNDS) if _is_bound(bound)]


def _is_bound(value: Any) -> bool:  # Any: JSON
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
