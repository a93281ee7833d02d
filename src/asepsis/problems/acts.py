"""What people do with statements about vulnerabilities when a release follows: let them speak of that one, too."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from asepsis.configuration.records import BillOfMaterials, Release
from asepsis.problems.records import Exploitability, ImpactAnalysis, Status
from asepsis.record.dossier import Item
from asepsis.store import queries, refusals
from asepsis.store.acts import Hand
from asepsis.store.changes import Write
from asepsis.store.rows import select

LASTING = (Status.NOT_AFFECTED, Status.AFFECTED)  # what a statement says of a component; the rest is of its own release


def draft_statements(hand: Hand, release: str) -> tuple[str, ...]:
    """Draft, for each statement about the release before, a revision that speaks of `release` (id or label), too.

    Only where a bill of this release holds the very component, in the same version; where another revision of the
    statement is waiting, that one is left alone. People look whether each still holds, submit and sign. Returns the
    labels. Raises `UnknownRecordError` where there is no such release.
    """
    row = queries.row(release)
    if row.kind != Release.__name__:
        raise refusals.UnknownRecordError(record=release)
    before = (queries.head_value(row) or {}).get("predecessor")
    held = {purl for bill in _bills(row.id) for purl in _components(row.product, bill)}
    changes = []
    for statement in queries.dossier(row.product).all(Exploitability):
        if _goes_on(statement, before, row.id, held):
            found = queries.row(statement.id)
            if found.head_name == found.effective_name:
                value = queries.effective_value(found) or {}
                value |= {"releases": [*value["releases"], row.id]}
                changes.append(Write(found.id, found.kind, value, found.product, found.head_name))
    if not changes:
        return ()
    return tuple(str(one.label) for one in hand.commit(changes).outcomes)


def draft_analyses(hand: Hand, release: str, repaired: Collection[str] = ()) -> tuple[str, ...]:
    """Draft, for each analysis that speaks of the release before, a revision that says whether `release` is affected.

    `release` (id or label) is what the one before was: affected or not; `repaired` are the vulnerabilities (ids) whose
    repair it brings: by them it is not. Where another revision waits, that one is left alone. People look whether it is
    so, submit and sign. Returns the labels. Raises `UnknownRecordError` where there is no such release.
    """
    row = queries.row(release)
    if row.kind != Release.__name__:
        raise refusals.UnknownRecordError(record=release)
    before = (queries.head_value(row) or {}).get("predecessor")
    changes = []
    for analysis in queries.dossier(row.product).all(ImpactAnalysis):
        said = analysis.content
        if row.id in (*said.affected, *said.unaffected) or before not in (*said.affected, *said.unaffected):
            continue
        found = queries.row(analysis.id)
        if found.head_name != found.effective_name:
            continue
        stays = before in said.affected and said.vulnerability not in repaired
        where = "affected" if stays else "unaffected"
        value = queries.effective_value(found) or {}
        value |= {where: [*value.get(where, ()), row.id]}
        changes.append(Write(found.id, found.kind, value, found.product, found.head_name))
    if not changes:
        return ()
    return tuple(str(one.label) for one in hand.commit(changes).outcomes)


def _goes_on(statement: Item[Exploitability], before: str | None, release: str, held: set[str]) -> bool:
    said = statement.content
    return (
        said.status in LASTING and before in said.releases and release not in said.releases and said.component in held
    )


def _bills(release: str) -> Iterator[dict[str, Any]]:
    """Yield the bills of a release, drafts of them too."""
    rows = select("SELECT DISTINCT source FROM store_link WHERE target = %s", [release])
    for row in queries.rows([source for (source,) in rows]):
        value = queries.head_value(row) or {}
        if row.kind == BillOfMaterials.__name__ and value.get("release") == release:
            yield value


def _components(product: str | None, bill: dict[str, Any]) -> Iterator[str]:
    taken = queries.facts(product).get("components", bill["document"]["digest"])
    document = queries.document(taken.document) if taken is not None else None
    if document is not None:
        yield from (one.purl for one in document.components if one.purl)
