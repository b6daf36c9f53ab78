"""Says what a good answer held: the models, and whether those that agents use are among them."""

import difflib
from collections.abc import Mapping, Sequence

from core.providers.checking.foreign_words import join_names
from core.providers.checking.outcomes import connected
from core.providers.diagnoses import CheckOutcome, Diagnosis
from core.providers.listings import ListedModel
from core.providers.model_lists import is_usable_name
from core.providers.types.base import ProviderType
from core.redaction import redact

UsedModels = Mapping[str, Sequence[str]]
"""The names of models that agents use, each with the names of those agents."""

SLOW_SECONDS = 5.0
# Comparing takes the square of the length, on the loop that everything runs on.
_COMPARED_CHARACTERS = 80
_COMPARED_NAMES = 300


def clean_models(listed: Sequence[ListedModel]) -> tuple[ListedModel, ...]:
    """Return the models whose name can be used and holds no secret, each once, by name."""
    usable = {model.name: model for model in listed if model.name and is_usable_name(model.name)}
    return tuple(_clean(usable[name]) for name in sorted(usable) if redact(name) == name)


def _clean(model: ListedModel) -> ListedModel:
    words = {"parameter_size": model.parameter_size, "quantization": model.quantization}
    odd = {name: "" for name, word in words.items() if not word.isprintable()}
    return model.model_copy(update=odd) if odd else model


def explain_models(
    models: Sequence[ListedModel], *, listed_count: int, kind: ProviderType, used: UsedModels, seconds: float
) -> CheckOutcome:
    """Say what a good answer held. `models` are the usable ones of those listed, which took so long to come."""
    if listed_count and not models:
        message = f"Connected, but none of the {listed_count:,} model names it lists can be used."
        hint = "They are too long or hold special characters. A model can still be typed by hand."
        return connected(Diagnosis.NO_MODELS, message, hint)
    if not models:
        return connected(Diagnosis.NO_MODELS, "Connected, but it serves no model yet.", kind.no_models_hint)
    count = f"Connected: {len(models)} {'model' if len(models) == 1 else 'models'}"
    by_name = {model.name: model for model in models}
    found = {name: _find_listed(name, by_name, kind) for name in used}
    waiting = [name for name, model in found.items() if model is not None and model.is_loaded is False]
    missing = [name for name, model in found.items() if model is None] if kind.lists_all else []
    waiting_model = waiting[0] if waiting and kind.can_warm_up else ""
    if missing:
        message, hint = _explain_missing(count, missing, used, names=list(by_name), kind=kind)
        return connected(Diagnosis.MODEL_MISSING, message, hint, models=models, waiting_model=waiting_model)
    if waiting:
        message, hint = _explain_waiting(count, waiting, used, kind=kind)
        return connected(Diagnosis.MODEL_LOADING, message, hint, models=models, waiting_model=waiting_model)
    if seconds > SLOW_SECONDS:
        message = f"{count}, but the list took longer than {SLOW_SECONDS:g} s to come."
        hint = "Runs there may be slow too. Look at what that server is busy with, and at the way to it."
        return connected(Diagnosis.SLOW, message, hint, models=models)
    return connected(Diagnosis.CONNECTED, f"{count}.", models=models)


def _find_listed(name: str, by_name: Mapping[str, ListedModel], kind: ProviderType) -> ListedModel | None:
    return next((by_name[spelling] for spelling in kind.list_spellings(name) if spelling in by_name), None)


def _explain_missing(
    count: str, missing: Sequence[str], used: UsedModels, *, names: Sequence[str], kind: ProviderType
) -> tuple[str, str]:
    first, others = missing[0], missing[1:]
    message = f"{count}, but not “{first}”, which {_name_users(used[first])}."
    if others:
        message += f" Nor {join_names(list(others))}, which other agents use."
    comparable = [name for name in names if len(name) <= _COMPARED_CHARACTERS][:_COMPARED_NAMES]
    near = difflib.get_close_matches(first[:_COMPARED_CHARACTERS], comparable, n=1, cutoff=0.5)
    nearest = f"The nearest name it lists is “{near[0]}”. " if near else ""
    load = f", or load the model: {kind.load_command.format(model=first)}" if kind.load_command else ""
    return message, f"{nearest}Give these agents a model of the list{load}."


def _explain_waiting(count: str, waiting: Sequence[str], used: UsedModels, *, kind: ProviderType) -> tuple[str, str]:
    first = waiting[0]
    more = f" {len(waiting) - 1} more that agents use are not either." if len(waiting) > 1 else ""
    message = f"{count}. “{first}”, which {_name_users(used[first])}, is not in memory yet.{more}"
    if kind.can_warm_up:
        return message, "Warm it up now; otherwise the first run waits until it is loaded."
    return message, "Load it on that server; otherwise the first run may wait until it is loaded."


def _name_users(agents: Sequence[str]) -> str:
    return f"{join_names(list(agents))} {'uses' if len(agents) == 1 else 'use'}"
