"""Reads what servers with OpenAI's API tell about a model, in all the spellings that are known.

Every server adds members of its own to the list's entries: vLLM `max_model_len`, llama.cpp `meta.n_ctx`, OpenRouter
and Together `context_length`, Groq `context_window`, Mistral `max_context_length`, `capabilities` and `deprecation`,
LM Studio `loaded_context_length` and `state`, OpenAI `shutdown_date`. None of it is trusted.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from core.providers.listings import ListedModel
from core.providers.model_lists import MAX_MODELS, read_count, read_entries, read_name, read_words

Entry = Mapping[str, Any]  # Any: JSON of a stranger

_CONTEXT_KEYS = (
    "loaded_context_length",
    "max_model_len",
    "context_length",
    "context_window",
    "max_context_length",
    "max_input_tokens",
    "context_size",
    "max_tokens_context",
    "n_ctx",
    "n_ctx_train",
)
_RETIREMENT_KEYS = (
    "shutdown_date",
    "retirement_date",
    "deprecation_date",
    "deprecation",
    "expiration_date",
    "sunset_date",
)
_MODALITY_FLAGS = {"vision": "vision", "supports_image_input": "vision", "audio": "audio", "ocr": "ocr"}
_LONGEST_WORD = 20


def read_openai_models(answer: object) -> list[ListedModel]:
    """Return the models of a list as OpenAI's API has it, or of the bare list that Together sends.

    Raises: BadAnswer: it is no such list.
    """
    if isinstance(answer, list) and answer and all(isinstance(entry, dict) and "id" in entry for entry in answer):
        return [read_openai_model(entry) for entry in answer[:MAX_MODELS]]
    return [read_openai_model(entry) for entry in read_entries(answer, collection="data")]


def read_openai_model(entry: Entry) -> ListedModel:
    """Return what one entry tells."""
    nested = [entry, *(_object(entry.get(key)) for key in ("meta", "top_provider", "model_info"))]
    return ListedModel(
        name=read_name(entry, "id"),
        context_tokens=_first_count(nested, _CONTEXT_KEYS),
        size_bytes=_first_count(nested, ("size_bytes", "size")),
        parameter_size=_read_parameters(nested),
        quantization=read_name(entry, "quantization", "quant")[:_LONGEST_WORD],
        is_loaded=_read_loaded(entry),
        modalities=_read_modalities(entry),
        retires_on=next((found for key in _RETIREMENT_KEYS if (found := read_date(entry.get(key)))), None),
    )


def read_date(value: object) -> date | None:
    """Return the day that a server means by a date, a moment, or seconds since 1970; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and 10**9 < value < 10**10:
        return datetime.fromtimestamp(value, UTC).date()
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def merge_details(listed: Sequence[ListedModel], told: Mapping[str, ListedModel]) -> list[ListedModel]:
    """Return the listed models with what another answer tells of those of the same name."""
    return [_merge(model, told[model.name]) if model.name in told else model for model in listed]


def _merge(model: ListedModel, told: ListedModel) -> ListedModel:
    known = {name: value for name, value in told if name != "name" and value not in (None, "", ())}
    return model.model_copy(update=known)


def _object(value: object) -> Entry:
    return value if isinstance(value, dict) else {}


def _first_count(objects: Sequence[Entry], keys: Sequence[str]) -> int | None:
    found = (read_count(one.get(key)) for one in objects for key in keys)
    return next((count for count in found if count is not None), None)


def _read_parameters(objects: Sequence[Entry]) -> str:
    written = read_name(objects[0], "parameter_size")[:_LONGEST_WORD]
    count = _first_count(objects, ("n_params",))
    if written or count is None or count < 10**6:
        return written
    return f"{count / 1e9:.1f}B" if count >= 10**9 else f"{count / 1e6:.0f}M"


def _read_loaded(entry: Entry) -> bool | None:
    status = entry.get("status")
    word = read_name(_object(status), "value") or read_name(entry, "state")
    # "loading" and "sleeping" are no answer yet either.
    return word == "loaded" if word in ("loaded", "not-loaded", "unloaded", "loading", "sleeping") else None


def _read_modalities(entry: Entry) -> tuple[str, ...]:
    architecture = _object(entry.get("architecture"))
    words = read_words(architecture.get("input_modalities")) or read_words(entry.get("input_modalities"))
    if words:
        return words
    capabilities = entry.get("capabilities")
    named = read_words(capabilities)
    if not named and isinstance(capabilities, dict):
        named = read_words([str(name) for name, has_it in capabilities.items() if has_it is True])
    kind = read_words([entry.get("type")]) if entry.get("type") not in ("model", "base") else ()
    flags = tuple(word for key, word in _MODALITY_FLAGS.items() if entry.get(key) is True)
    return tuple(dict.fromkeys([*kind, *named, *flags]))
