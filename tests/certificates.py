"""Keys with certificates that they signed themselves, for servers on loopback."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Key:
    """A private key as PEM, and its certificate as DER and PEM."""

    pem: bytes
    der: bytes
    certificate: bytes


def draw(days: int = 30, bits: int = 2048) -> Key:
    """Draw a key, and certify it for the name localhost until so many days from now (less than 0: it is over)."""
    key, now = rsa.generate_private_key(65537, bits), datetime.now(UTC).replace(tzinfo=None)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    built = built.not_valid_before(now - timedelta(days=400)).not_valid_after(now + timedelta(days=days))
    built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    found = built.sign(key, hashes.SHA256())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return Key(pem, found.public_bytes(serialization.Encoding.DER), found.public_bytes(serialization.Encoding.PEM))
