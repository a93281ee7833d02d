"""A security patch of the example, walked from decision to open gate: what people fill in, what is drafted for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django.plugin import DjangoDbBlocker

from asepsis.conformance.gate import Gate
from asepsis.development.acts import Build, NotOpenError, draft_build, draft_next_release, draft_runs
from asepsis.problems.acts import draft_analyses, draft_statements
from asepsis.store import queries, refusals, verify
from benchmarks import patch
from tests.example.conftest import opened


@dataclass(frozen=True)
class Walked:
    """Where the walk was written, what it counted, and what the gate said at its end."""

    home: Path
    walk: patch.Walk
    gate: Gate
    out: Gate


@pytest.fixture(scope="module")
def once_walked(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Walked:
    home = tmp_path_factory.mktemp("patch")
    with opened(home, django_db_blocker):
        call_command("migrate", verbosity=0)
        return Walked(home, *patch.walked(home))


@pytest.fixture
def walked(once_walked: Walked, django_db_blocker: DjangoDbBlocker) -> Iterator[Walked]:
    with opened(once_walked.home, django_db_blocker):
        yield once_walked


def _drafted(walked: Walked, kind: str) -> list[dict[str, Any]]:
    """Return the first revision of each record of a kind that the program drafted."""
    rows = [queries.row(label) for name, label in walked.walk.drafted if name == kind]
    return [queries.value_of(queries.history(row.id).revisions[0].content) or {} for row in rows]


def test_the_gate_of_the_patch_opens(walked: Walked) -> None:
    assert (walked.gate.version, walked.gate.exit_code, walked.out.exit_code) == ("2.3.1", 0, 0)
    assert verify.verify().findings == ()


def test_to_the_open_gate_it_takes_as_few_forms_and_signing_acts_as_are_asked(walked: Walked) -> None:
    forms, acts = walked.walk.at_the_gate
    assert 0 < forms <= patch.MOST_FORMS
    assert 0 < acts <= patch.MOST_ACTS


def test_nobody_signs_twice_in_one_sitting(walked: Walked) -> None:
    sittings = Counter((who, when) for who, when, _ in walked.walk.acts)
    assert set(sittings.values()) == {1}
    assert len(sittings) == walked.walk.at_the_gate[1] + 2  # release manager and quality let it out


def test_the_bill_is_drafted_from_the_bill(walked: Walked) -> None:
    (bill,) = _drafted(walked, "BillOfMaterials")
    assert (bill["build_id"], bill["format"], bill["source_tag"]) == (patch.BUILD, "CycloneDX 1.6", "v2.3.1")
    assert bill["component_count"] == 30
    assert queries.head_value(queries.row(walked.walk.w("release/2.3.1")))["build_id"] == patch.BUILD  # type: ignore[index]


def test_the_manifest_keeps_the_key_and_is_told_of_by_the_document(walked: Walked) -> None:
    (manifest,) = _drafted(walked, "IntegrityManifest")
    w = walked.walk.w
    assert (manifest["key"], manifest["how_users_verify"]) == (w("key"), w("guide/2.3.1"))
    guide = queries.head_value(queries.row(w("guide/2.3.1"))) or {}
    told = next(one["tells_of"] for one in guide["anchors"] if one["item"] == "E.2.5")
    assert told == [w("manifest")]


def test_a_document_is_drafted_without_its_file_and_without_the_old_manifest(walked: Walked) -> None:
    (document,) = _drafted(walked, "ReleaseDocument")
    assert "file" not in document
    assert document["version"] == "2.3.1"
    assert walked.walk.w("manifest/2.3.0") not in str(document)
    (service,) = _drafted(walked, "DecommissioningGuide")
    assert service["document"] == walked.walk.w("guide/2.3.1")


def test_runs_are_drafted_on_the_build_that_their_report_names(walked: Walked) -> None:
    runs = _drafted(walked, "TestRun")
    assert {(run["build_id"], run["outcome"], run["release"]) for run in runs} == {
        (patch.BUILD, "pass", walked.walk.w("release/2.3.1"))
    }
    assert not any("retests" in run for run in runs)


def test_statements_go_on_for_what_is_still_there_in_the_same_version(walked: Walked) -> None:
    rows = [queries.row(label) for kind, label in walked.walk.drafted if kind == "Exploitability"]
    said = [queries.head_value(row) or {} for row in rows]
    release = walked.walk.w("release/2.3.1")
    assert {one["advisory_id"] for one in said} == {
        "PYSEC-2026-161", "PYSEC-2026-175", "PYSEC-2026-177", "PYSEC-2026-178", "PYSEC-2026-179", "PYSEC-2026-215",
        "PYSEC-2026-87",
    }  # fmt: skip
    assert all(one["releases"][-1] == release for one in said)
    assert not any("urllib3" in one["component"] for one in said)


def test_an_analysis_says_unaffected_of_the_release_that_brings_the_repair(walked: Walked) -> None:
    release = walked.walk.w("release/2.3.1")
    for label in (label for kind, label in walked.walk.drafted if kind == "ImpactAnalysis"):
        value = queries.head_value(queries.row(label)) or {}
        assert release in value["unaffected"]
        assert release not in value["affected"]


def test_what_is_drafted_already_is_not_drafted_again(walked: Walked) -> None:
    hand = walked.walk.w.hand("samira")
    release = walked.walk.w("release/2.3.1")
    assert draft_statements(hand, release) == ()
    assert draft_analyses(hand, release) == ()


def test_a_request_that_is_done_cannot_be_brought_again(walked: Walked) -> None:
    w = walked.walk.w
    size = queries.ledger().size
    with pytest.raises(NotOpenError):
        draft_next_release(w.hand("aiko"), w("release/2.3.1"), "2.3.2", date(2026, 7, 1), requests=[w("change/2.3.1")])
    assert queries.ledger().size == size


@pytest.mark.parametrize("act", [draft_statements, draft_analyses])
def test_only_a_release_can_be_spoken_of(walked: Walked, act: Any) -> None:
    with pytest.raises(refusals.UnknownRecordError):
        act(walked.walk.w.hand("samira"), walked.walk.w("change/2.3.1"))


def test_a_run_whose_cases_no_report_holds_is_not_drafted(walked: Walked) -> None:
    w = walked.walk.w
    assert draft_runs(w.hand("priya"), w("release/2.3.1"), [], w.who("priya"), date(2026, 6, 16)) == ()


def test_a_build_is_of_a_release(walked: Walked) -> None:
    w = walked.walk.w
    source = patch._file("bills", "2.3.0.cdx.json")
    with pytest.raises(refusals.UnknownRecordError):
        draft_build(w.hand("aiko"), w("change/2.3.1"), Build("v2.3.1", source, None, source, source))
