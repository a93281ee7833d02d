"""Proofs out of blocks are those of the whole tree."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asepsis.readers import proofs
from asepsis.record import tree
from asepsis.store import queries
from asepsis.store.rows import select
from tests.web.conftest import maker, written
from tests.web.maker import Maker

__all__ = ["maker", "written"]
SMALL = 8  # leaves in a block, so that the maker's ledger has many


@pytest.fixture
def leaves(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The leaves of the maker's ledger, in small blocks."""
    monkeypatch.setattr(proofs, "BLOCK", SMALL)
    proofs._block.cache_clear()
    return [bytes.fromhex(name) for (name,) in select("SELECT name FROM store_entry ORDER BY position")]


@pytest.fixture(autouse=True)
def forgotten() -> object:
    yield
    proofs._block.cache_clear()


@given(data=st.data())
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_proofs_of_entries_are_those_of_the_tree(leaves: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(leaves)))
    at = data.draw(st.integers(0, size - 1))
    found = proofs.inclusion(at, size)
    assert found == tree.inclusion(leaves[:size], at)
    tree.verify_inclusion(leaves[at], index=at, size=size, proof=found, root=tree.root(leaves[:size]))


@given(data=st.data())
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_proofs_of_growth_are_those_of_the_tree(leaves: list[bytes], data: st.DataObject) -> None:
    second = data.draw(st.integers(1, len(leaves)))
    first = data.draw(st.integers(1, second))
    assert proofs.consistency(first, second) == tree.consistency(leaves, first, second)


def test_what_is_not_there_is_not_proven(leaves: list[bytes]) -> None:
    size = queries.ledger().size
    for position, whole in ((-1, 5), (5, 5), (0, 0), (size, size), (0, size + 1)):
        with pytest.raises(tree.TreeSizeError):
            proofs.inclusion(position, whole)
    for first, second in ((0, 5), (6, 5), (1, size + 1)):
        with pytest.raises(tree.TreeSizeError):
            proofs.consistency(first, second)
