"""Updates are taken only whole, signed by the maker, and newer than what is installed."""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def parts(version: str) -> tuple[int, ...]:
    """Return a version as numbers."""
    return tuple(int(part) for part in version.split("."))


def refusal(manifest: bytes, signature: bytes, package: bytes, installed: str, key: bytes) -> str | None:
    """Return why an update is refused; `None` where it may be installed.

    The manifest says version and SHA-256 of the package in its first line.
    """
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, manifest)
    except InvalidSignature:
        return "the signature is not the maker's"
    version, digest = manifest.decode("ascii").split("\n")[0].split(" ")
    if hashlib.sha256(package).hexdigest() != digest:
        return "the package is another than the signed one"
    if parts(version) <= parts(installed):
        return "it is not newer than what is installed"
    return None
