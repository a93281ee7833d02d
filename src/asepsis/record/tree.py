"""The Merkle tree over the entries: one root for all of them, and short proofs that nothing was changed or taken away.

All hashes are SHA-256, as 32 bytes; a leaf hash is what `leaf` returns, so that a leaf whose bytes are elsewhere or
withheld can stand in the tree as well.

Source: RFC 9162 (Certificate Transparency 2.0), section 2.1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from asepsis.errors import InputError, RefusedError
from asepsis.sentences import Sentence

EMPTY: Final = hashlib.sha256(b"").digest()
"""The root of the tree without leaves."""

_HASH_BYTES: Final = 32


class TreeSizeError(InputError):
    """A place was asked for that a tree does not have."""

    code = "tree-size"
    sentence = Sentence(
        "{asked} was asked for, and the tree has {size} leaves.", next="Ask for a place that the tree has."
    )


class PeaksError(InputError):
    """Kept peaks are not those of a tree of the size that was kept with them."""

    code = "tree-peaks"
    sentence = Sentence(
        "{found} do not make the peaks of a tree of {size} leaves; {expected} hashes do.",
        next="Build them again from the entries.",
    )


class ProofError(RefusedError):
    """A proof does not show what it should."""


class InclusionError(ProofError):
    """A proof does not lead from a leaf to a root."""

    code = "tree-inclusion"
    sentence = Sentence(
        "The proof does not show that the leaf at position {index} is in the tree of {size} leaves: {reason}.",
        next="Ask for the proof again; where it stays like this, the entry is not in that ledger at that place.",
    )


class ConsistencyError(ProofError):
    """A proof does not lead from the root of an earlier tree to that of a later one."""

    code = "tree-consistency"
    sentence = Sentence(
        "The proof does not show that the tree of {second} leaves goes on from that of {first}: {reason}.",
        next="Ask for the proof again; where it stays like this, one of the two ledgers was rewritten.",
    )


def leaf(data: bytes) -> bytes:
    """Return the hash of a leaf, which is SHA-256 of 0x00 and its bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node over two hashes, which is SHA-256 of 0x01 and both."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root of the tree over leaf hashes, in order; a million of them take about half a second."""
    level = list(leaf_hashes)
    if not level:
        return EMPTY
    sha256 = hashlib.sha256
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        pairs = iter(level)
        level = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)] + odd
    return level[0]


