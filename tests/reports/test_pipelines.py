"""An assessment for pipelines: what is a failure, an error, skipped or a pass; read again by the readers of our own."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from asepsis.clauses.catalogue import catalogue
from asepsis.conformance import moments
from asepsis.conformance.assessment import Assessment, Note, Thing, as_told
from asepsis.exchange import junit
from asepsis.exchange.source import Source
from asepsis.record.verdict import Verdict
from asepsis.reports import pipelines
from asepsis.sentences import Sentence
from tests.web.maker import Maker

SCHEMA = Path(__file__).parents[1] / "samples" / "sarif" / "sarif-2.1.0.json"
NAUGHTY = "<script>&\x00\x1b[31m\ufffe]]>"


def tell(note: Note) -> str:
    return note.said.text()


@pytest.fixture
def found(maker: Maker) -> Assessment:
    kept = moments.kept(maker.product)
    assert kept is not None
    return kept


def made(found: Assessment, **verdicts: Any) -> Assessment:
    """The assessment with its first obligation as told."""
    first = msgspec.structs.replace(found.obligations[0], **verdicts)
    return msgspec.structs.replace(found, obligations=(first, *found.obligations[1:]))


def outcome(found: Assessment, **verdicts: Any) -> str:
    text = pipelines.junit(made(found, **verdicts), catalogue(found.edition), tell)
    cases = junit.read(Source("report.xml", text.encode())).fact.cases
    return next(one.outcome for one in cases if one.automation_id.endswith(found.obligations[0].id))


def kinds(found: Assessment, **verdicts: Any) -> set[tuple[str, str]]:
    document = pipelines.sarif(made(found, **verdicts), catalogue(found.edition), tell)
    first = found.obligations[0].id
    return {(one["kind"], one["level"]) for one in document["runs"][0]["results"] if one["ruleId"] == first}


def note(text: str = "Something is missing.") -> Note:
    return Note("a.check", Thing("1" * 32, "GW-THR-1"), as_told(Sentence("{what}").said(what=text).value()), "quality")


CASES: list[tuple[dict[str, Any], str, tuple[str, str]]] = [
    ({"verdict": Verdict.MET, "gaps": (), "unknowns": (), "awaited": ()}, "pass", ("pass", "none")),
    ({"verdict": Verdict.GAP, "gaps": (note(),), "unknowns": ()}, "fail", ("fail", "error")),
    ({"verdict": Verdict.UNKNOWN, "gaps": (), "unknowns": (note(),)}, "error", ("open", "none")),
    ({"verdict": Verdict.UNKNOWN, "gaps": (), "unknowns": (), "awaited": ("x.y",)}, "error", ("open", "none")),
    ({"verdict": Verdict.NOT_APPLICABLE, "gaps": (), "unknowns": ()}, "skipped", ("notApplicable", "none")),
    ({"verdict": Verdict.NOT_ASKED, "gaps": (), "unknowns": ()}, "skipped", ("notApplicable", "none")),
    ({"verdict": Verdict.GAP, "counts": False, "gaps": (note(),), "unknowns": ()}, "skipped", ("fail", "note")),
]


@pytest.mark.parametrize(("verdicts", "in_junit", "in_sarif"), CASES)
def test_a_gap_fails_and_what_is_unknown_never_passes(
    found: Assessment, verdicts: dict[str, Any], in_junit: str, in_sarif: tuple[str, str]
) -> None:
    assert outcome(found, **verdicts) == in_junit
    assert kinds(found, **verdicts) == {in_sarif}


def test_the_counts_are_those_of_the_verdicts(found: Assessment) -> None:
    text = pipelines.junit(found, catalogue(found.edition), tell)
    cases = Counter(one.outcome for one in junit.read(Source("report.xml", text.encode())).fact.cases)
    asked = [one for one in found.obligations if one.counts]
    assert cases["fail"] == sum(one.verdict is Verdict.GAP for one in asked)
    assert cases["error"] == sum(one.verdict is Verdict.UNKNOWN for one in asked)
    assert cases.total() == len(found.obligations)
    assert f'failures="{cases["fail"]}"' in text.splitlines()[1]


def test_sarif_is_valid_by_its_schema_and_names_every_obligation(found: Assessment) -> None:
    document = json.loads(json.dumps(pipelines.sarif(found, catalogue(found.edition), tell)))
    validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [str(one) for one in validator.iter_errors(document)] == []
    run = document["runs"][0]
    rules = {one["id"] for one in run["tool"]["driver"]["rules"]}
    assert {one["ruleId"] for one in run["results"]} == rules == {one.id for one in found.obligations}


def test_the_same_finding_keeps_its_fingerprint_and_another_has_another(found: Assessment) -> None:
    def prints(text: str) -> list[str]:
        value = pipelines.sarif(
            made(found, verdict=Verdict.GAP, gaps=(note(text),), unknowns=(), awaited=()),
            catalogue(found.edition),
            tell,
        )
        return [next(iter(one["partialFingerprints"].values())) for one in value["runs"][0]["results"]]

    assert prints("One.") == prints("One.")
    assert prints("One.")[0] != prints("Two.")[0]


def test_naughty_text_makes_no_bad_xml(found: Assessment) -> None:
    text = pipelines.junit(
        made(found, verdict=Verdict.GAP, gaps=(note(NAUGHTY),), unknowns=()), catalogue(found.edition), tell
    )
    assert junit.read(Source("report.xml", text.encode())).fact.cases
