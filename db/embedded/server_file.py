"""server.json: what an app must know to use the server of a data folder."""

import secrets
import socket
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from db.embedded.files import replace_private

HOST = "127.0.0.1"
APP_ROLE = "benchtop"
ADMIN_ROLE = "benchtop_admin"
DATABASE = "benchtop"

# Below the ports systems hand out to outgoing connections, so that the remembered one stays free.
_FIRST_PORT, _LAST_PORT = 20_000, 31_999


class ServerFile(BaseModel):
    """`cluster` is relative to the data folder, or absolute when it had to go elsewhere."""

    model_config = ConfigDict(frozen=True)

    port: int = Field(ge=1, le=65_535)
    cluster: str
    password: str = Field(repr=False)
    admin_password: str = Field(repr=False)

    @property
    def url(self) -> str:
        """The address for SQLAlchemy, as the app's role; a stranger on the port cannot ask for the bare password."""
        address = f"{APP_ROLE}:{self.password}@{HOST}:{self.port}/{DATABASE}"
        return f"postgresql+psycopg://{address}?require_auth=scram-sha-256"


def make_server_file(*, data_dir: Path, cluster: Path) -> ServerFile:
    """Return new passwords (32 random bytes each) and a port that is free now."""
    inside = cluster.is_relative_to(data_dir)
    return ServerFile(
        port=find_free_port(),
        cluster=str(cluster.relative_to(data_dir) if inside else cluster),
        password=secrets.token_urlsafe(32),
        admin_password=secrets.token_urlsafe(32),
    )


def server_file_path(data_dir: Path) -> Path:
    """Return where the file lies."""
    return data_dir / "server.json"


def read_server_file(data_dir: Path) -> ServerFile | None:
    """Return the file as it is now; None when it is missing or damaged."""
    try:
        return ServerFile.model_validate_json(server_file_path(data_dir).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def write_server_file(data_dir: Path, server: ServerFile) -> None:
    """Store the file, readable by its owner only."""
    replace_private(server_file_path(data_dir), server.model_dump_json(indent=2) + "\n")


def find_free_port() -> int:
    """Return a random free port. Raises: OSError: a thousand tries found none."""
    for _ in range(1000):
        port = _FIRST_PORT + secrets.randbelow(_LAST_PORT - _FIRST_PORT + 1)
        if is_port_free(port):
            return port
    raise OSError("no free port on 127.0.0.1")


def is_port_free(port: int) -> bool:
    """Say whether a server could listen there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As PostgreSQL does: the remains of a crashed server's connections (TIME_WAIT) do not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
