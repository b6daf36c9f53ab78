"""The part of a copied Python file that says where the model is and how it is reached; no secret is in it."""

import re
from typing import Final

from core.providers.copied_code import CopiedCode
from core.providers.dialects import ServerDialect
from core.providers.records import ProviderRecord
from core.providers.types import find_type
from core.tasks.python_code.python_text import quote

_ANY_KEY: Final = "MODEL_API_KEY"
_BUILTIN_NOTE: Final = (
    "# Benchtop starts its built-in model itself: name any OpenAI-compatible server with such a model."
)


class CopiedAccess:
    """What a file says of one provider, spoken to in one dialect."""

    def __init__(self, provider: ProviderRecord, dialect: ServerDialect) -> None:
        self._provider = provider
        self._kind = find_type(provider.type)
        self.code: CopiedCode = self._kind.copy_code(
            base_url=provider.base_url,
            dialect=dialect,
            options=provider.options,
            secret_names=provider.secret_names,
        )

    @property
    def key_variable(self) -> str:
        """The variable that must hold the key; "" where none is needed."""
        if not self._kind.has_address:
            return ""
        # A vendor of its own always wants a key, whatever is stored.
        return self.code.key_variable if self._provider.has_key or self.code.key_variable != _ANY_KEY else ""

    @property
    def needed_variables(self) -> dict[str, str]:
        """What must be set before the file asks: the variable of the environment, by the constant that holds it."""
        needed = {"API_KEY": self.key_variable} if self.key_variable else {}
        return needed | dict(self.code.secrets)

    @property
    def header_variables(self) -> dict[str, str]:
        """The variables that hold the values of the extra headers, by the header's name."""
        return {name: f"MODEL_HEADER_{re.sub('[^A-Z0-9]', '_', name.upper())}" for name in self._provider.header_names}

    def write_constants(self) -> list[str]:
        """Return the lines for address, key, headers and what else the provider needs."""
        lines = self._write_address()
        lines += [f"{name} = {quote(value)}" for name, value in self.code.constants.items()]
        lines += [_read(name, variable, "") for name, variable in self.code.secrets.items()]
        if self.header_variables:
            headers = [f"    {quote(name)}: {_ask(held, '')},\n" for name, held in self.header_variables.items()]
            lines.append("HEADERS = {\n" + "".join(headers) + "}")
        return lines

    def write_checks(self) -> str:
        """Return the lines that end the file where something is not set."""
        if not self._kind.has_address:
            return '    if not BASE_URL:\n        sys.exit("Set MODEL_BASE_URL to the address of a server, like http://…/v1.")\n'
        name, key = self._provider.name, self.key_variable
        lines = []
        for constant, variable in self.needed_variables.items():
            what = "the key" if variable == key else "that secret"
            lines.append((constant, f"Set {variable} to {what} of “{name}”."))
        if self.header_variables:
            listed = ", ".join(self.header_variables.values())
            lines.append(("all(HEADERS.values())", f"Set the extra headers of “{name}”: {listed}."))
        return "".join(f"    if not {told}:\n        sys.exit({quote(said)})\n" for told, said in lines)

    def _write_address(self) -> list[str]:
        if not self._kind.has_address:
            return [_BUILTIN_NOTE, _read("BASE_URL", "MODEL_BASE_URL", ""), _read("API_KEY", _ANY_KEY, "no-key")]
        key = _read("API_KEY", self.key_variable, "") if self.key_variable else 'API_KEY = "no-key"'
        return [f"BASE_URL = {quote(_without_secrets(self.code.base_url))}", key]


def _read(constant: str, variable: str, default: str) -> str:
    return f"{constant} = {_ask(variable, default)}"


def _ask(variable: str, default: str) -> str:
    return f'os.environ.get("{variable}", "{default}")'


def _without_secrets(url: str) -> str:
    """Return an address without a user, a query and a fragment; such are refused today, but were not always."""
    scheme, _, rest = url.partition("://")
    rest = rest.partition("#")[0].partition("?")[0]
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
