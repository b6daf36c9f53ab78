"""The bundled PostgreSQL: a real server under the data folder, for when DATABASE_URL is unset.

What lies in the data folder:

server.json   port, passwords and the place of the cluster (0600)
start.lock    held while one app starts or stops the server
users.lock    held, shared, by every app that uses the server
server.log    what the server said before its own log began
pg18/         the cluster, named by major version, with its logs in pg18/log
"""

from db.embedded.launcher import EmbeddedPostgres

__all__ = ["EmbeddedPostgres"]
