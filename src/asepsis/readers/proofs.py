"""Proofs out of a ledger of any length: blocks of leaves that cannot change any more are hashed once and remembered.

A full block of 1,024 leaves is a whole subtree of the tree of RFC 9162, so a proof is made of one inside the block and one
over the blocks.
"""

from __future__ import annotations

from functools import lru_cache

from asepsis.record import tree
from asepsis.store import queries
from asepsis.store.going import founding_name
from asepsis.store.rows import select

BLOCK = 1_024
REMEMBERED = 4_096  # blocks: four million entries, 400 kB


def inclusion(position: int, size: int) -> list[bytes]:
    """Return the proof that the entry at `position` is in the tree of the first `size` entries, the lowest hash first.

    Raises `TreeSizeError` where there is no such entry, or fewer than `size` are here.

    Source: RFC 9162, 2.1.3.1.
    """
    if not 0 <= position < size <= queries.ledger().size:
        raise tree.TreeSizeError(asked=f"The leaf at position {position} of {size}", size=queries.ledger().size)
    block, place = divmod(position, BLOCK)
    leaves = _leaves(block * BLOCK, min((block + 1) * BLOCK, size))
    return tree.inclusion(leaves, place) + tree.inclusion(_roots(size), block)


def consistency(first: int, second: int) -> list[bytes]:
    """Return the proof that the tree of the first `second` entries goes on from that of the first `first`.

    Raises `TreeSizeError` unless 0 < first ≤ second ≤ how many there are.

    Source: RFC 9162, 2.1.4.1.
    """
    if not 0 < first <= second <= queries.ledger().size:
        raise tree.TreeSizeError(asked=f"A proof from {first} to {second} leaves", size=queries.ledger().size)
    proof: list[bytes] = []
    start, end, known = 0, second, True
    while first < end:
        middle = start + _split(end - start)
        if first <= middle:
            proof.append(_root(middle, end))
            end = middle
        else:
            proof.append(_root(start, middle))
            start, known = middle, False
    if not known:
        proof.append(_root(start, end))
    return proof[::-1]


def _root(start: int, end: int) -> bytes:
    """Return the root over the leaves from `start` up to `end`, where `start` begins a subtree of the tree."""
    if end - start <= BLOCK:
        return tree.root(_leaves(start, end))
    return tree.root(_roots(end)[start // BLOCK :])


def _roots(size: int) -> list[bytes]:
    """Return the root of each block of the first `size` leaves; the last one may be shorter."""
    ledger, full = (str(queries.home()), founding_name()), size // BLOCK
    roots = [_block(*ledger, number) for number in range(full)]
    return roots + ([tree.root(_leaves(full * BLOCK, size))] if size % BLOCK else [])


@lru_cache(maxsize=REMEMBERED)
def _block(home: str, founding: str, number: int) -> bytes:
    return tree.root(_leaves(number * BLOCK, (number + 1) * BLOCK))


def _leaves(start: int, end: int) -> list[bytes]:
    rows = select("SELECT name FROM store_entry WHERE position >= %s AND position < %s ORDER BY position", [start, end])
    return [bytes.fromhex(name) for (name,) in rows]


def _split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)
