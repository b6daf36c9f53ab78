"""Who asks. Every service method that changes or reveals something takes an actor first."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Actor(BaseModel):
    """A person, a program or Benchtop itself. `name` is what history shows."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["local", "system"]
    name: str


LOCAL_USER = Actor(kind="local", name="local user")
"""Whoever sits at this machine: the only user until access control comes."""

SYSTEM = Actor(kind="system", name="Benchtop")
"""Benchtop itself, for what it does at start and in the background."""
