from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.record import tree
from asepsis.record.tree import (
    EMPTY,
    ConsistencyError,
    Frontier,
    InclusionError,
    PeaksError,
    ProofError,
    TreeSizeError,
    leaf,
    verify_consistency,
    verify_inclusion,
)

SUITE = Path(__file__).parents[2].parent / "shared/data/suites/merkle-transparency/testdata"

LEAVES = [leaf(bytes([number])) for number in range(70)]
SIZES = st.integers(1, len(LEAVES))
# The leaves and the roots of the trees of 1 to 8 of them, as Certificate Transparency's own tests have them.
KNOWN_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
KNOWN_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


# The definitions of RFC 9162, 2.1.1, 2.1.3.1 and 2.1.4.1, word for word.


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def split(size: int) -> int:
    return max(1 << power for power in range(size.bit_length()) if 1 << power < size)


def mth(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return sha(b"\x01" + mth(leaves[:k]) + mth(leaves[k:]))


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], complete: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if complete else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], complete), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


# Roots


def test_leaves_and_nodes_are_hashed_apart() -> None:
    assert leaf(b"ab") == sha(b"\x00ab")
    assert tree.node(b"a", b"b") == sha(b"\x01ab")
    assert tree.root([]) == EMPTY == Frontier().root() == sha(b"")


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_of_certificate_transparency_are_found(size: int) -> None:
    leaves = [leaf(bytes.fromhex(text)) for text in KNOWN_LEAVES[:size]]
    frontier = Frontier()
    frontier.extend(leaves)
    assert tree.root(leaves).hex() == frontier.root().hex() == KNOWN_ROOTS[size - 1]


@pytest.mark.parametrize("size", range(len(LEAVES) + 1))
def test_root_and_frontier_are_what_the_definition_gives(size: int) -> None:
    frontier = Frontier()
    for one in LEAVES[:size]:
        frontier.append(one)
    assert tree.root(iter(LEAVES[:size])) == frontier.root() == mth(LEAVES[:size])


@given(st.lists(st.sampled_from(LEAVES), max_size=40), st.integers(0, 40))
def test_a_frontier_goes_on_from_what_was_kept_of_it(leaves: list[bytes], cut: int) -> None:
    frontier = Frontier()
    frontier.extend(leaves[:cut])
    kept = frontier.size, json.loads(json.dumps(frontier.hex_peaks()))
    again = Frontier.of(*kept)
    assert again.peaks == frontier.peaks
    again.extend(leaves[cut:])
    assert (again.size, again.root()) == (len(leaves), mth(leaves))


@pytest.mark.parametrize(
    ("size", "peaks"),
    [(0, ["00" * 32]), (1, []), (2, ["00" * 32] * 2), (3, ["00" * 32]), (1, ["00" * 31]), (1, ["xy" * 32]), (-1, [])],
)
def test_peaks_that_do_not_fit_their_size_are_refused(size: int, peaks: list[str]) -> None:
    with pytest.raises(PeaksError, match=f"the peaks of a tree of {size} leaves"):
        Frontier.of(size, peaks)


@given(SIZES, st.data())
def test_another_leaf_anywhere_gives_another_root(size: int, data: Any) -> None:
    leaves = LEAVES[:size]
    leaves[data.draw(st.integers(0, size - 1))] = leaf(b"forged")
    assert tree.root(leaves) != tree.root(LEAVES[:size])


# Proofs


@given(SIZES, st.data())
def test_an_inclusion_is_proven_as_defined_and_verified(size: int, data: Any) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = tree.inclusion(LEAVES[:size], index)
    assert proof == path(index, LEAVES[:size])
    verify_inclusion(LEAVES[index], index=index, size=size, proof=proof, root=mth(LEAVES[:size]))


@given(SIZES, SIZES)
def test_a_continuation_is_proven_as_defined_and_verified(one: int, other: int) -> None:
    first, second = sorted((one, other))
    proof = tree.consistency(LEAVES, first, second)
    assert proof == subproof(first, LEAVES[:second], True)
    roots = {"first_root": mth(LEAVES[:first]), "second_root": mth(LEAVES[:second])}
    verify_consistency(first=first, second=second, proof=proof, **roots)


@given(SIZES, st.data())
def test_a_proof_shows_no_other_leaf_place_or_root(size: int, data: Any) -> None:
    index, other = data.draw(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)))
    leaves = LEAVES[:size]
    proof, root = tree.inclusion(leaves, index), tree.root(leaves)
    claims: list[tuple[bytes, int, int, list[bytes], bytes]] = [
        (leaf(b"forged"), index, size, proof, root),
        (leaves[index], index, size, proof, tree.root(LEAVES[: size - 1])),
        (leaves[index], index, size, [*proof, root], root),
        (leaves[index], size, size, proof, root),
        (leaves[index], -1, size, proof, root),
        (leaves[index][:31], index, size, proof, root),
    ]
    if other != index:
        claims += [(leaves[other], index, size, proof, root), (leaves[index], other, size, proof, root)]
    claims += [(leaves[index], index, size, proof[:n] + proof[n + 1 :], root) for n in range(len(proof))]
    claims += [(leaves[index], index, size, [*proof[:n], EMPTY, *proof[n + 1 :]], root) for n in range(len(proof))]
    for hashed, place, total, steps, top in claims:
        with pytest.raises(InclusionError):
            verify_inclusion(hashed, index=place, size=total, proof=steps, root=top)


