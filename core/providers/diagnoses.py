"""What a check of a provider can find, told apart."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from core.providers.listings import ListedModel


class Diagnosis(StrEnum):
    """One word for what a check found."""

    CONNECTED = "connected"
    NO_MODELS = "no_models"
    """It answers, and lists none."""
    MODEL_MISSING = "model_missing"
    """It answers, but does not list a model that agents use."""
    MODEL_LOADING = "model_loading"
    """It answers, but a model that agents use is not in memory yet; or, not connected, its only one is not."""
    SLOW = "slow"
    """It answers, but took longer than anybody wants to wait."""
    NAME_NOT_RESOLVED = "name_not_resolved"
    REFUSED = "refused"
    """Nothing listens there."""
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    TLS_FAULT = "tls_fault"
    PROXY = "proxy"
    """Something between here and there answered instead."""
    KEY_REFUSED = "key_refused"
    KEY_MISSING = "key_missing"
    KEY_LOCKED = "key_locked"
    """The stored key cannot be opened, or belongs to another address."""
    NOT_FOUND = "not_found"
    """There is a server, but not at this path."""
    WRONG_KIND = "wrong_kind"
    """Another kind of server answers."""
    REDIRECTED = "redirected"
    RATE_LIMITED = "rate_limited"
    SERVER_FAULT = "server_fault"
    DESTINATION_REFUSED = "destination_refused"
    """The outbound guard does not let the address be called."""
    UNREADABLE = "unreadable"
    """The answer is too long, compressed, or broke off."""
    EXTRA_MISSING = "extra_missing"
    """A package that the type needs is not installed."""
    INTERNAL = "internal"


class CheckOutcome(BaseModel):
    """What a check of a provider found."""

    model_config = ConfigDict(frozen=True)

    is_connected: bool
    diagnosis: Diagnosis
    message: str
    hint: str = ""
    latency_ms: float | None = None
    models: tuple[ListedModel, ...] = ()
    """What the server lists, by name, each once; only those whose name can be used."""
    suggested_base_url: str = ""
    """An address at the same origin where the server was found answering; blank: none."""
    waiting_model: str = ""
    """A model that agents use and that can be warmed up; blank: none."""

    @property
    def model_names(self) -> tuple[str, ...]:
        return tuple(model.name for model in self.models)
