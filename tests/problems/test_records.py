from __future__ import annotations

from typing import Any

import pydantic
import pytest

from asepsis.clauses.policy import POLICY
from asepsis.configuration.records import Supplier
from asepsis.development.records import Finding
from asepsis.problems.records import (
    Advisory,
    AuthorityReport,
    CaseNote,
    Decision,
    EscapeAnalysis,
    Exploitability,
    ImpactAnalysis,
    Incident,
    Investigation,
    Report,
    ReportingChannel,
    approvers,
    needs_second_eyes,
)
from asepsis.record.kind import (
    IncompleteError,
    Kind,
    Value,
    matters,
    plain_value,
    read_content,
    read_draft,
    shape_of,
    signed_part,
)
from asepsis.risk.records import Risk, RiskPlan, Vulnerability
from tests.kinds import an_id, as_bytes, content, kinds_of, smallest
from tests.looks import Held

KINDS_HERE = kinds_of("problems")
WHY = "Because we looked."
NONE = {"size": "none"}
MINOR = {"size": "minor", "why": WHY}
EFFECTS = {"safety": NONE, "security": MINOR, "effectiveness": NONE}
FLAW, RISK = an_id("flaw"), an_id("risk")
CVSS = "cvss4.0"


def score(number: str | None, method: str = CVSS) -> dict[str, Any]:
    return {"method": method} | ({"number": number} if number is not None else {"number": None})


BREAKING: list[tuple[type[Kind] | type[Value], dict[str, Any], str]] = [
    (ReportingChannel, {"origins": []}, "origins is empty"),
    (ReportingChannel, {"how": []}, "how is empty"),
    (ReportingChannel, {"acknowledge_days": 0}, "acknowledge_days"),
    (Report, {"exploited": "yes"}, "since when that was known"),
    (Report, {"closed_on": "2026-02-01"}, "fill closed_because"),
    (
        Incident,
        {"noticed_on": "2026-01-15T08:00:00.000001Z", "aware_on": "2026-01-15T08:00:00.000000Z"},
        "aware_on before noticed_on",
    ),
    (CaseNote, {"text": None}, "fill text or evidence"),
    (CaseNote, {"about": []}, "about is empty"),
    (Investigation, {"reports": []}, "reports is empty"),
    (Investigation, {"started_on": "2026-02-02", "concluded_on": "2026-02-01"}, "concluded_on before started_on"),
    (ImpactAnalysis, {"affected": [an_id("one")], "unaffected": [an_id("one")]}, "both as affected and as unaffected"),
    (ImpactAnalysis, {"safety": {"size": "minor"}}, "since there is an effect"),
    (Decision, {"about": []}, "about is empty"),
    (Decision, {"risk": None}, "name a risk, or residual and harm"),
    (Decision, {"risk": None, "residual": score("5.0")}, "name a risk, or residual and harm"),
    (Decision, {"risk": None, "harm": "none"}, "name a risk, or residual and harm"),
    (Decision, {"option": "plan"}, "fill due"),
    (Decision, {"option": "defer", "effects": EFFECTS}, "fill due"),
    (Decision, {"disclose": "later"}, "fill disclose_by"),
    (Decision, {"option": "defer", "due": "2026-03-01"}, "does not say the effects"),
    (Decision, {"option": "no-fix"}, "does not say the effects"),
    (Decision, {"option": "environment"}, "does not say the effects"),
    (EscapeAnalysis, {"vulnerabilities": []}, "vulnerabilities is empty"),
    (Exploitability, {"versions": []}, "fill versions or releases"),
    (Exploitability, {"status": "not-affected"}, "has no justification"),
    (
        Exploitability,
        {"status": "not-affected", "justification": "inline-mitigations-already-exist"},
        "fill mitigated_by",
    ),
    (Advisory, {"affected": []}, "affected is empty"),
    (AuthorityReport, {"due": None}, "no due or no content"),
    (AuthorityReport, {"content": None}, "no due or no content"),
    (AuthorityReport, {"step": "not-reportable", "due": None, "content": None}, "does not say why"),
    (AuthorityReport, {"step": "not-reportable", "why": WHY}, "neither due nor sent"),
    (
        AuthorityReport,
        {"step": "not-reportable", "why": WHY, "due": None, "sent_on": "2026-01-16T08:00:00.000000Z"},
        "neither due nor sent",
    ),
]

