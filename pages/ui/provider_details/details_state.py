"""What the drawer of a provider remembers while it is open."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.errors import DashboardError


@dataclass
class DetailsState:
    """`error` is what the last act met, `place` the part of the drawer it was pressed in. `said` is what it did.

    `probed_model` is the model of the probe that was started here last, at `probed_at`; None: none was.
    """

    provider_id: uuid.UUID | None = None
    error: DashboardError | None = None
    place: str = ""
    said: str = ""
    probed_model: str = ""
    probed_at: datetime | None = None

    def show(self, provider_id: uuid.UUID | None) -> None:
        """Forget what was said of another provider, or before the drawer was closed, which is None."""
        if provider_id != self.provider_id:
            self.provider_id, self.error, self.place, self.said = provider_id, None, "", ""
            self.probed_model, self.probed_at = "", None

    def attempt(self, place: str, act: Callable[[], object], *, said: str = "") -> None:
        """Do what was pressed, and remember what it met; `said` is shown when it met nothing."""
        self.error, self.place, self.said = None, place, ""
        try:
            act()
            self.said = said
        except DashboardError as error:
            self.error = error
