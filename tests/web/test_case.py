"""A case: its steps with what tells of each, its clocks, its calls, and nothing of it for whom it is not open to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from asepsis.problems.records import (
    AuthorityReport,
    CaseNote,
    Decision,
    EscapeAnalysis,
    ImpactAnalysis,
    Investigation,
    Report,
)
from asepsis.risk.records import Vulnerability
from asepsis.web.case import _left
from tests.web.conftest import Seen, logged_in
from tests.web.maker import WITHHELD, Maker


@pytest.fixture
def security(copied: Maker) -> Client:
    return logged_in("Jonas Weber")


@pytest.fixture
def case(copied: Maker) -> str:
    """A vulnerability that was reported and looked into; its label."""
    ids = copied.ids
    copied.write("flaw", Vulnerability, title="One request stops the routing", affected=[ids["2.3.0"]])
    copied.write("report", Report, title="The listener stops", what="It stops on nested items.")
    copied.signed("inquiry", Investigation, title="Repeated", reports=[ids["report"]], leads_to=ids["flaw"])
    return copied.label("flaw")


def _page(client: Client, label: str) -> Seen:
    answer = client.get(f"/p/GW/case?of={label}")
    assert answer.status_code == 200, label
    return Seen(answer.content.decode())


def test_a_case_tells_what_was_heard_found_and_is_missing(copied: Maker, security: Client, case: str) -> None:
    words = _page(security, case).words
    heard, found, analysed = (words.index(one) for one in ("1 Heard", "2 Found", "3 Analysed"))
    assert heard < words.index(copied.label("report")) < found < words.index(copied.label("inquiry")) < analysed
    assert "whom it touches and where it comes from is not said yet" in words


def test_the_next_act_leads_to_a_form_that_names_the_vulnerability(copied: Maker, security: Client, case: str) -> None:
    address = f"/p/GW/new/ImpactAnalysis?vulnerability={case}"
    assert address in _page(security, case).links()
    assert f'value="{case}"' in security.get(address).content.decode()
    listed = security.get(f"/p/GW/new/Decision?about={case}").content.decode()
    assert f'value="{case}"' in listed


def test_a_step_that_something_effective_tells_of_is_done_and_the_next_is_in_hand(
    copied: Maker, security: Client, case: str
) -> None:
    copied.signed("escape", EscapeAnalysis, title="Why it was missed", vulnerabilities=[copied.ids["flaw"]])
    links = _page(security, case).links()
    assert f"/p/GW/new/ImpactAnalysis?vulnerability={case}" not in links
    assert f"/p/GW/new/Decision?about={case}" in links


def test_another_case_of_the_same_release_is_not_mixed_in(copied: Maker, security: Client, case: str) -> None:
    copied.write("other", Vulnerability, title="Another flaw", affected=[copied.ids["2.3.0"]])
    copied.write(
        "about other",
        ImpactAnalysis,
        title="Of the other",
        context=copied.ids["context"],
        vulnerability=copied.ids["other"],
    )
    assert "Of the other" not in _page(security, case).words


def test_a_clock_under_72_hours_is_urgent_and_one_that_was_kept_says_so(
    copied: Maker, security: Client, case: str
) -> None:
    now = copied.clock.now
    soon = (now + timedelta(days=3650)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    about = {"about": [copied.ids["flaw"]], "law": "cra", "title": "To the CSIRT"}
    copied.write("early", AuthorityReport, step="early-warning", due="2026-01-03T08:00:00.000000Z", **about)
    copied.write("later", AuthorityReport, step="final", due=soon, **about)
    sent = {"due": "2026-01-03T08:00:00.000000Z", "sent_on": "2026-01-02T08:00:00.000000Z"}
    copied.write("sent", AuthorityReport, step="notification", **sent, **about)
    html = security.get(f"/p/GW/case?of={case}").content.decode()
    urgent = [part.split("</li>")[0] for part in html.split('<li class="urgent">')[1:]]
    assert len(urgent) == 1
    assert "Early warning" in urgent[0]
    assert "Fri 2026-01-02, in time" in html


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (71, "71 h left"),
        (72, "3 days left"),
        (0, "0 h left"),
        (-5, "5 h late"),
        (-100, "4 days late"),
        (335, "13 days left"),
    ],
)
def test_what_is_left_is_told_in_hours_under_72_of_them(hours: int, told: str) -> None:
    assert _left(timedelta(hours=hours)) == told


def test_calls_and_mail_stand_beside_it_newest_first(copied: Maker, security: Client, case: str) -> None:
    for number, at in ((1, "2026-01-02T08:00:00.000000Z"), (2, "2026-01-03T08:00:00.000000Z")):
        copied.write(f"note {number}", CaseNote, about=[copied.ids["flaw"]], at=at, text=f"Word number {number}.")
    words = _page(security, case).words
    assert words.index("Word number 2.") < words.index("Word number 1.")


def test_a_decision_gives_the_case_a_clock(copied: Maker, security: Client, case: str) -> None:
    copied.write(
        "decision",
        Decision,
        about=[copied.ids["flaw"]],
        option="fix",
        due="2027-01-04",
        risk=copied.ids["risk"],
        context=copied.ids["context"],
    )
    assert f"decided in {copied.label('decision')}" in _page(security, case).words


def test_a_withheld_case_is_there_for_whom_it_is_open_to_and_for_nobody_else(maker: Maker, client: Client) -> None:
    label = maker.label("secret")
    assert client.get(f"/p/GW/case?of={label}").status_code == 404
    assert WITHHELD not in client.get("/p/GW/case").content.decode()
    words = _page(logged_in("Jonas Weber"), label).words
    assert WITHHELD in words
    assert "Jonas Weber, and whoever holds security or incident" in words


def test_what_is_no_vulnerability_of_the_product_is_no_case(maker: Maker, client: Client) -> None:
    for address in (f"/p/GW/case?of={maker.label('read')}", "/p/PX/case?of=GW-VUL-999", "/p/GW/case?of=%00"):
        assert client.get(address).status_code == 404
