"""What a type of provider is: one class, one instance, one file beside this one.

The form, the checks, the list of models, the client and the copied code ask the type; nothing elsewhere asks which
type it is. Modules here are imported by pages, so what takes long (pydantic-ai, a vendor's SDK) is imported inside the
methods that need it, which run on the background loop only.
"""

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import httpx2
from pydantic import SecretStr

from core.providers.dialects import ServerDialect
from core.providers.listings import ListedModel

if TYPE_CHECKING:
    from pydantic_ai.models import Model

SdkClient = Any  # Any: whatever the type's SDK calls its client


class KeyUse(StrEnum):
    """Whether a type has an API key."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class OptionField:
    """A field that only some types have."""

    name: str
    """Its key among the options or, when secret, among the secrets."""
    label: str
    help: str = ""
    placeholder: str = ""
    is_secret: bool = False
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Preset:
    """A known server of a type: where it usually is and what is known of its dialect."""

    name: str
    label: str
    base_url: str
    key: KeyUse = KeyUse.OPTIONAL
    note: str = ""
    """What to know before connecting, one or two sentences."""
    dialect: ServerDialect | None = None
    """None: the type's own."""


@dataclass(frozen=True, slots=True)
class Extra:
    """Packages a type needs beside those of requirements.txt."""

    name: str
    """pydantic-ai-slim's name for them."""
    modules: tuple[str, ...]

    @property
    def is_installed(self) -> bool:
        return all(importlib.util.find_spec(module) is not None for module in self.modules)

    @property
    def install_command(self) -> str:
        return f'pip install -c constraints.txt "pydantic-ai-slim[{self.name}]"'


@dataclass(frozen=True, slots=True)
class CallParts:
    """What a client is made of, opened for one use."""

    base_url: str
    http: httpx2.AsyncClient
    """Guarded, and with the provider's extra headers; its transport alone retries."""
    api_key: SecretStr | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, SecretStr] = field(default_factory=dict)
    """The type's secret fields, by name."""


class Caller(Protocol):
    """Calls a provider for its list of models."""

    @property
    def parts(self) -> CallParts: ...

    async def get_json(self, url: str, *, headers: Mapping[str, str] | None = None) -> Any:
        """Return the JSON at a URL of this provider, asked for with the type's headers and these.

        Raises: core.providers.answers.BadAnswer: another status than 200, or no JSON; OutboundError.
        """
        ...


class ProviderType:
    """A kind of server Benchtop can talk to."""

    name: ClassVar[str]
    """As it is stored, and in the API."""
    label: ClassVar[str]
    position: ClassVar[int]
    """Where it stands in the form's list, small first."""
    note: ClassVar[str]
    """One or two sentences for the form."""
    server_noun: ClassVar[str]
    """What such a server is called in a sentence, with its article: "an Ollama server"."""
    has_address: ClassVar[bool] = True
    default_base_url: ClassVar[str] = ""
    """Blank where every customer has an address of their own."""
    address_help: ClassVar[str] = ""
    key: ClassVar[KeyUse] = KeyUse.OPTIONAL
    key_label: ClassVar[str] = "API key"
    fields: ClassVar[tuple[OptionField, ...]] = ()
    presets: ClassVar[tuple[Preset, ...]] = ()
    extra: ClassVar[Extra | None] = None
    no_models_hint: ClassVar[str] = "Check that the key may use models there; a model can still be typed by hand."
    start_hint: ClassVar[str] = ""
    """How to start the server when nothing listens at its address; blank for hosted ones."""
    is_small: ClassVar[bool] = False
    """Whether its model is the built-in one, which shows that everything works and never that an agent is good."""
    has_public_prices: ClassVar[bool] = False
    """Whether public price lists may hold for its models, where the address is a vendor's own."""
    counts_schema: ClassVar[bool] = False
    """Whether a schema may take tokens of the request."""
    drops_silently: ClassVar[bool] = False
    """Whether a request that does not fit the window loses its beginning without an error."""
    speaks_openai: ClassVar[bool] = True
    """Whether a request's body is that of OpenAI's chat completions, as the preview of a run writes it."""

    def find_preset(self, name: str) -> Preset | None:
        """Return a preset by its name; None for a blank or unknown one."""
        return next((preset for preset in self.presets if preset.name == name), None)

    def find_base_url(self, options: Mapping[str, str], *, preset: str = "") -> str:
        """Return the address to use when none is given; blank: one must be given."""
        found = self.find_preset(preset)
        return found.base_url if found is not None else self.default_base_url

    def clean_address(self, address: str) -> str:
        """Return the base URL as this type keeps it, for an address that is well formed and has no trailing slash."""
        return address

    def find_chat_url(self, base_url: str) -> str:
        """Return the base URL that the type's SDK wants."""
        return base_url

    def list_headers(self, key: SecretStr | None) -> dict[str, str]:
        """Return the headers that carry the key."""
        return {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}

    def find_lint_dialect(self, base_url: str) -> str | None:
        """Return the value of `core.tasks.linting.providers.Dialect` for such a server; None where none is known."""
        return None

    def find_dialect(self, *, base_url: str, preset: str = "") -> ServerDialect:
        """Return the dialect before anything was probed or set by hand."""
        found = self.find_preset(preset)
        return found.dialect if found is not None and found.dialect is not None else ServerDialect()

    async def list_models(self, caller: Caller) -> Sequence[ListedModel]:
        """Return the models that the server lists.

        Raises: core.providers.answers.BadAnswer: it answers, but not like this type; OutboundError.
        """
        raise NotImplementedError

    def open_client(self, parts: CallParts) -> SdkClient:
        """Return the SDK's client on the given HTTP client, its own retries off. Raises: ImportError: see `extra`."""
        raise NotImplementedError

    def build_model(self, client: SdkClient, *, model_name: str, dialect: ServerDialect) -> "Model":
        """Return pydantic-ai's model on a client of `open_client`, speaking the dialect."""
        raise NotImplementedError
