"""The run sheet: what needs testing first, a run for each outcome, a finding for each failure, one set to sign."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from asepsis.development.records import TestCase
from asepsis.readers.viewer import looking, of_person
from asepsis.store import queries
from asepsis.store.models import Record
from asepsis.store.withholding import embargo
from asepsis.web.moment import of_product
from tests.web.conftest import Seen, logged_in
from tests.web.maker import Maker

ADDRESS = "/p/GW/run?plan=GW-TPL-1"


@pytest.fixture
def cases(copied: Maker) -> dict[str, str]:
    """Three cases that are run by hand, by a short name of ours, as labels."""
    found = {}
    for name in ("lockout", "timeout", "replay"):
        copied.signed(name, TestCase, title=f"The {name}", plan=copied.ids["plan"], steps="Try it.", expected="No.")
        found[name] = copied.label(name)
    return found


@pytest.fixture
def tester(copied: Maker) -> Client:
    return logged_in("Tomas Reyes")


def _write(tester: Client, cases: dict[str, str], **outcomes: str) -> list[Record]:
    sent = {f"outcome.{cases[name]}": outcome for name, outcome in outcomes.items()}
    sent |= {f"what.{cases[name]}": f"Saw that {name} was {outcome}." for name, outcome in outcomes.items()}
    before = set(Record.objects.values_list("pk", flat=True))
    answer = tester.post(ADDRESS, sent)
    assert answer.status_code == 302, answer.content.decode()
    assert answer.headers["Location"].startswith("/sign?record=GW-RUN-")
    return list(Record.objects.exclude(pk__in=before).order_by("kind", "number"))


def test_a_run_is_written_for_each_outcome_and_a_finding_for_each_failure(
    copied: Maker, tester: Client, cases: dict[str, str]
) -> None:
    found = _write(tester, cases, lockout="pass", timeout="fail", replay="inconclusive")
    assert [(row.kind, row.group, row.head_state) for row in found if row.kind == "TestRun"] == [
        ("TestRun", "pass", "submitted"),
        ("TestRun", "fail", "submitted"),
        ("TestRun", "inconclusive", "submitted"),
    ]
    finding = queries.head_value(next(row for row in found if row.kind == "Finding")) or {}
    assert finding["what"] == "Saw that timeout was fail."
    assert finding["found_by"] == [next(row.id for row in found if row.group == "fail")]
    passed = queries.head_value(next(row for row in found if row.group == "pass")) or {}
    assert passed["cases"] == [copied.ids["lockout"]]
    assert (passed["build_id"], passed["tester"]) == ("2.4.0+1187", copied.people["Tomas Reyes"])
    report = json.loads(queries.file(passed["report"]["digest"]) or b"")
    assert [one["outcome"] for one in report["cases"]] == ["pass", "fail", "inconclusive"]


def test_the_runs_wait_as_one_set_for_their_tester(copied: Maker, tester: Client, cases: dict[str, str]) -> None:
    found = _write(tester, cases, lockout="pass", timeout="fail")
    words = Seen(tester.get("/sign").content.decode()).words
    assert all(row.label in words for row in found if row.kind == "TestRun")


def test_what_failed_or_was_not_run_comes_before_what_passed(
    copied: Maker, tester: Client, cases: dict[str, str]
) -> None:
    _write(tester, cases, lockout="pass", timeout="fail")
    html = tester.get(ADDRESS).content.decode()
    places = [html.index(f"outcome.{cases[name]}") for name in ("timeout", "replay", "lockout")]
    assert places == sorted(places)
    assert "failed on this build in GW-RUN-" in html


def test_what_did_not_pass_and_is_not_described_is_not_written_and_nothing_is_lost(
    copied: Maker, tester: Client, cases: dict[str, str]
) -> None:
    before = Record.objects.count()
    sent = {
        f"outcome.{cases['timeout']}": "fail",
        f"outcome.{cases['lockout']}": "pass",
        f"what.{cases['lockout']}": "All is quiet.",
    }
    answer = tester.post(ADDRESS, sent)
    assert (answer.status_code, Record.objects.count()) == (422, before)
    assert "All is quiet." in answer.content.decode()
    assert "it is not said what was seen" in answer.content.decode()


@pytest.mark.parametrize("sent", [{}, {"outcome.GW-TST-999": "pass"}, {"outcome.GW-TST-3": "perhaps"}])
def test_a_sheet_without_an_outcome_writes_nothing(
    copied: Maker, tester: Client, cases: dict[str, str], sent: dict[str, str]
) -> None:
    assert tester.post(ADDRESS, sent).status_code == 422


def test_a_release_without_a_build_is_not_tested(copied: Maker, tester: Client, cases: dict[str, str]) -> None:
    from asepsis.configuration.records import Release

    copied.write("2.5.0", Release, title="2.5.0", version="2.5.0")
    answer = tester.post(f"{ADDRESS}&release={copied.label('2.5.0')}", {f"outcome.{cases['lockout']}": "pass"})
    assert answer.status_code == 422
    assert "names no build" in answer.content.decode()


def test_a_case_that_is_withheld_stands_on_no_sheet_of_others(
    copied: Maker, tester: Client, cases: dict[str, str]
) -> None:
    with looking(of_person(copied.people["Jonas Weber"])):
        embargo(copied.hand("Jonas Weber"), copied.ids["replay"])
    html = tester.get(ADDRESS).content.decode()
    assert (cases["replay"] in html, cases["lockout"] in html) == (False, True)
    assert tester.post(ADDRESS, {f"outcome.{cases['replay']}": "pass"}).status_code == 422


def test_a_page_that_writes_leads_to_the_board_of_a_baseline(maker: Maker) -> None:
    moment = of_product("GW")
    assert moment.same("/p/GW/run", maker.baseline) == f"/p/GW/at/{maker.baseline}/"
    assert moment.same("/p/GW/new/Asset", maker.baseline) == f"/p/GW/at/{maker.baseline}/"
    assert moment.same("/p/GW/release", maker.baseline) == f"/p/GW/at/{maker.baseline}/release"
