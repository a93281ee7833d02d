"""A case: its steps with what tells of each, its clocks, its calls, and nothing of it for whom it is not open to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

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
from asepsis.store import queries
from asepsis.store.models import Entry, Record
from asepsis.web.case.clocks import _left
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


VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"
EFFECTS = {f"ImpactAnalysis.{one}.size": "none" for one in ("safety", "effectiveness")}
ANALYSIS = {
    **EFFECTS,
    **{f"ImpactAnalysis.{one}.why": "It only stops." for one in ("safety", "effectiveness")},
    "ImpactAnalysis.severity.vector": VECTOR,
    "ImpactAnalysis.affected.#": "1",
    "ImpactAnalysis.root_cause": "The length is trusted.",
    "ImpactAnalysis.environment": "From the imaging network.",
    "ImpactAnalysis.external_controls": "none",
    "ImpactAnalysis.external_controls_why": "Nothing stands before it.",
}


def _sent(client: Client, case: str, number: int, **typed: Any) -> Any:
    """Send a step of a case as its page would, with what was typed into it."""
    page = _page(client, f"{case}&step={number}")
    boxes, chosen = {}, ""
    for tag, at in page.tags:
        chosen = at.get("name", "") if tag == "select" else chosen
        if tag in ("input", "textarea") and "name" in at:
            boxes[at["name"]] = at.get("value", "")
        elif tag == "option" and "selected" in at:
            boxes[chosen] = at["value"]
    parts = [at["value"] for tag, at in page.tags if at.get("name") == "part"]
    contexts = {one: text for one, text in boxes.items() if one.endswith(".context")}
    texts = {one: text for one, text in boxes.items() if one.startswith(("before.", f"{case}."))} | contexts
    return client.post(f"/p/GW/case/write?of={case}", {"step": number, "part": parts, **texts, **typed})


def _boxes(page: Seen) -> set[str]:
    return {at["name"] for tag, at in page.tags if tag in ("input", "textarea", "select") and "name" in at}


def _page(client: Client, label: str) -> Seen:
    answer = client.get(f"/p/GW/case?of={label}")
    assert answer.status_code == 200, label
    return Seen(answer.content.decode())


def test_a_case_tells_what_was_heard_found_and_is_missing(copied: Maker, security: Client, case: str) -> None:
    words = _page(security, case).words
    heard, found, analysed = (words.index(one) for one in ("1 Heard", "2 Found", "3 Analysed"))
    assert heard < words.index(copied.label("report")) < found < words.index(copied.label("inquiry")) < analysed
    assert "whom it touches and where it comes from is not said yet" in words


def test_a_step_that_is_open_is_a_form_that_asks_nothing_that_the_case_knows(
    copied: Maker, security: Client, case: str
) -> None:
    names = _boxes(_page(security, f"{case}&step=3"))
    assert {"ImpactAnalysis.root_cause", f"{case}.left_in"} <= names
    assert not {"ImpactAnalysis.vulnerability", f"{case}.severity.method", f"{case}.affected.0"} & names
    assert "Decision.option" not in names


def test_a_step_that_something_effective_tells_of_is_done_and_the_next_is_in_hand(
    copied: Maker, security: Client, case: str
) -> None:
    copied.signed("escape", EscapeAnalysis, title="Why it was missed", vulnerabilities=[copied.ids["flaw"]])
    page = _page(security, case)
    assert f"/p/GW/case?of={case}&step=3#step-3" not in page.links()
    assert "Decision.option" in _boxes(page)
    assert "ImpactAnalysis.root_cause" not in _boxes(page)


def test_what_is_typed_once_fills_the_records_behind_it_in_one_commit(
    copied: Maker, security: Client, case: str
) -> None:
    before = Entry.objects.count()
    answer = _sent(security, case, 3, do="draft", **{**ANALYSIS, "ImpactAnalysis.affected.0": "GW-REL-1"})
    assert answer.headers["Location"] == f"/p/GW/case?of={case}#step-3"
    (row,) = Record.objects.filter(kind="ImpactAnalysis")
    analysis, flaw = queries.head_value(row) or {}, queries.head_value(queries.row(case)) or {}
    assert analysis["severity"] == {"method": "cvss3.1", "vector": VECTOR, "number": "7.5"} == flaw["severity"]
    assert analysis["affected"] == [copied.ids["2.3.0"]] == flaw["affected"]
    assert (analysis["vulnerability"], analysis["context"]) == (copied.ids["flaw"], copied.ids["context"])
    assert analysis["title"] == "One request stops the routing"
    forms = list(Entry.objects.filter(position__gte=before).order_by("position").values_list("form", flat=True))
    assert forms == ["revision", "revision"]


def test_a_step_is_submitted_as_one_set_and_its_writer_goes_on_to_sign_it(
    copied: Maker, security: Client, case: str
) -> None:
    answer = _sent(security, case, 3, do="submit", **ANALYSIS)
    (row,) = Record.objects.filter(kind="ImpactAnalysis")
    assert answer.headers["Location"] == f"/sign?record={row.label}&record={case}"
    assert {row.head_state, queries.row(case).head_state} == {"submitted"}
    assert "2 records in one act" in _page(security, case).words
    assert "Waits for others" in _page(logged_in("Nadia Kovac"), case).words


def test_what_does_not_fit_and_what_is_lacking_saves_nothing_and_keeps_what_was_typed(
    copied: Maker, security: Client, case: str
) -> None:
    before = Entry.objects.count()
    for more, status in (({"ImpactAnalysis.affected.0": "GW-REL-99"}, 422), ({"ImpactAnalysis.root_cause": ""}, 422)):
        answer = _sent(security, case, 3, do="submit", **{**ANALYSIS, **more})
        page = answer.content.decode()
        assert (answer.status_code, "Nothing was saved" in page, "From the imaging network." in page) == (
            status,
            True,
            True,
        )
    untouched = _sent(security, case, 3, do="draft", **{"ImpactAnalysis.root_cause": ""})
    assert (untouched.status_code, Entry.objects.count()) == (422, before)


def test_a_stale_form_of_a_case_does_not_write_over_what_another_wrote(
    copied: Maker, security: Client, case: str
) -> None:
    stale = queries.row(case).head_name
    copied.revise("flaw", title="Two requests stop the routing")
    sent = {**ANALYSIS, f"before.{case}": stale, f"{case}.left_in": "yes"}
    assert _sent(security, case, 3, do="draft", **sent).status_code == 409
    assert (queries.head_value(queries.row(case)) or {})["title"] == "Two requests stop the routing"


def test_a_record_of_the_case_is_revised_where_it_stands_and_a_further_one_is_begun(
    copied: Maker, security: Client, case: str
) -> None:
    label = copied.label("inquiry")
    assert f"{label}.how" in _boxes(_page(security, f"{case}&edit={label}"))
    assert "AuthorityReport.law" in _boxes(_page(security, f"{case}&new=AuthorityReport"))
    sent = {"part": label, f"before.{label}": queries.row(label).head_name, f"{label}.how": "By sending it twice."}
    assert _sent(security, case, 2, do="draft", **sent).status_code == 302
    value = queries.head_value(queries.row(label)) or {}
    assert (value["how"], value["leads_to"]) == ("By sending it twice.", copied.ids["flaw"])


def test_a_case_begins_with_its_first_word_withheld_or_not(copied: Maker, security: Client) -> None:
    words = {
        "Vulnerability.title": "A password is in the log",
        "Vulnerability.left_in": "no",
        "Report.what": "I found a password.",
        "Report.exploited": "no",
    }
    for more, seen in (({}, True), ({"withheld": "yes"}, False)):
        answer = security.post("/p/GW/case/write", {**words, **more})
        assert answer.status_code == 302
        label = answer.headers["Location"].partition("of=")[2].partition("#")[0]
        page = _page(security, label)
        assert "I found a password." in page.words
        assert any(one.endswith(".exploited") for one in _boxes(page))
        others = logged_in("Tomas Reyes").get(f"/p/GW/case?of={label}")
        assert (others.status_code == 200) is seen
    further = _sent(security, label, 0, do="draft", **{"part": "CaseNote", "CaseNote.text": "They called."})
    assert further.status_code == 302
    assert Record.objects.get(kind="CaseNote").embargoed


def test_nothing_of_another_record_is_written_by_naming_it(copied: Maker, security: Client, case: str) -> None:
    other = copied.label("read")
    before = Entry.objects.count()
    for part in (other, "Appointment", "Vulnerability", "nothing"):
        answer = _sent(
            security, case, 3, do="draft", **{"part": part, f"{part}.title": "Another", f"{part}.actor": "me"}
        )
        assert (part, answer.status_code) == (part, 422)
    assert Entry.objects.count() == before


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
