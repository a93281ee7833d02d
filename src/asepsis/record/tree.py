"""The Merkle tree over the entries: one root for all of them, and short proofs that nothing was changed or taken away.

Source: RFC 9162 (Certificate Transparency 2.0), section 2.1.
"""

from __future__ import annotations

import hashlib


def leaf(data: bytes) -> bytes:
    """Return the 32 bytes of the hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the 32 bytes of the hash of the node over two."""
    return hashlib.sha256(b"\x01" + left + right).digest()