KEEPING: list[tuple[type[Kind] | type[Value], dict[str, Any]]] = [
    (Report, {"exploited": "yes", "aware_of_exploitation_on": "2026-01-15T08:00:00.000000Z"}),
    (Report, {"exploited": "poc"}),
    (Report, {"closed_on": "2026-02-01", "closed_because": WHY}),
    (Incident, {"noticed_on": "2026-01-15T08:00:00.000000Z", "aware_on": "2026-01-15T08:00:00.000000Z"}),
    (CaseNote, {"text": None, "evidence": smallest(AuthorityReport)["content"]}),
    (Investigation, {"started_on": "2026-02-01", "concluded_on": "2026-02-01"}),
    (ImpactAnalysis, {"affected": [an_id("one")], "unaffected": [an_id("other")]}),
    (Decision, {"risk": None, "residual": score("5.0"), "harm": "none"}),
    (Decision, {"option": "plan", "due": "2026-03-01"}),
    (Decision, {"option": "defer", "due": "2026-03-01", "effects": EFFECTS}),
    (Decision, {"option": "no-fix", "effects": EFFECTS}),
    (Decision, {"option": "environment", "effects": EFFECTS}),
    (Decision, {"disclose": "later", "disclose_by": "2026-03-01"}),
    (Exploitability, {"versions": [], "releases": [an_id("release")]}),
    (Exploitability, {"status": "not-affected", "justification": "component-not-present"}),
    (
        Exploitability,
        {
            "status": "not-affected",
            "justification": "inline-mitigations-already-exist",
            "mitigated_by": [an_id("control")],
        },
    ),
    (AuthorityReport, {"step": "not-reportable", "why": WHY, "due": None, "content": None}),
]


@pytest.mark.parametrize(("kind", "overrides", "told"), BREAKING)
def test_what_is_filled_wrongly_is_told(kind: type[Any], overrides: dict[str, Any], told: str) -> None:
    with pytest.raises(IncompleteError, match=told):
        read_content(kind, as_bytes(smallest(kind, **overrides)))


@pytest.mark.parametrize(("kind", "overrides"), KEEPING)
def test_what_is_filled_together_reads(kind: type[Any], overrides: dict[str, Any]) -> None:
    read_content(kind, as_bytes(smallest(kind, **overrides)))


def draft(kind: type[Kind], **values: Any) -> pydantic.BaseModel:
    return read_draft(kind, as_bytes(values))


def labels(kind: type[Kind], value: Kind, look: Held) -> list[str]:
    return [f"{slot.label}{', apart' if slot.apart else ''}" for slot in kind.slots(value, look)]


PLAN = content(
    RiskPlan,
    harm_scale=[{"level": "none", "meaning": "Nobody is harmed."}, {"level": "grave", "meaning": "Somebody dies."}],
    cells=[
        {
            "method": CVSS,
            "score_from": "0.0",
            "score_to": "6.9",
            "harm": "none",
            "verdict": "acceptable",
            "approver": "security",
        },
        {
            "method": CVSS,
            "score_from": "7.0",
            "score_to": "10.0",
            "harm": "none",
            "verdict": "needs-approval",
            "approver": "quality",
        },
        {
            "method": CVSS,
            "score_from": "0.0",
            "score_to": "10.0",
            "harm": "grave",
            "verdict": "unacceptable",
            "approver": "clinical",
        },
    ],
)


def looking(**contents: Kind) -> Held:
    return Held({an_id(name): one for name, one in contents.items()})


@pytest.mark.parametrize(("number", "harm", "role"), [("6.9", "none", "security"), ("7.0", "none", "quality")])
def test_the_role_of_the_cell_of_its_residual_approves_a_decision(number: str, harm: str, role: str) -> None:
    decision = content(Decision, risk=None, residual=score(number), harm=harm)
    assert labels(Decision, decision, looking(plan=PLAN)) == [f"approved by {role}, apart"]


def test_the_role_of_the_cell_of_its_risk_approves_a_decision() -> None:
    risk = content(Risk, residual=score("5.0"), harm_after="grave")
    decision = content(Decision, risk=RISK)
    assert labels(Decision, decision, looking(plan=PLAN, risk=risk)) == ["approved by clinical, apart"]


