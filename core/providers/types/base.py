"""What a type of provider is: one class, one instance, one file beside this one.

The form, the checks, the list of models, the client and the copied code ask the type; nothing elsewhere asks which
type it is. Modules here are imported by pages, so what takes long (pydantic-ai, a vendor's SDK) is imported inside the
methods that need it, which run on the background loop only.
"""

import importlib
import importlib.util
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import httpx2
from pydantic import SecretStr

from core.errors import MissingPackageError
from core.providers.copied_code import CopiedCode, copy_compatible
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
    start_hint: str = ""
    """How to start it when nothing listens at its address; blank: as its type says."""
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
        return all(_is_there(module) for module in self.modules)

    @property
    def install_command(self) -> str:
        return f'pip install -c constraints.txt "pydantic-ai-slim[{self.name}]"'


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package around it
        return False


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
    preset: str = ""
    """The known server that the provider was started from; blank: none, or not told."""


class Caller(Protocol):
    """Calls a provider for its list of models, and to have one loaded."""

    @property
    def parts(self) -> CallParts: ...

    async def get_json(self, url: str, *, headers: Mapping[str, str] | None = None) -> Any:
        """Return the JSON at a URL of this provider, asked for with the type's headers and these.

        Raises: core.providers.answers.BadAnswer: another status than 200, or no JSON; OutboundError.
        """
        ...

    async def post_json(self, url: str, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None) -> Any:
        """Post JSON and return the JSON that comes back. Raises: as `get_json`."""
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

    lists_all: ClassVar[bool] = False
    """Whether a model that its list does not hold cannot be used. Many servers know more names than they list."""
    lists_openai: ClassVar[bool] = False
    """Whether its models are listed as OpenAI's API does, so that another server of that kind is one of this type."""
    load_command: ClassVar[str] = ""
    """How a model is had on that server, with {model} where its name goes; blank: there is no such way."""
    can_warm_up: ClassVar[bool] = False
    """Whether `warm_up` does something: the server keeps models out of memory until they are asked for."""

    def find_obstacle(self) -> str:
        """Return why it cannot work on this machine and what to do, as sentences; blank: it can. See also `extra`."""
        return ""

    def find_preset(self, name: str) -> Preset | None:
        """Return a preset by its name; None for a blank or unknown one."""
        return next((preset for preset in self.presets if preset.name == name), None)

    def find_base_url(self, options: Mapping[str, str], *, preset: str = "") -> str:
        """Return the address to use when none is given; blank: one must be given."""
        found = self.find_preset(preset)
        return found.base_url if found is not None else self.default_base_url

    def find_fault(self, options: Mapping[str, str]) -> str:
        """Return what is wrong with the fields only this type has, as a sentence; blank: nothing."""
        return ""

    def fit_address(self, address: str, options: Mapping[str, str]) -> str:
        """Return the address as it is meant, for one that somebody typed and nothing has checked."""
        return address

    def clean_address(self, address: str) -> str:
        """Return the base URL as this type keeps it, for an address that is well formed and has no trailing slash."""
        return address

    def find_chat_url(self, base_url: str) -> str:
        """Return the base URL that the type's SDK wants."""
        return base_url

    def list_origins(self, base_url: str) -> tuple[str, ...]:
        """Return URLs at every origin that the type calls: nothing is ever sent to another."""
        return (base_url,)

    def sends_key(self, options: Mapping[str, str]) -> bool:
        """Say whether the key itself goes to the server, and does not only sign what goes there."""
        return True

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

    def copy_code(
        self, *, base_url: str, dialect: ServerDialect, options: Mapping[str, str], secret_names: Sequence[str] = ()
    ) -> CopiedCode:
        """Return how a Python file without Benchtop builds the same client and model.

        `secret_names` are the secret fields that are stored.
        """
        return copy_compatible(self.find_chat_url(base_url), dialect=dialect)

    async def list_models(self, caller: Caller) -> Sequence[ListedModel]:
        """Return the models that the server lists.

        Raises: core.providers.answers.BadAnswer: it answers, but not like this type; OutboundError.
        """
        raise NotImplementedError

    async def describe_models(
        self, caller: Caller, listed: Sequence[ListedModel], *, used: Collection[str]
    ) -> Sequence[ListedModel]:
        """Return the listed models with what further calls tell about them, those `used` by agents before others.

        Raises as `list_models`; what was listed then stands as it is.
        """
        return listed

    def list_spellings(self, model_name: str) -> tuple[str, ...]:
        """Return the names under which the list may hold a model, the likeliest first."""
        return (model_name,)

    def list_address_candidates(self, base_url: str) -> tuple[str, ...]:
        """Return other base URLs at the same origin where such a server may answer, the likeliest first."""
        return ()

    async def warm_up(self, caller: Caller, model_name: str) -> None:
        """Have a model loaded into memory; returns when it is. Only where `can_warm_up`. Raises as `list_models`."""
        raise NotImplementedError

    def load(self) -> None:
        """Import what `open_client` imports. It may take a second or two, so no loop should wait for it.

        Raises: MissingPackageError: see `extra`.
        """
        importlib.import_module("core.providers.openai_models")

    def open_client(self, parts: CallParts) -> SdkClient:
        """Return the SDK's client on the given HTTP client, its own retries off.

        Raises: MissingPackageError: see `extra`.
        """
        raise NotImplementedError

    def build_model(self, client: SdkClient, *, model_name: str, dialect: ServerDialect) -> "Model":
        """Return pydantic-ai's model on a client of `open_client`, speaking the dialect."""
        raise NotImplementedError


def require_extra(kind: ProviderType) -> None:
    """Do nothing where a type has what it needs. Raises: MissingPackageError: the hint says what to install."""
    if kind.extra is not None and not kind.extra.is_installed:
        message = f"{kind.label} needs packages that are not installed here."
        raise MissingPackageError(message, hint=f"Install them and start Benchtop again: {kind.extra.install_command}")