class Frontier:
    """A tree that grows by leaves at its end and keeps only its peaks: the roots of its perfect subtrees.

    `size` and `peaks` are all that a next commit needs to know of the tree before it.
    """

    __slots__ = ("_peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self._peaks = list(peaks)
        if size < 0 or len(self._peaks) != size.bit_count() or any(len(one) != _HASH_BYTES for one in self._peaks):
            raise PeaksError(found=self.hex_peaks(), size=size, expected=max(size, 0).bit_count())

    @classmethod
    def of(cls, size: int, hex_peaks: Iterable[str]) -> Frontier:
        """Return the frontier of which `size` and `hex_peaks` were kept. Raises `PeaksError` where they do not fit."""
        kept = list(hex_peaks)
        try:
            return cls(size, map(bytes.fromhex, kept))
        except ValueError as error:
            raise PeaksError(found=kept, size=size, expected=size.bit_count()) from error

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """Return the roots of the perfect subtrees, the largest first: as many as `size` has binary ones."""
        return tuple(self._peaks)

    def hex_peaks(self) -> list[str]:
        """Return the peaks as hexadecimal texts, to be kept beside `size`."""
        return [one.hex() for one in self._peaks]

    def append(self, leaf_hash: bytes) -> None:
        """Add one leaf at the end."""
        self.extend((leaf_hash,))

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Add leaves at the end, in order: level by level, each node that finds no other beside it is a peak."""
        sha256, level, rest, lone = hashlib.sha256, list(leaf_hashes), self.size, list[bytes]()
        self.size += len(level)
        while level:
            if rest & 1:
                level.insert(0, self._peaks.pop())
            if len(level) % 2:
                lone.append(level.pop())
            pairs = iter(level)
            level = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
            rest >>= 1
        self._peaks += reversed(lone)

    def root(self) -> bytes:
        """Return the root of the tree as it is now."""
        if not self._peaks:
            return EMPTY
        *larger, whole = self._peaks
        for peak in reversed(larger):
            whole = node(peak, whole)
        return whole


def inclusion(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Return the proof that the leaf at `index` (from 0) is in the tree over `leaf_hashes`, the lowest hash first.

    Raises `TreeSizeError` where the tree has no such leaf.

    Source: RFC 9162, 2.1.3.1.
    """
    if not 0 <= index < len(leaf_hashes):
        raise TreeSizeError(asked=f"The leaf at position {index}", size=len(leaf_hashes))
    proof: list[bytes] = []
    start, end = 0, len(leaf_hashes)
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(root(leaf_hashes[middle:end]))
            end = middle
        else:
            proof.append(root(leaf_hashes[start:middle]))
            start = middle
    return proof[::-1]


def consistency(leaf_hashes: Sequence[bytes], first: int, second: int) -> list[bytes]:
    """Return the proof that the tree over the first `second` leaves goes on from that over the first `first`.

    It is empty where both are the same tree. Raises `TreeSizeError` unless 0 < first ≤ second ≤ number of leaves.

    Source: RFC 9162, 2.1.4.1.
    """
    if not 0 < first <= second <= len(leaf_hashes):
        raise TreeSizeError(asked=f"A proof from {first} to {second} leaves", size=len(leaf_hashes))
    proof: list[bytes] = []
    start, end, known = 0, second, True
    while first < end:
        middle = start + _split(end - start)
        if first <= middle:
            proof.append(root(leaf_hashes[middle:end]))
            end = middle
        else:
            proof.append(root(leaf_hashes[start:middle]))
            start, known = middle, False
    if not known:
        proof.append(root(leaf_hashes[start:end]))
    return proof[::-1]


def verify_inclusion(leaf_hash: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Pass if `proof` shows that `leaf_hash` stands at `index` (from 0) of the tree of `size` leaves with this root.

    Raises `InclusionError` otherwise.

    Source: RFC 9162, 2.1.3.2; the numbers in the comments are its steps.
    """

    def unproven(reason: str) -> InclusionError:
        return InclusionError(index=index, size=size, reason=reason)

    if not 0 <= index < size:  # 1
        raise unproven("the tree has no such place")
    if any(len(one) != _HASH_BYTES for one in (leaf_hash, root, *proof)):
        raise unproven("not every hash has 32 bytes")
    place, last, found = index, size - 1, leaf_hash  # 2, 3
    for one in proof:  # 4
        if last == 0:
            raise unproven("it is too long")
        if place & 1 or place == last:
            found = node(one, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node(found, one)
        place, last = place >> 1, last >> 1
    if last:  # 5
        raise unproven("it is too short")
    if found != root:
        raise unproven("it leads to another root")


def verify_consistency(
    *, first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes
) -> None:
    """Pass if `proof` shows that the tree of `second` leaves holds that of `first` leaves unchanged at its beginning.

    Raises `ConsistencyError` otherwise; also where `first` is 0 and `second` is not: nothing is there to go on from.

    Source: RFC 9162, 2.1.4.2; the numbers in the comments are its steps.
    """

    def unproven(reason: str) -> ConsistencyError:
        return ConsistencyError(first=first, second=second, reason=reason)

    if any(len(one) != _HASH_BYTES for one in (first_root, second_root, *proof)):
        raise unproven("not every hash has 32 bytes")
    if first == second >= 0:
        if proof:
            raise unproven("two trees of one size need none")
        if first_root != second_root or (first == 0 and first_root != EMPTY):
            raise unproven("the roots differ")
        return
    if not 0 < first < second:
        raise unproven("the earlier tree is empty or larger")
    if not proof:  # 1
        raise unproven("it is too short")
    hashes = [first_root, *proof] if first.bit_count() == 1 else list(proof)  # 2
    place, last = first - 1, second - 1  # 3
    while place & 1:  # 4
        place, last = place >> 1, last >> 1
    old = new = hashes[0]  # 5
    for one in hashes[1:]:  # 6
        if last == 0:
            raise unproven("it is too long")
        if place & 1 or place == last:
            old, new = node(one, old), node(one, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node(new, one)
        place, last = place >> 1, last >> 1
    if last:  # 7
        raise unproven("it is too short")
    if old != first_root:
        raise unproven("it leads to another earlier root")
    if new != second_root:
        raise unproven("it leads to another later root")


def _split(size: int) -> int:
    """Return how many of `size` leaves stand on the left: the largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
