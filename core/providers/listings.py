"""The models a server lists, as far as it tells about them."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class ListedModel(BaseModel):
    """One model of a list. None, and no modalities: the server does not say."""

    model_config = ConfigDict(frozen=True)

    name: str
    context_tokens: int | None = Field(default=None, gt=0)
    """The longest window the model can have; of a loaded one, the window it has now."""
    size_bytes: int | None = Field(default=None, ge=0)
    parameter_size: str = ""
    """As the server writes it: "8.2B"."""
    quantization: str = ""
    """As the server writes it: "Q4_K_M"."""
    is_loaded: bool | None = None
    """Whether it is in memory now, so that an answer need not wait for it."""
    modalities: tuple[str, ...] = ()
    """What it reads or does, in the server's words: "text", "vision", "embedding"."""
    retires_on: date | None = None
    """The day from which the server answers for it no more."""
