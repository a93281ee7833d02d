"""The way to another server: whether what goes over it is read by nobody else."""

from __future__ import annotations

from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def protected(address: str) -> bool:
    """Return whether what goes to an address is read by nobody on the way: https, or this very machine."""
    parts = urlsplit(address)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))
