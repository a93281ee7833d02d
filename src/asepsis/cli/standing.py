"""Where all products stand, in short: each lane of the board, and what the gate says of each release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asepsis.clauses.catalogue import catalogue
from asepsis.cli.assess import sentence
from asepsis.cli.opening import clock
from asepsis.cli.output import Answer, Part, Table, progress
from asepsis.conformance import board, moments
from asepsis.record.verdict import Verdict
from asepsis.store import queries
from asepsis.store.models import Baseline, Product, Record

if TYPE_CHECKING:
    from asepsis.conformance.assessment import Assessment


def of_all(before: tuple[str, ...]) -> Answer:
    """Return where each product stands now, after working it out and keeping it for the pages."""
    parts: list[Part] = list(before)
    values: list[dict[str, Any]] = []
    for product in Product.objects.order_by("code"):
        with progress(f"Assessing {product.code}"):
            found = _assess(product.id)
            releases = [(row.label, _gate(product.id, row.id)) for row in _releases(product.id)]
        drawn = board.board(found, catalogue(found.edition))
        parts += [f"{product.code}: {product.name}", _lanes(drawn), *(told for _, told in releases)]
        values.append(
            {
                "product": product.code,
                "name": product.name,
                "counts": {verdict.value: count for verdict, count in drawn.counts.items()},
                "releases": [{"release": label, "gate": told} for label, told in releases],
            }
        )
    parts.append("Next: asepsis serve; asepsis assess; asepsis gate.")
    return Answer({"home": str(queries.home()), "products": values}, tuple(parts))


def _assess(product: str) -> Assessment:
    """Work out where a product stands now and at its baselines, and keep all of it for the pages."""
    for mark in Baseline.objects.filter(product=product).order_by("position"):
        asked = moments.Asked(product, mark.release, mark.position)
        if moments.kept(product, mark.release, mark.position) is None:
            moments.keep(moments.assess_product(asked, clock()), baseline=True)
    found = moments.assess_product(moments.Asked(product), clock())
    moments.keep(found)
    return found


def _releases(product: str) -> list[Record]:
    return list(Record.objects.filter(product=product, kind="Release", standing="effective").order_by("number"))


def _gate(product: str, release: str) -> str:
    """Return what the gate says of a release: of one that went out, on what was known on its day."""
    mark = moments.baseline_of(release)
    position = mark.position if mark is not None else None
    found = moments.assess_product(moments.Asked(product, release, position), clock())
    told = sentence(moments.gate_of(found, queries.dossier(product, position)))
    return f"On its day ({found.moment.day}): {told}" if mark is not None else told


def _lanes(drawn: board.Board) -> Table:
    def count(lane: board.Lane, verdict: Verdict) -> int:
        return sum(tile.verdict is verdict for tile in lane.tiles)

    rows = (
        (lane.name, *(count(lane, verdict) for verdict in (Verdict.MET, Verdict.GAP, Verdict.UNKNOWN)))
        for lane in drawn.lanes
        if any(tile.verdict is not Verdict.NOT_ASKED for tile in lane.tiles)
    )
    return Table.of("process|met|gap|unknown", rows, "Nothing is asked.")