def test_a_decision_that_says_milder_than_its_risk_is_approved_by_both_roles() -> None:
    risk = content(Risk, residual=score("5.0"), harm_after="grave")
    decision = content(Decision, risk=RISK, residual=score("5.0"), harm="none")
    assert approvers(decision, looking(plan=PLAN, risk=risk)) == ("clinical", "security")
    same = content(Decision, risk=RISK, residual=score("5.0"), harm="grave")
    assert approvers(same, looking(plan=PLAN, risk=risk)) == ("clinical",)


def test_management_approves_a_decision_without_a_plan_a_cell_or_an_effective_risk() -> None:
    decision = content(Decision, risk=None, residual=score("5.0"), harm="none")
    assert approvers(decision, Held()) == ("management",)
    assert approvers(content(Decision, risk=RISK), looking(plan=PLAN)) == ("management",)
    unheard = content(Decision, risk=None, residual=score("5.0"), harm="unheard of")
    assert approvers(unheard, looking(plan=PLAN)) == ("management",)


@pytest.mark.parametrize("touched", [{"safety": MINOR}, {"effectiveness": MINOR}])
def test_safety_reviews_a_decision_whose_analysis_names_an_effect_on_people(touched: dict[str, Any]) -> None:
    analysis = content(ImpactAnalysis, vulnerability=FLAW, **touched)
    decision = content(Decision, about=[FLAW])
    assert labels(Decision, decision, looking(analysis=analysis)) == [
        "approved by management, apart",
        "reviewed by safety, apart",
    ]


def test_safety_is_not_asked_where_the_analysis_names_no_effect_or_is_of_another_vulnerability() -> None:
    harmless = content(ImpactAnalysis, vulnerability=FLAW, safety=NONE, effectiveness=NONE)
    other = content(ImpactAnalysis, vulnerability=an_id("other"), related=[FLAW], safety=MINOR)
    decision = content(Decision, about=[FLAW])
    assert labels(Decision, decision, looking(one=harmless, two=other)) == ["approved by management, apart"]


def test_nobody_stands_in_for_who_decides() -> None:
    assert [kind.__name__ for kind in KINDS_HERE if not kind.meta.stand_in] == ["Decision"]


SAFE = {"status": "not-affected", "justification": "component-not-present"}
QUIET = {"reachability": "not-reachable", "kev": False, "epss": "under-1-percent", "exploited": "no"}


def statement(**changes: Any) -> Exploitability:
    return content(Exploitability, **(SAFE | {"rests_on": QUIET, "severity": score("6.9")} | changes))


@pytest.mark.parametrize(
    ("setting", "number", "apart"),
    [
        ("exploited", "10.0", False),
        ("exploited-or-critical", "8.9", False),
        ("exploited-or-critical", "9.0", True),
        ("exploited-or-high", "6.9", False),
        ("exploited-or-high", "7.0", True),
    ],
)
def test_the_policy_says_from_which_severity_on_two_look(setting: str, number: str, apart: bool) -> None:
    assert needs_second_eyes(statement(severity=score(number)), setting) is apart


@pytest.mark.parametrize("known", [{"kev": True}, {"exploited": "yes"}])
@pytest.mark.parametrize("setting", ["exploited", "exploited-or-critical", "exploited-or-high"])
def test_two_look_where_it_is_exploited(setting: str, known: dict[str, Any]) -> None:
    assert needs_second_eyes(statement(rests_on=QUIET | known), setting)


@pytest.mark.parametrize("unrated", [None, score("6.0", "dread"), score(None, "ssvc")])
def test_two_look_where_the_severity_is_not_known(unrated: dict[str, Any] | None) -> None:
    assert needs_second_eyes(statement(severity=unrated), "exploited-or-critical")
    assert not needs_second_eyes(statement(severity=unrated), "exploited")


@pytest.mark.parametrize("status", ["affected", "under-investigation"])
def test_bad_news_waits_for_nobody(status: str) -> None:
    bad = statement(status=status, justification=None, severity=score("10.0"))
    assert not needs_second_eyes(bad, "exploited-or-high")
    assert needs_second_eyes(bad, "always")


def test_a_fix_is_good_news_too() -> None:
    assert needs_second_eyes(statement(status="fixed", justification=None, severity=score("7.0")), "exploited-or-high")


