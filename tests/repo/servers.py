"""Web servers on loopback: one that does as a script says, and a real nginx."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import os
import socket
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

NGINX = Path("/usr/sbin/nginx")


@dataclass(frozen=True)
class Asked:
    """A request that came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def user(self) -> str:
        """Who signed in: ``name:password``, or "" for nobody."""
        given = self.headers.get("authorization", "")
        return base64.b64decode(given.removeprefix("Basic ")).decode()


@dataclass(frozen=True)
class Answer:
    """What the server says.

    Attributes:
        body: The body.
        status: The HTTP status.
        headers: Headers beside Content-Length.
        sent: How many bytes of the body go out before the connection is closed;
            None is all.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: int | None = None


@dataclass
class Scripted:
    """A server that answers as a function says, and keeps the requests.

    Attributes:
        answer: Gives the answer to a request.
        url: Where it listens.
        asked: The requests so far.
    """

    answer: Callable[[Asked], Answer]
    url: str = ""
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def scripted(answer: Callable[[Asked], Answer]) -> Iterator[Scripted]:
    """Start such a server."""
    state = Scripted(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(length)
            asked = Asked(self.command, self.path, headers, body)
            state.asked.append(asked)
            answer = state.answer(asked)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body[: answer.sent])
            if answer.sent is not None:
                self.close_connection = True

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_one  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}
    )
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def nginx(
    folder: Path, state: Path, *, server: str = "", tls: str = ""
) -> Iterator[str]:
    """Serve a folder with nginx.

    Args:
        folder: What it serves.
        state: An empty folder for its own files.
        server: Further lines of its ``server`` block.
        tls: The lines that name its certificate; "" is plain HTTP.

    Yields:
        Its URL.
    """
    port = free_port()
    state.mkdir(parents=True, exist_ok=True)
    user = "user root;" if os.geteuid() == 0 else ""
    config = state / "nginx.conf"
    config.write_text(f"""
{user} daemon off; master_process off; pid {state}/pid; error_log {state}/error.log;
events {{ }}
http {{
  access_log {state}/access.log combined;
  client_body_temp_path {state}/b; proxy_temp_path {state}/p;
  fastcgi_temp_path {state}/f; uwsgi_temp_path {state}/u; scgi_temp_path {state}/s;
  types {{ text/yaml yaml; application/gzip tgz; }}
  gzip on; gzip_types text/yaml;
  server {{
    listen 127.0.0.1:{port} {"ssl" if tls else ""};
    {tls}
    root {folder};
    {server}
  }}
}}
""")
    process = subprocess.Popen(
        [NGINX, "-c", config, "-p", state],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port, process)
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until somebody listens."""
    for _ in range(500):
        with (
            suppress(ConnectionRefusedError),
            socket.create_connection(("127.0.0.1", port)),
        ):
            return
        assert process.poll() is None, "nginx does not start"
        time.sleep(0.01)
    raise AssertionError("nginx does not listen")


def certificates(folder: Path) -> tuple[Path, Path, Path]:
    """Make an authority, and a certificate of 127.0.0.1.

    Returns:
        The paths of the authority, the certificate and its key.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    def named(name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

    now = dt.datetime.now(dt.UTC)
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = named("Test authority")

    def signed(
        subject: x509.Name, public: ec.EllipticCurvePublicKey, *, ca: bool
    ) -> bytes:
        address = x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(
                x509.BasicConstraints(ca=ca, path_length=None), critical=True
            )
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .sign(ca_key, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM)

    paths = folder / "ca.pem", folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(signed(issuer, ca_key.public_key(), ca=True))
    paths[1].write_bytes(signed(named("127.0.0.1"), key.public_key(), ca=False))
    paths[2].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths
