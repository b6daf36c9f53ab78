"""A server for tests that answers each path with what it is told, over http or https."""

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Page:
    """One answer."""

    body: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a handshake that fails is what some tests are about."""


@contextmanager
def serving(
    pages: Mapping[str, Page] | None = None, *, other: Page | None = None, tls: ssl.SSLContext | None = None
) -> Iterator["Scripted"]:
    """Serve the pages by path, and `other` (a 404) anywhere else."""
    scripted = Scripted(dict(pages or {}), other or Page('{"detail": "Not Found"}', 404))
    server = _Server(("127.0.0.1", 0), _build_handler(scripted))
    if tls is not None:
        # The handshake is the handler's: here it would keep others from being let in.
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    scripted.origin = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=lambda: server.serve_forever(0.01), daemon=True)
    thread.start()
    try:
        yield scripted
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Scripted:
    """What a server answers, and what it was asked."""

    pages: dict[str, Page]
    other: Page
    origin: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Each path with the headers of the request, their names in lower case."""

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


def _build_handler(scripted: Scripted) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            scripted.asked.append((path, {name.lower(): value for name, value in self.headers.items()}))
            page = scripted.pages.get(path, scripted.other)
            body = page.body.encode()
            self.send_response_only(page.status)
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


@dataclass(frozen=True)
class Certificate:
    """Made for a test: what a server shows, and who signed it."""

    server: ssl.SSLContext
    trusting: ssl.SSLContext
    """For a client that trusts the signer."""


def make_certificate(folder: Path, *, days: int = 1, host: str = "127.0.0.1") -> Certificate:
    """Return a certificate for a host, signed by an authority of its own. Negative days: it has ended so long ago."""
    now = datetime.datetime.now(datetime.UTC)
    ends = now + datetime.timedelta(days=days)
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _name("An authority")
    signed_authority = (
        _build(authority, authority, authority_key, now - datetime.timedelta(days=9), now + datetime.timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
    signed = (
        _build(_name("A server"), authority, key, ends - datetime.timedelta(days=2), ends)
        .add_extension(names, critical=False)
        .add_extension(issuer, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    path = folder / f"{days}-{host}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    pem = signed_authority.public_bytes(serialization.Encoding.PEM).decode()
    return Certificate(server, ssl.create_default_context(cadata=pem))


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _build(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    begins: datetime.datetime,
    ends: datetime.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
