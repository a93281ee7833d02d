"""Certificates are verified: a publisher that cannot prove who it is gives nothing."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.jobs.conftest import Desk, Handler, Publisher


class Quiet(http.server.ThreadingHTTPServer):
    """A server that does not print that its client hung up."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing."""


@pytest.fixture
def unproven(tmp_path: Path) -> Iterator[str]:
    """The address of a publisher on loopback with a certificate that it wrote itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "publisher.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    publisher = Publisher(documents={"/kev.json": b"{}"})
    server = Quiet(("127.0.0.1", 0), type("Own", (Handler,), {"publisher": publisher}))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"https://localhost:{server.server_port}/kev.json"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_publisher_that_cannot_prove_who_it_is_gives_nothing(desk: Desk, unproven: str) -> None:
    done = desk.update(desk.add("kev", url=unproven))
    assert done.state.failure is not None
    assert "has a certificate that does not verify" in done.state.failure.message
    assert desk.waited == []
