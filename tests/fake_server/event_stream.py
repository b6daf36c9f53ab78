"""Writes AWS's binary stream of events, of which botocore only reads."""

import json
import struct
from zlib import crc32

from tests.fake_server.schema_values import Json

_STRING = 7


def make_message(event: str, payload: Json, *, kind: str = "event") -> bytes:
    """Return one message: lengths and their checksum, headers, payload, and the checksum of it all."""
    headers = {f":{kind}-type": event, ":content-type": "application/json", ":message-type": kind}
    head = b"".join(_write_header(name, value) for name, value in headers.items())
    body = json.dumps(payload).encode()
    lengths = struct.pack("!II", len(head) + len(body) + 16, len(head))
    message = lengths + struct.pack("!I", crc32(lengths)) + head + body
    return message + struct.pack("!I", crc32(message))


def _write_header(name: str, value: str) -> bytes:
    return struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", _STRING, len(value)) + value.encode()
