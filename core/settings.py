"""Every setting, read from the environment once. The table in the README lists the same names."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from core.errors import Detail, InvalidInputError
from core.providers.allowances import read_allowance

PROJECT_FOLDER = Path(__file__).resolve().parent.parent


_YES_OR_NO = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


def _check_allowed(entry: str) -> str:
    read_allowance(entry)
    return entry


AllowedAddress = Annotated[str, AfterValidator(_check_allowed)]


class Settings(BaseModel):
    """How this process was asked to run."""

    model_config = ConfigDict(frozen=True)

    database_url: SecretStr | None = None
    """None: the bundled PostgreSQL runs in `data_dir`."""
    encryption_key: SecretStr | None = None
    """Comma list of Fernet keys; the first one seals. None: a key file in `data_dir`, for the bundled database only."""
    data_dir: Path = PROJECT_FOLDER / ".benchtop"
    seed_examples: bool = True
    allow_private_addresses: bool | None = None
    """Whether providers may live on loopback and private networks, as a local Ollama does. None: only where the
    bundled database is used, so where Benchtop is a tool on one's own machine."""
    allowed_addresses: tuple[AllowedAddress, ...] = ()
    """Private addresses that providers may live at when not all are allowed: "ollama.lan:11434", "10.1.0.0/16"."""
    max_concurrent_runs: int = Field(default=64, ge=1, le=1000)
    run_timeout_seconds: float = Field(default=300, gt=0, le=86_400)
    request_timeout_seconds: float = Field(default=120, gt=0, le=86_400)
    keep_content_days: float | None = Field(default=None, gt=0, le=36_500)
    """How many days after a run's end its input, requests and answers are kept. None: for ever. The figures stay."""
    names_proxy: bool = False
    """Whether the environment asks for a proxy. Calls of providers use none; a check that fails says so."""
    allowed_hosts: tuple[str, ...] = ()
    """Host names besides localhost under which the pages may be opened."""

    @property
    def uses_bundled_database(self) -> bool:
        return self.database_url is None

    @property
    def allows_private_addresses(self) -> bool:
        """Whether every private address may be called."""
        return self.uses_bundled_database if self.allow_private_addresses is None else self.allow_private_addresses

    @property
    def key_file(self) -> Path:
        return self.data_dir / "encryption.key"


_VARIABLES = {
    "DATABASE_URL": "database_url",
    "ENCRYPTION_KEY": "encryption_key",
    "BENCHTOP_DATA_DIR": "data_dir",
    "BENCHTOP_EXAMPLES": "seed_examples",
    "BENCHTOP_ALLOW_PRIVATE_ADDRESSES": "allow_private_addresses",
    "BENCHTOP_MAX_RUNS": "max_concurrent_runs",
    "BENCHTOP_RUN_TIMEOUT": "run_timeout_seconds",
    "BENCHTOP_REQUEST_TIMEOUT": "request_timeout_seconds",
    "BENCHTOP_KEEP_CONTENT_DAYS": "keep_content_days",
    "BENCHTOP_ALLOWED_HOSTS": "allowed_hosts",
}
_PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment; an empty variable counts as unset.

    Raises: InvalidInputError: a value cannot be used; `details` name the variables.
    """
    source = os.environ if environment is None else environment
    given: dict[str, object] = {
        field: source[variable].strip() for variable, field in _VARIABLES.items() if source.get(variable, "").strip()
    }
    given["names_proxy"] = any(source.get(name, "").strip() for name in _PROXY_VARIABLES)
    if "allowed_hosts" in given:
        given["allowed_hosts"] = _split(given["allowed_hosts"])
    private = str(given.get("allow_private_addresses", "")).lower()
    if private and private not in _YES_OR_NO:
        given |= {"allow_private_addresses": False, "allowed_addresses": _split(private)}
    try:
        if "data_dir" in given:
            given["data_dir"] = Path(str(given["data_dir"])).expanduser().absolute()
    except RuntimeError as error:
        problem = Detail(place="BENCHTOP_DATA_DIR", message="The home folder it names is not known.")
        raise InvalidInputError("A setting cannot be used.", details=[problem]) from error
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise InvalidInputError("A setting cannot be used.", details=_name_variables(error)) from error


def _split(text: object) -> list[str]:
    return [entry.strip() for entry in str(text).split(",") if entry.strip()]


def _name_variables(error: ValidationError) -> list[Detail]:
    variables = {field: variable for variable, field in _VARIABLES.items()}
    variables["allowed_addresses"] = variables["allow_private_addresses"]
    return [
        Detail(
            place=variables.get(str(problem["loc"][0]), str(problem["loc"][0])),
            message=problem["msg"].removeprefix("Value error, "),
        )
        for problem in error.errors(include_input=False, include_url=False)
    ]