@given(SIZES, SIZES, st.data())
def test_no_rewritten_tree_is_proven_to_go_on(one: int, other: int, data: Any) -> None:
    first, second = sorted((one, other))
    changed = data.draw(st.integers(0, first - 1))
    rewritten = [*LEAVES[:changed], leaf(b"forged"), *LEAVES[changed + 1 :]]
    with pytest.raises(ConsistencyError):
        verify_consistency(
            first=first,
            second=second,
            proof=tree.consistency(rewritten, first, second),
            first_root=tree.root(LEAVES[:first]),
            second_root=tree.root(rewritten[:second]),
        )


def test_bytes_may_not_move_from_one_hash_to_its_neighbour() -> None:
    left, right = LEAVES[:2]
    with pytest.raises(InclusionError, match="not every hash has 32 bytes"):
        verify_inclusion(left + right[:1], index=0, size=2, proof=[right[1:]], root=tree.root([left, right]))


def test_a_proof_may_not_go_on_above_the_root() -> None:
    # Each of these roots is what such a proof would lead to, so that only its length gives it away.
    with pytest.raises(InclusionError, match="too long"):
        verify_inclusion(LEAVES[0], index=0, size=1, proof=[EMPTY], root=tree.node(EMPTY, LEAVES[0]))
    first, second = (tree.node(EMPTY, tree.root(LEAVES[:size])) for size in (3, 4))
    proof = [*tree.consistency(LEAVES, 3, 4), EMPTY]
    with pytest.raises(ConsistencyError, match="too long"):
        verify_consistency(first=3, second=4, proof=proof, first_root=first, second_root=second)


def test_two_empty_trees_have_the_one_root_that_an_empty_tree_has() -> None:
    verify_consistency(first=0, second=0, proof=[], first_root=EMPTY, second_root=EMPTY)
    with pytest.raises(ConsistencyError, match="the roots differ"):
        verify_consistency(first=0, second=0, proof=[], first_root=LEAVES[0], second_root=LEAVES[0])


def test_places_that_a_tree_does_not_have_are_refused() -> None:
    for index in (-1, 3):
        with pytest.raises(TreeSizeError, match=f"position {index} was asked for, and the tree has 3 leaves"):
            tree.inclusion(LEAVES[:3], index)
    for first, second in ((0, 2), (2, 1), (1, 4), (-1, 2)):
        with pytest.raises(TreeSizeError, match=f"from {first} to {second} leaves"):
            tree.consistency(LEAVES[:3], first, second)


# What others publish


# A root of another length than 32 bytes may be equal there, and that of a tree around an empty subtree may be any.
LAXER = {
    "sizes-are-equal-one-and-proof-is-empty",
    "subtree-is-empty-sizes-are-equal-zero-subtree-root-valid-tree-root-random-proof-is-empty",
}


def suite(folder: str) -> list[Any]:
    """Return the files of a folder; of those about subtrees, the ones that begin at the first leaf and so are trees."""
    files = [file for file in sorted((SUITE / folder).rglob("*.json")) if is_about_a_tree(file)]
    return [pytest.param(file, id=str(file.relative_to(SUITE))) for file in files] or [SUITE / folder]


def is_about_a_tree(file: Path) -> bool:
    start: int = json.loads(file.read_bytes()).get("start", 0)
    return start == 0 and file.stem not in LAXER


def case(file: Path) -> dict[str, Any]:
    if not file.is_file():
        pytest.skip("there is no ../shared/data/suites/merkle-transparency beside the repository")
    found: dict[str, Any] = json.loads(file.read_bytes())
    hashes = {"root", "leafHash", "root1", "root2"} & found.keys()
    return (
        found
        | {key: base64.b64decode(found[key] or "") for key in hashes}
        | {"proof": [base64.b64decode(one) for one in found["proof"] or []]}
    )


@pytest.mark.parametrize("file", suite("inclusion") + suite("subtreeinclusion"))
def test_published_proofs_of_inclusion_are_taken_and_refused_as_they_should(file: Path) -> None:
    given = case(file)
    size = given["treeSize"] if "treeSize" in given else given["end"]
    claim = {"index": given["leafIdx"], "size": size, "proof": given["proof"], "root": given["root"]}
    if given["wantErr"]:
        with pytest.raises(ProofError):
            verify_inclusion(given["leafHash"], **claim)
    else:
        verify_inclusion(given["leafHash"], **claim)


@pytest.mark.parametrize("file", suite("consistency") + suite("subtreeconsistency"))
def test_published_proofs_of_consistency_are_taken_and_refused_as_they_should(file: Path) -> None:
    given = case(file)
    first, second = (given["size1"], given["size2"]) if "size1" in given else (given["end"], given["size"])
    roots = {"first_root": given["root1"], "second_root": given["root2"]}
    if given["wantErr"]:
        with pytest.raises(ProofError):
            verify_consistency(first=first, second=second, proof=given["proof"], **roots)
    else:
        verify_consistency(first=first, second=second, proof=given["proof"], **roots)
