"""What people do with a release as a whole: draft the next one out of the one before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from asepsis.configuration.records import Release
from asepsis.development.carrying import Proposal, as_value, propose
from asepsis.record import canonical
from asepsis.record.dossier import Item
from asepsis.store import queries, refusals
from asepsis.store.acts import Hand
from asepsis.store.changes import Write


@dataclass(frozen=True, slots=True)
class NextRelease:
    """The drafts that were written: the release, and what is carried to it (absent where nothing is)."""

    release: str
    carrying: str | None
    proposal: Proposal


def draft_next_release(hand: Hand, predecessor: str, version: str, planned: date) -> NextRelease:
    """Draft the release that follows `predecessor` (id or label), and what is carried to it, in one commit.

    Both are drafts: people look at them, fill in what only they know, submit and sign. What differs, and why each
    record is carried or done anew, is kept as a file beside.
    Raises `UnknownRecordError` where there is no such release in force.
    """
    row = queries.row(predecessor)
    dossier = queries.dossier(row.product)
    before: Item[Release] | None = dossier.get(row.id)
    if before is None or before.kind is not Release:
        raise refusals.UnknownRecordError(record=predecessor)
    proposal = propose(dossier, before)
    release: str = hand.new_id()
    changes = [Write(release, "Release", _next(before, version, planned), row.product)]
    files: list[bytes] = []
    carrying: str | None = None
    if proposal.carried:
        document = canonical.dumps(as_value(proposal))
        files.append(document)
        carrying = hand.new_id()
        changes.append(
            Write(carrying, "CarriedForward", _carrying(before, release, version, proposal, document), row.product)
        )
    outcomes = hand.commit(changes, files).outcomes
    labels = [str(one.label) for one in outcomes]
    return NextRelease(labels[0], labels[1] if carrying else None, proposal)


def _next(before: Item[Release], version: str, planned: date) -> dict[str, Any]:
    content = before.content
    return {
        "title": f"{content.title.replace(content.version, version)}",
        "version": version,
        "configurations": list(content.configurations),
        "kind": str(content.kind),
        "predecessor": before.id,
        "planned": planned.isoformat(),
        "markets": list(content.markets),
        "support_until": content.support_until.isoformat(),
        "security_support_until": content.security_support_until.isoformat(),
    }


def _carrying(before: Item[Release], release: str, version: str, proposal: Proposal, document: bytes) -> dict[str, Any]:
    return {
        "title": f"What {version} carries from {before.content.version}",
        "release": release,
        "from_release": before.id,
        "records": [{"record": one.item.id, "why_unaffected": one.why} for one in proposal.carried],
        "differences": {
            "digest": sha256(document).hexdigest(),
            "shows": f"What differs between {before.content.version} and {version}, and why each record is carried or not",
            "media_type": "application/json",
            "size": len(document),
        },
    }
