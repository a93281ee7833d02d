"""What people do with a release as a whole: draft the next one out of the one before, and what its build brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from asepsis.configuration.records import BillOfMaterials, Release, ReleaseKind
from asepsis.development.carrying import Proposal, as_value, open_requests, propose
from asepsis.development.records import (
    DecommissioningGuide,
    IntegrityManifest,
    ReleaseDocument,
    RunOutcome,
    TestPlan,
    TestRun,
    TestType,
)
from asepsis.errors import RefusedError
from asepsis.exchange import formats, junit
from asepsis.exchange.facts import TestResults
from asepsis.exchange.source import Source
from asepsis.record import canonical
from asepsis.record.dossier import Dossier, Item
from asepsis.record.facts import Facts
from asepsis.record.kind import Kind
from asepsis.sentences import Sentence
from asepsis.store import queries, refusals
from asepsis.store.acts import Hand
from asepsis.store.changes import Write
from asepsis.store.rows import select

UPDATES = "E.2.5"  # the part of a document that tells how updates are got and checked


class NotOpenError(RefusedError):
    """A change request that a release is to bring is not decided to be done, or is done already."""

    code = "request-not-open"
    sentence = Sentence(
        "{request} is not among the change requests that are decided to be done and not done yet.",
        next="Have it decided and submitted first, or leave it out.",
    )


@dataclass(frozen=True, slots=True)
class NextRelease:
    """The drafts that were written, by label: the release, what is carried to it, and its documents.

    `carrying` is absent where nothing is carried. `documents` are its documents and what tells how to take it out of
    service, as those of the release before; each document lacks its file.
    """

    release: str
    carrying: str | None
    proposal: Proposal
    documents: tuple[str, ...] = ()


def draft_next_release(
    hand: Hand,
    predecessor: str,
    version: str,
    planned: date,
    *,
    requests: Sequence[str] | None = None,
    kind: ReleaseKind | None = None,
) -> NextRelease:
    """Draft the release that follows `predecessor` (id or label), what is carried to it and its documents, in one commit.

    All are drafts: people look at them, fill in what only they know, submit and sign. What differs, and why each
    record is carried or done anew, is kept as a file beside. `requests` (ids or labels) are the open change requests
    that it brings, also while they wait for signatures; without, all that are in force. `kind` is by itself that of the
    predecessor.
    Raises `UnknownRecordError` where there is no such release in force, and `NotOpenError`.
    """
    row = queries.row(predecessor)
    dossier = queries.dossier(row.product)
    before: Item[Release] | None = dossier.get(row.id)
    if before is None or before.kind is not Release:
        raise refusals.UnknownRecordError(record=predecessor)
    proposal = propose(dossier, before, only=_asked(dossier, requests))
    release: str = hand.new_id()
    value = _next(before, version, planned) | ({"kind": str(kind)} if kind else {})
    changes = [Write(release, "Release", value, row.product)]
    files: list[bytes] = []
    carrying: str | None = None
    if proposal.carried:
        document = canonical.dumps(as_value(proposal))
        files.append(document)
        carrying = hand.new_id()
        changes.append(
            Write(carrying, "CarriedForward", _carrying(before, release, version, proposal, document), row.product)
        )
    documents = _documents(hand, proposal, release, version, row.product)
    outcomes = hand.commit([*changes, *documents], files).outcomes
    labels = [str(one.label) for one in outcomes]
    return NextRelease(labels[0], labels[1] if carrying else None, proposal, tuple(labels[len(changes) :]))


def _asked(dossier: Dossier, requests: Sequence[str] | None) -> frozenset[str] | None:
    if requests is None:
        return None
    rows = queries.rows([queries.row(one).id for one in requests])
    found = {one.id for one in open_requests(dossier, [row.id for row in rows])}
    for row in rows:
        if row.id not in found:
            raise NotOpenError(request=row)
    return frozenset(row.id for row in rows)


def _documents(hand: Hand, proposal: Proposal, release: str, version: str, product: str | None) -> list[Write]:
    """Return the documents of the release before as drafts for the next: each with its places, and without its file."""
    writes: list[Write] = []
    renewed: dict[str, str] = {}
    for kind in (ReleaseDocument, DecommissioningGuide):  # the second tells where in the first
        for one in proposal.anew:
            if one.item.kind is not kind:
                continue
            value = _without_life(queries.effective_value(queries.row(one.item.id)) or {})
            old = proposal.predecessor.content.version
            value |= {"title": str(value["title"]).replace(old, version), "release": release}
            if kind is ReleaseDocument:
                anchors = [_without_builds(anchor, proposal) for anchor in value.get("anchors", ())]
                value = {name: said for name, said in value.items() if name != "file"}
                value |= {"version": version, "anchors": anchors}
            else:
                value["document"] = renewed.get(value["document"], value["document"])
            renewed[one.item.id] = hand.new_id()
            writes.append(Write(renewed[one.item.id], kind.__name__, value, product))
    return writes


def _without_builds(anchor: dict[str, Any], proposal: Proposal) -> dict[str, Any]:
    """Return a place of a document without the manifest of the release before; `draft_build` enters the new one."""
    gone = {one.item.id for one in proposal.anew if one.item.kind is IntegrityManifest}
    told = [one for one in anchor.get("tells_of", ()) if one not in gone]
    return {name: said for name, said in anchor.items() if name != "tells_of"} | ({"tells_of": told} if told else {})


def _without_life(value: dict[str, Any]) -> dict[str, Any]:
    """Return what a record says, without what is true of that one record alone."""
    return {name: one for name, one in value.items() if name not in ("taken_over", "former_id", "retired", "notes")}


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


# --- what a build brings --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Build:
    """What a pipeline hands over with a build: its bill, the bill made again from the tag, the manifest, its signature."""

    tag: str
    bill: Source
    again: Source | None
    manifest: Source
    signature: Source


def draft_build(hand: Hand, release: str, build: Build) -> tuple[str, ...]:
    """Draft the bill and the manifest of a release out of the files of its build, in one commit; return their labels.

    Format, count and build are read from the bill; tool, key and where users are told how to check come from the
    release before, its documents from this one. Where the release itself is a draft, its build is entered there; where
    the document that tells of updates is one, the manifest.
    Raises `UnknownRecordError` where there is no such release, and `UnreadableBomError`.
    """
    row = queries.row(release)
    if row.kind != Release.__name__:
        raise refusals.UnknownRecordError(record=release)
    dossier = queries.dossier(row.product)
    read = formats.bill_of(build.bill).fact
    value = queries.head_value(row) or {}
    changes: list[Write] = []
    if row.head_state == "draft" and read.build_id and value.get("build_id") != read.build_id:
        changes.append(Write(row.id, row.kind, value | {"build_id": read.build_id}, row.product, row.head_name))
    before: Item[Release] | None = dossier.get(value.get("predecessor"))
    bill = _bill(dossier, before, value, row.id, build)
    manifest = _manifest(dossier, before, value, row.id, build)
    drafts = [
        Write(hand.new_id(), kind.__name__, said, row.product)
        for kind, said in ((BillOfMaterials, bill), (IntegrityManifest, manifest))
    ]
    told = _told_of(drafts[1].record, manifest.get("how_users_verify"))
    files = [one.data for one in (build.bill, build.again, build.manifest, build.signature) if one is not None]
    outcomes = hand.commit([*changes, *drafts, *told], files).outcomes
    return tuple(str(one.label) for one in outcomes[len(changes) : len(changes) + len(drafts)])


def _told_of(manifest: str, document: str | None) -> list[Write]:
    """Return a draft document with the manifest entered where it tells how updates are checked; nothing where signed."""
    row = queries.row(document) if document is not None else None
    if row is None or row.head_state != "draft":
        return []
    value = queries.head_value(row) or {}
    anchors = [
        anchor | {"tells_of": [*anchor.get("tells_of", ()), manifest]} if anchor["item"] == UPDATES else anchor
        for anchor in value.get("anchors", ())
    ]
    return [Write(row.id, row.kind, value | {"anchors": anchors}, row.product, row.head_name)]


def _bill(
    dossier: Dossier, before: Item[Release] | None, value: dict[str, Any], release: str, build: Build
) -> dict[str, Any]:
    format_ = formats.bill_format_of(build.bill)
    read = format_.read(build.bill).fact
    earlier = _first(dossier, before, BillOfMaterials)
    said: dict[str, Any] = {
        "title": f"Bill of materials of {value.get('version', 'the release')}",
        "release": release,
        "document": _kept(build.bill, "Bill of the build", format_.media),
        "format": read.format,
        "tool": earlier.content.tool if earlier else read.tool,
        "build_id": read.build_id,
        "component_count": len(read.components),
        "source_tag": build.tag,
        "regenerated": _kept(build.again, "Made again from the tag", format_.media) if build.again else None,
    }
    return {name: one for name, one in said.items() if one is not None}


def _manifest(
    dossier: Dossier, before: Item[Release] | None, value: dict[str, Any], release: str, build: Build
) -> dict[str, Any]:
    earlier = _first(dossier, before, IntegrityManifest)
    said: dict[str, Any] = {
        "title": f"Manifest of {value.get('version', 'the release')}",
        "release": release,
        "files": _kept(build.manifest, "Manifest of the package", "text/plain"),
        "signature": _kept(build.signature, "Signature of the manifest", "text/plain"),
        "key": str(earlier.content.key) if earlier else None,
        "how_users_verify": _document_of(release) or (str(earlier.content.how_users_verify) if earlier else None),
    }
    return {name: one for name, one in said.items() if one is not None}


def _first(dossier: Dossier, release: Item[Release] | None, kind: type[Kind]) -> Item[Any] | None:
    if release is None:
        return None
    return next(
        (one for one in dossier.back(release, kind) if getattr(one.content, "release", None) == release.id), None
    )


def _document_of(release: str) -> str | None:
    """Return the document of a release that tells of updates, drafts counted; `None` where there is none."""
    rows = select("SELECT DISTINCT source FROM store_link WHERE target = %s", [release])
    for row in queries.rows([source for (source,) in rows]):
        if row.kind == ReleaseDocument.__name__ and UPDATES in (queries.head_value(row) or {}).get("covers", ()):
            return row.id
    return None


def _kept(source: Source, shows: str, media_type: str) -> dict[str, Any]:
    return {"digest": source.digest, "shows": shows, "media_type": media_type, "size": len(source.data)}


# --- what a pipeline tested -----------------------------------------------------------------------------------------


def draft_runs(hand: Hand, release: str, reports: Sequence[Source], tester: str, on: date) -> tuple[str, ...]:
    """Draft the automated test runs of the release before again, on the reports of the build of `release`.

    A run is drafted where one report holds all cases of the earlier one: with its plan, cases and tools, and with the
    outcome that the report gives, pass only where nothing failed. `tester` (an id) answers for them. Returns the labels.
    Raises `UnknownRecordError` where there is no such release, and `UnreadableReportError` of `exchange.junit`.
    """
    row = queries.row(release)
    if row.kind != Release.__name__:
        raise refusals.UnknownRecordError(record=release)
    value = queries.head_value(row) or {}
    dossier, facts = queries.dossier(row.product), queries.facts(row.product)
    before: Item[Release] | None = dossier.get(value.get("predecessor"))
    if before is None:
        return ()
    read = [(source, junit.read(source).fact) for source in reports]
    changes: list[Write] = []
    for run in dossier.back(before, TestRun):
        wanted = _automated(run, before, facts)
        again = next((one for one in read if wanted and wanted <= {case.automation_id for case in one[1].cases}), None)
        if again is not None:
            said = _run_again(run, row.id, value, *again, before.content.version)
            said |= {"tester": tester, "on": on.isoformat()}
            changes.append(Write(hand.new_id(), run.kind.__name__, said, row.product))
    if not changes:
        return ()
    return tuple(str(one.label) for one in hand.commit(changes, [source.data for source in reports]).outcomes)


def _automated(run: Item[TestRun], release: Item[Release], facts: Facts) -> frozenset[str]:
    """Return the cases in the report of a run of the build of a release; none where its results were not imported."""
    if run.content.release != release.id or run.content.build_id != release.content.build_id:
        return frozenset()
    taken = facts.get("test_results", run.content.report.digest)
    results = queries.document(taken.document) if taken is not None else None
    return frozenset(case.automation_id for case in results.cases) if results is not None else frozenset()


def _run_again(
    run: Item[TestRun], release: str, value: dict[str, Any], report: Source, results: TestResults, old: str
) -> dict[str, Any]:
    failed = any(case.outcome in ("fail", "error") for case in results.cases)
    said = _without_life(queries.effective_value(queries.row(run.id)) or {})
    return {name: one for name, one in said.items() if name != "retests"} | {
        "title": str(said["title"]).replace(old, value.get("version", old)),
        "release": release,
        "build_id": results.build_id or value.get("build_id"),
        "report": _kept(report, "Report of the tests", "application/xml"),
        "outcome": "fail" if failed else "pass",
    }


def draft_composition(hand: Hand, release: str, scan: Source, tester: str, on: date) -> str | None:
    """Draft the composition test of the release before again, on a scan of the build of `release`; return its label.

    It passes where the scan sees just what the bill of the release lists, drafts of the bill counted. `None` where the
    release before had no such test that passed, or the build or its bill is not known yet.
    Raises `UnknownRecordError` where there is no such release, and `UnreadableBomError`.
    """
    row = queries.row(release)
    if row.kind != Release.__name__:
        raise refusals.UnknownRecordError(record=release)
    value = queries.head_value(row) or {}
    dossier, facts = queries.dossier(row.product), queries.facts(row.product)
    before: Item[Release] | None = dossier.get(value.get("predecessor"))
    run = _composition(dossier, before)
    listed = _listed(row.id, facts)
    if before is None or run is None or not listed or value.get("build_id") is None:
        return None
    format_ = formats.bill_format_of(scan)
    seen = {component.purl for component in format_.read(scan).fact.components}
    said = _without_life(queries.effective_value(queries.row(run.id)) or {})
    said |= {
        "title": str(said["title"]).replace(before.content.version, value.get("version", "")),
        "release": row.id,
        "build_id": value["build_id"],
        "report": _kept(scan, "What the scan lists", format_.media),
        "outcome": "pass" if seen == listed else "fail",
        "tester": tester,
        "on": on.isoformat(),
        "source_data_as_of": on.isoformat(),
    }
    return str(hand.commit([Write(hand.new_id(), TestRun.__name__, said, row.product)], [scan.data]).outcomes[0].label)


def _composition(dossier: Dossier, release: Item[Release] | None) -> Item[TestRun] | None:
    for run in dossier.back(release, TestRun) if release is not None else ():
        plan: Item[TestPlan] | None = dossier.get(run.content.plan)
        if plan is not None and plan.content.type is TestType.COMPOSITION and run.content.outcome is RunOutcome.PASS:
            return run
    return None


def _listed(release: str, facts: Facts) -> frozenset[str | None]:
    """Return what the bills of a release list, drafts of them counted; nothing where their components are not here."""
    rows = select("SELECT DISTINCT source FROM store_link WHERE target = %s", [release])
    listed: set[str | None] = set()
    for row in queries.rows([source for (source,) in rows]):
        document = (queries.head_value(row) or {}).get("document")
        taken = (
            facts.get("components", document["digest"]) if row.kind == BillOfMaterials.__name__ and document else None
        )
        components = queries.document(taken.document) if taken is not None else None
        listed |= {component.purl for component in components.components} if components is not None else set()
    return frozenset(listed)
