"""Puts together what a check found."""

from collections.abc import Sequence

from core.providers.diagnoses import CheckOutcome, Diagnosis
from core.providers.listings import ListedModel


def connected(
    diagnosis: Diagnosis,
    message: str,
    hint: str = "",
    *,
    models: Sequence[ListedModel] = (),
    waiting_model: str = "",
) -> CheckOutcome:
    """Return that the server answers."""
    return CheckOutcome(
        is_connected=True,
        diagnosis=diagnosis,
        message=message,
        hint=hint,
        models=tuple(models),
        waiting_model=waiting_model,
    )


def failed(diagnosis: Diagnosis, message: str, hint: str, *, suggested_base_url: str = "") -> CheckOutcome:
    """Return that it cannot be used."""
    return CheckOutcome(
        is_connected=False, diagnosis=diagnosis, message=message, hint=hint, suggested_base_url=suggested_base_url
    )