def test_never_is_never() -> None:
    assert not needs_second_eyes(statement(severity=score("10.0"), rests_on=QUIET | {"kev": True}), "never")


def test_each_setting_of_the_policy_is_understood() -> None:
    worst = statement(severity=score("10.0"), rests_on=QUIET | {"kev": True})
    choices = POLICY["problems.vex_four_eyes"].choices
    assert [needs_second_eyes(worst, choice) for choice in choices] == [choice != "never" for choice in choices]


def test_the_policy_in_force_decides_who_reviews_a_statement() -> None:
    high = statement(severity=score("7.0"))
    assert labels(Exploitability, high, Held()) == ["reviewed by security, apart"]
    lax = Held(policy={"problems.vex_four_eyes": "exploited"})
    assert labels(Exploitability, high, lax) == ["reviewed by security"]


def test_reports_and_incidents_warn_always() -> None:
    for kind in (Report, Incident):
        assert kind.warning(draft(kind))
        assert kind.warning(content(kind))
    assert not Investigation.warning(content(Investigation))


def test_a_statement_warns_where_it_says_affected() -> None:
    assert Exploitability.warning(content(Exploitability, status="affected"))
    assert Exploitability.warning(draft(Exploitability, status="affected"))
    assert not Exploitability.warning(statement())
    assert not Exploitability.warning(draft(Exploitability))


def test_telling_others_and_closing_are_progress_of_a_decision() -> None:
    before = smallest(Decision)
    after = smallest(
        Decision,
        told_processes=[{"who": "service", "on": "2026-02-01"}],
        other_products=[{"product": an_id("product"), "on": "2026-02-01"}],
        told_third_parties=[{"supplier": an_id("supplier"), "on": "2026-02-01"}],
        closed_on="2026-02-01",
        proved_by=[an_id("run")],
    )
    assert signed_part(Decision, before) == signed_part(Decision, after)
    assert matters(Decision, before) != matters(Decision, smallest(Decision, option="plan", due="2026-03-01"))
    assert shape_of(Decision).targets["told_third_parties.supplier"] == (frozenset({Supplier}), True)


def test_a_decision_rests_on_what_it_is_about() -> None:
    assert shape_of(Decision).targets["about"] == (frozenset({Vulnerability, Finding}), False)


def test_an_investigation_names_its_duplicate() -> None:
    assert shape_of(Investigation).targets["duplicate_of"] == (frozenset({Investigation}), True)


def test_empty_lists_are_not_written() -> None:
    assert "told_processes" not in plain_value(content(Decision))


SIGNED = """
ReportingChannel OP: approved by security
Report P: authored by incident
Incident OP: authored by incident, reviewed by security
CaseNote OP: authored by incident
Investigation P: reviewed by security
ImpactAnalysis P: reviewed by security, reviewed by safety
EscapeAnalysis P: reviewed by security
Advisory P: approved by regulatory, reviewed by security
AuthorityReport P: approved by regulatory
"""


def progress(kind: type[Kind]) -> set[str]:
    shape = shape_of(kind)
    return {*shape.progress, *(".".join(path) for path in shape.nested_progress)}


def test_who_signs_what_is_as_the_model_says() -> None:
    told = [
        f"{kind.__name__} {kind.meta.of}: {', '.join(slot.label for slot in kind.meta.signed)}"
        for kind in KINDS_HERE
        if not callable(kind.meta.signed)
    ]
    assert told == SIGNED.strip().splitlines()


def test_only_what_happens_after_signing_is_progress() -> None:
    assert {kind.__name__: progress(kind) for kind in KINDS_HERE if progress(kind)} == {
        "ReportingChannel": {"tried_on"},
        "Report": {"acknowledged_on", "closed_because", "closed_on"},
        "Incident": {"contained_on", "recovered_on"},
        "Decision": {"closed_on", "other_products", "proved_by", "told_processes", "told_third_parties"},
        "Advisory": {"published_on"},
        "AuthorityReport": {"sent_on"},
    }


def test_four_eyes_see_what_must_not_be_signed_by_its_authors() -> None:
    assert [kind.__name__ for kind in KINDS_HERE if kind.meta.four_eyes] == ["Decision", "EscapeAnalysis"]
