"""The tree tells each component once, whatever the dependencies are like, and loses none."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from asepsis.advisories.findings import Scan
from asepsis.advisories.outputs import page
from asepsis.advisories.outputs.report import Report
from asepsis.advisories.outputs.tree import MOST_DEPTH, Step, Tree, tree, way_to
from asepsis.exchange.bill import Bill
from asepsis.exchange.formats import bill_of
from asepsis.exchange.source import Source


def bill_with(count: int, edges: list[tuple[int, int]]) -> Bill:
    below: dict[int, list[str]] = {}
    for above, at in edges:
        below.setdefault(above, []).append(f"c{at}")
    value: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"component": {"type": "application", "bom-ref": "c-1", "name": "Pump"}},
        "components": [{"type": "library", "bom-ref": f"c{at}", "name": f"c{at}"} for at in range(count)],
        "dependencies": [{"ref": f"c{above}", "dependsOn": list(dict.fromkeys(on))} for above, on in below.items()],
    }
    return bill_of(Source("b.json", json.dumps(value).encode()))


def steps(found: Tree) -> list[Step]:
    return [*found.rooted, *(step for branch in found.deeper for step in branch), *found.apart]


@given(
    st.integers(1, 9).flatmap(
        lambda n: st.tuples(st.just(n), st.lists(st.tuples(st.integers(-1, n - 1), st.integers(0, n - 1)), max_size=20))
    )
)
def test_each_component_stands_in_full_once_and_each_dependency_is_told(
    drawn: tuple[int, list[tuple[int, int]]],
) -> None:
    count, edges = drawn
    found = tree(bill_with(count, edges))
    told = steps(found)
    assert sorted(one.at for one in told if not one.again) == list(range(count))
    assert len(told) <= count + len(set(edges)) + count
    for branch in (found.rooted, *found.deeper, found.apart):
        assert all(after.depth <= before.depth + 1 for before, after in pairwise(branch))


def test_a_circle_is_told_where_it_closes() -> None:
    found = tree(bill_with(2, [(-1, 0), (0, 1), (1, 0)])).rooted
    assert found == (Step(0, 0), Step(1, 1), Step(0, 2, again=True, circle=True))


def test_a_component_stands_where_it_is_nearest_to_the_product() -> None:
    found = tree(bill_with(3, [(-1, 0), (0, 1), (1, 2), (-1, 2)])).rooted
    assert [(one.at, one.depth, one.again) for one in found] == [
        (0, 0, False),
        (1, 1, False),
        (2, 2, True),
        (2, 0, False),
    ]


def test_what_lies_deeper_than_is_drawn_goes_on_in_a_branch_of_its_own() -> None:
    length = 3 * MOST_DEPTH
    bill = bill_with(length, [(at - 1, at) for at in range(length)])
    found = tree(bill)
    assert max(one.depth for one in steps(found)) == MOST_DEPTH
    assert {one.at for one in steps(found)} == set(range(length))
    assert way_to(bill, 3) == (0, 1, 2, 3)


def test_a_pruned_tree_holds_the_ways_to_what_is_wanted_and_nothing_else() -> None:
    found = tree(bill_with(5, [(-1, 0), (0, 1), (0, 2), (1, 3), (-1, 4)])).leading_to({2})
    assert [(one.at, one.depth) for one in found.rooted] == [(0, 0), (2, 1)]


def test_a_page_of_a_hundred_thousand_edges_is_linear_in_them() -> None:
    """Each of 300 layers of 18 depends on all of the next: 96,876 edges, and more ways than could ever be drawn."""
    wide, layers = 18, 300
    edges = [(-1, at) for at in range(wide)]
    edges += [
        (layer * wide + one, (layer + 1) * wide + other)
        for layer in range(layers - 1) for one in range(wide) for other in range(wide)
    ]  # fmt: skip
    bill = bill_with(wide * layers, edges)
    assert len(steps(tree(bill))) < 2 * len(edges)
    assert len(page.write(Report("b.json", bill, Scan("0" * 64, "2026-11-02T03:04:05Z", (), ())))) < 1_000_000
