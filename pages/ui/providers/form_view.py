"""What the parts of the provider's form are drawn from."""

from dataclasses import dataclass

from core.errors import DashboardError
from core.providers.records import ProviderRecord
from core.providers.types import find_type
from core.providers.types.base import KeyUse, OptionField, Preset, ProviderType

FORM = "provider"
"""What the keys of the form's widgets begin with."""


@dataclass(frozen=True)
class FormView:
    """The chosen type and preset, the provider that is edited (None: a new one), and what the last save met."""

    kind: ProviderType
    preset: Preset | None
    record: ProviderRecord | None
    error: DashboardError | None

    @property
    def key_use(self) -> KeyUse:
        return self.kind.key if self.preset is None else self.preset.key

    @property
    def has_key(self) -> bool:
        return self.record is not None and self.record.has_key

    @property
    def usual_address(self) -> str:
        """Where such a server is when no address is given; blank: one must be."""
        is_same = self.record is not None and self.record.type == self.kind.name
        options = self.record.options if self.record is not None and is_same else {}
        return self.kind.find_base_url(options, preset="" if self.preset is None else self.preset.name)

    @property
    def own_address(self) -> str:
        """The stored address, blank where it is the usual one: a field left blank follows type, preset and options."""
        if self.record is None:
            return ""
        usual = find_type(self.record.type).find_base_url(self.record.options, preset=self.record.preset)
        return "" if self.record.base_url == usual else self.record.base_url

    def read_option(self, name: str) -> str:
        return "" if self.record is None else self.record.options.get(name, "")

    def is_stored(self, field: OptionField) -> bool:
        """Say whether something is stored for one of the type's fields."""
        if self.record is None or self.record.type != self.kind.name:
            return False
        return field.name in (self.record.secret_names if field.is_secret else self.record.options)

    def is_refused(self, *fields: str) -> bool:
        """Say whether the last save met something at one of these fields."""
        return self.error is not None and any(detail.place in fields for detail in self.error.details)


def field_key(field: OptionField) -> str:
    """Return where a type's field stands in the form, and where its errors are."""
    return f"{'secrets' if field.is_secret else 'options'}.{field.name}"


def list_places(view: FormView) -> frozenset[str]:
    """Return the fields of the form that show their errors themselves."""
    places = {"name", "prices", "request_timeout_seconds", *(f"limits.{name}" for name in LIMITS)}
    if view.kind.has_address:
        places |= {"base_url", "connect_timeout_seconds"}
    if view.kind.key is not KeyUse.NONE:
        places |= {"api_key"}
    if has_headers(view.kind):
        places |= {"headers"}
    return frozenset(places | {field_key(field) for field in view.kind.fields})


LIMITS = ("requests_per_minute", "tokens_per_minute", "max_concurrency")


def has_headers(kind: ProviderType) -> bool:
    """Say whether headers of its owner's go out with requests to such a provider."""
    return kind.has_address and kind.key is not KeyUse.NONE
