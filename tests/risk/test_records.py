from __future__ import annotations

from typing import Any

import pydantic
import pytest

from asepsis.record.kind import (
    IncompleteError,
    Kind,
    Value,
    draft_of,
    matters,
    read_content,
    read_draft,
    shape_of,
    signed_part,
)
from asepsis.record.slots import SystemRole
from asepsis.risk.records import (
    SHEET_OF,
    AdtreeSheet,
    Analysis,
    Assumption,
    Control,
    ControlObservation,
    DreadSheet,
    Element,
    HazardousSituation,
    OctaveSheet,
    OwnSheet,
    Risk,
    RiskPlan,
    SafetyHandover,
    Score,
    SideEffect,
    SystemModel,
    Technique,
    Threat,
    TrikeSheet,
    Vulnerability,
)
from tests.kinds import an_id, as_bytes, content, kinds_of, smallest
from tests.looks import Held

KINDS_HERE = kinds_of("risk")
SCORE = {"method": "cvss4.0", "number": "5.0"}


def cell(**changes: Any) -> dict[str, Any]:
    return {
        "method": "cvss4.0",
        "score_from": "0.0",
        "score_to": "10.0",
        "harm": "none",
        "verdict": "acceptable",
    } | changes


def plan(*cells: dict[str, Any], levels: tuple[str, ...] = ("none",)) -> dict[str, Any]:
    scale = [{"level": level, "meaning": f"Somebody suffers {level} harm."} for level in levels]
    return smallest(RiskPlan, harm_scale=scale, cells=list(cells))


def adtree(*nodes: tuple[str, str, str | None]) -> dict[str, Any]:
    return {
        "form": "adtree",
        "question": "cost",
        "nodes": [
            {"key": key, "goal": "some goal", "side": side, "refinement": "or", "parent": parent}
            for key, side, parent in nodes
        ],
    }


BREAKING: list[tuple[type[Kind] | type[Value], dict[str, Any], str]] = [
    (Score, {"number": None}, "has no number"),
    (Score, {"method": "ssvc", "number": "5.0"}, "has a number"),
    (Score, {"number": "5,0"}, "number does not have the form"),
    (RiskPlan, {"methods": []}, "methods is empty"),
    (RiskPlan, {"cells": []}, "cells is empty"),
    (Element, {"kind": "flow"}, "is a flow"),
    (Element, {"kind": "flow", "flows_from": an_id("one")}, "is a flow"),
    (Threat, {"disposition": "accept"}, "why, which accept asks for"),
    (Threat, {"disposition": "avoid"}, "why, which avoid asks for"),
    (Threat, {"disposition": "not-applicable"}, "why, which not-applicable asks for"),
    (
        Threat,
        {"impact": {"safety": "none", "effectiveness": "none", "data": "none"}},
        r"impact\.availability is missing",
    ),
    (Threat, {"category": "magic"}, "category magic, which is none of stride: spoofing, tampering"),
    (Threat, {"technique": "linddun", "category": "tampering"}, "none of linddun"),
    (Analysis, {"proposals": [{"element": an_id("element"), "category": "magic"}]}, "none of stride"),
    (SideEffect, {"presence": "some"}, "not which"),
    (Control, {"indicator": None}, "no indicator or no trigger"),
    (Control, {"trigger": None}, "no indicator or no trigger"),
    (Vulnerability, {"weakness": ["79"]}, r"weakness\[1\] does not have the form"),
    (Risk, {"threats": []}, "neither a threat nor a vulnerability"),
    (Assumption, {"about": []}, "about is empty"),
    (Analysis, {"technique": "dread"}, "has a worksheet of the form stride, while dread has dread"),
    (DreadSheet, {"scale": "1-3", "rows": [{"damage": 4}]}, "outside the scale 1-3"),
    (DreadSheet, {"scale": "1-10", "rows": [{"damage": 0}]}, "outside the scale 1-10"),
    (DreadSheet, {"scale": "0-10", "rows": [{"damage": 11}]}, "damage"),
    (OctaveSheet, {"risks": [{"values": [{"area": "fines", "value": "low"}]}]}, "rates fines, which is no area"),
    (TrikeSheet, {"cells": [{"actor": "nobody"}]}, "has a cell for nobody"),
    (TrikeSheet, {"cells": [{"actor": "nurse", "rule": "with-rules"}]}, "under rules and has none"),
    (AdtreeSheet, adtree(("a", "attack", None), ("a", "attack", None)), "a key for two nodes"),
    (AdtreeSheet, adtree(("a", "attack", None), ("b", "attack", None)), "no root, or more than one"),
    (AdtreeSheet, adtree(("a", "attack", "b"), ("b", "attack", "a")), "no root, or more than one"),
    (AdtreeSheet, adtree(("r", "attack", None), ("a", "attack", "b"), ("b", "attack", "a")), "runs in a circle at a"),
    (AdtreeSheet, adtree(("r", "attack", None), ("a", "attack", "x")), "names x, which is no node"),
    (AdtreeSheet, adtree(("r", "attack", None), ("a", "defence", "r"), ("b", "defence", "r")), "counters a node twice"),
    (OwnSheet, {"columns": ["one"], "rows": [{"cells": ["a", "b"]}]}, "more or fewer cells"),
]

KEEPING: list[tuple[type[Kind] | type[Value], dict[str, Any]]] = [
    (Score, {"method": "ssvc", "number": None, "vector": "SSVCv2/E:A"}),
    (Score, {"method": "cvss3.1", "number": "0.0"}),
    (Element, {"kind": "flow", "flows_from": an_id("one"), "flows_to": an_id("other")}),
    (Element, {"kind": "boundary"}),
    (Threat, {"disposition": "accept", "why": "The device has no such port."}),
    (Threat, {"disposition": "transfer"}),
    (Threat, {"technique": "linddun", "category": "linking"}),
    (Threat, {"technique": "own", "category": "magic"}),
    (Analysis, {"proposals": [{"element": an_id("element"), "category": "spoofing"}]}),
    (SideEffect, {"presence": "some", "text": "A locked account keeps the night nurse out."}),
    (Control, {"kind": "information", "indicator": None, "trigger": None}),
    (Risk, {"threats": [], "vulnerabilities": [an_id("vulnerability")]}),
    (Analysis, {"technique": "dread", "worksheet": {"form": "dread", "scale": "1-3", "result": "sum"}}),
    (DreadSheet, {"scale": "1-3", "rows": [{"damage": 3, "reproducibility": 1}]}),
    (DreadSheet, {"scale": "0-10", "rows": [{"damage": 0, "reproducibility": 10}]}),
    (OctaveSheet, {"risks": [{"values": [{"area": "safety", "value": "high"}]}]}),
    (TrikeSheet, {"cells": [{"actor": "nurse", "rule": "with-rules", "rules": "of the own ward"}]}),
    (AdtreeSheet, adtree(("r", "attack", None), ("a", "attack", "r"), ("b", "attack", "r"), ("d", "defence", "a"))),
    (AdtreeSheet, adtree(("r", "attack", None), ("d", "defence", "r"), ("a", "attack", "d"))),
    (OwnSheet, {"columns": ["one", "two"], "rows": [{"cells": ["a", "b"]}]}),
]


def filled(kind: type[Kind] | type[Value], overrides: dict[str, Any]) -> dict[str, Any]:
    """Return the smallest content with `overrides`; the rows that a worksheet is given are filled up first."""
    rows: dict[type, tuple[str, dict[str, Any]]] = {
        DreadSheet: ("rows", {"threat": an_id("threat"), "damage": 1, "reproducibility": 1, "exploitability": 1}),
        TrikeSheet: ("cells", {"asset": an_id("asset"), "action": "read", "rule": "allowed"}),
        OctaveSheet: ("risks", {"asset": an_id("asset")}),
    }
    given = {"damage": 1, "affected_users": 1} if kind is DreadSheet else {}
    whole = dict(overrides)
    if kind in rows and rows[kind][0] in whole:
        name, base = rows[kind]
        whole[name] = [base | given | row for row in whole[name]]
    if kind is OctaveSheet:
        areas = [{"area": "safety", "rank": 5, "low": "a scratch", "moderate": "a stay", "high": "a death"}]
        texts = dict.fromkeys(("concern", "actor", "means", "motive", "breached", "consequences"), "some text")
        chosen = {"outcome": "disclosure", "probability": "low", "action": "mitigate"}
        whole["areas"] = areas
        whole["risks"] = [texts | chosen | risk for risk in whole["risks"]]
    if kind is TrikeSheet:
        whole["actors"] = [{"actor": "nurse", "risk": 2}]
    return smallest(kind, **whole)


@pytest.mark.parametrize(("kind", "overrides", "told"), BREAKING)
def test_what_is_filled_wrongly_is_told(kind: type[Any], overrides: dict[str, Any], told: str) -> None:
    with pytest.raises(IncompleteError, match=told):
        read_content(kind, as_bytes(filled(kind, overrides)))


@pytest.mark.parametrize(("kind", "overrides"), KEEPING)
def test_what_is_filled_together_reads(kind: type[Any], overrides: dict[str, Any]) -> None:
    read_content(kind, as_bytes(filled(kind, overrides)))


def test_a_plan_leaves_no_score_out() -> None:
    for cells, told in (
        ([cell(score_from="0.1")], "has no cell for the score 0.0 of cvss4.0 at the harm `none`"),
        ([cell(score_to="9.9")], "has no cell for the score 10.0"),
        ([cell(score_to="3.9"), cell(score_from="4.1")], "has no cell for the score 4.0"),
        ([cell(score_to="4.0"), cell(score_from="4.0")], "has two cells for the score 4.0"),
        ([cell(), cell()], "has two cells for the score 0.0"),
        ([cell(score_to="10.1")], "from 0.0 to 10.1, past the ends of the scale"),
        ([cell(score_from="-0.1")], "from -0.1 to 10.0, past the ends of the scale"),
        ([cell(score_to="3.95"), cell(score_from="4.05")], "from 0.0 to 3.95, which is between two scores"),
        ([cell(score_from="5.0", score_to="4.0")], "ends at 4.0 before it starts at 5.0"),
        ([cell(method="cwss")], "has a cell for cwss, which is not among the methods"),
        ([cell(harm="grave")], "has a cell for the harm `grave`, which is not on the harm scale"),
    ):
        with pytest.raises(IncompleteError, match=told):
            read_content(RiskPlan, as_bytes(plan(*cells)))
    read_content(RiskPlan, as_bytes(plan(cell(score_from="4.0"), cell(score_to="3.9"))))


def test_a_plan_has_a_cell_for_each_level_of_harm() -> None:
    with pytest.raises(IncompleteError, match=r"no cell for the score 0\.0 of cvss4\.0 at the harm `grave`"):
        read_content(RiskPlan, as_bytes(plan(cell(), levels=("none", "grave"))))
    read_content(RiskPlan, as_bytes(plan(cell(), cell(harm="grave"), levels=("none", "grave"))))


def test_a_plan_gets_no_milder_as_the_score_grows() -> None:
    milder = cell(score_to="3.9", verdict="needs-approval"), cell(score_from="4.0")
    with pytest.raises(IncompleteError, match=r"gets milder from 3\.9 to 4\.0"):
        read_content(RiskPlan, as_bytes(plan(*milder)))
    worse = cell(score_to="3.9"), cell(score_from="4.0", verdict="needs-approval")
    read_content(RiskPlan, as_bytes(plan(*worse)))


def test_a_plan_gets_no_milder_as_the_harm_grows() -> None:
    levels = ("none", "grave")
    worse_first = cell(score_to="3.9"), cell(score_from="4.0", verdict="unacceptable")
    milder_then = cell(harm="grave", score_to="6.9"), cell(harm="grave", score_from="7.0", verdict="unacceptable")
    with pytest.raises(IncompleteError, match=r"milder at the harm `grave` than at `none` for the score 4\.0"):
        read_content(RiskPlan, as_bytes(plan(*worse_first, *milder_then, levels=levels)))
    same = cell(harm="grave", score_to="3.9"), cell(harm="grave", score_from="4.0", verdict="unacceptable")
    read_content(RiskPlan, as_bytes(plan(*worse_first, *same, levels=levels)))


def test_a_plan_names_each_method_and_level_once() -> None:
    method = smallest(RiskPlan)["methods"][0]
    with pytest.raises(IncompleteError, match="names a method of scoring twice"):
        read_content(RiskPlan, as_bytes(smallest(RiskPlan, methods=[method, method])))
    with pytest.raises(IncompleteError, match="names a level of harm twice"):
        read_content(RiskPlan, as_bytes(plan(cell(), levels=("none", "none"))))


@pytest.mark.parametrize("change", [{"step": "0"}, {"step": "-0.1"}, {"lowest": "10.0"}, {"step": "0.3"}])
def test_the_scale_of_a_method_goes_up_in_steps(change: dict[str, str]) -> None:
    method = smallest(RiskPlan)["methods"][0] | change
    with pytest.raises(IncompleteError, match="goes up"):
        read_content(RiskPlan, as_bytes(smallest(RiskPlan, methods=[method])))


def roles(kind: type[Kind], value: Kind, look: Held) -> list[str]:
    return [f"{slot.label}{', apart' if slot.apart else ''}" for slot in kind.slots(value, look)]


@pytest.mark.parametrize("disposition", ["mitigate", "transfer", "avoid"])
def test_a_threat_that_is_dealt_with_may_be_reviewed_by_its_author(disposition: str) -> None:
    threat = content(Threat, disposition=disposition, why="Said.")
    assert roles(Threat, threat, Held()) == ["reviewed by security"]


@pytest.mark.parametrize("disposition", ["accept", "not-applicable"])
def test_a_threat_that_is_left_is_reviewed_by_somebody_else(disposition: str) -> None:
    threat = content(Threat, disposition=disposition, why="Said.")
    assert roles(Threat, threat, Held()) == ["reviewed by security, apart"]


GRID = [
    cell(score_to="3.9"),
    cell(score_from="4.0", score_to="6.9", verdict="needs-approval", approver="clinical"),
    cell(score_from="7.0", verdict="unacceptable", approver="quality"),
]


@pytest.mark.parametrize(
    ("number", "approver"),
    [("3.9", "management"), ("4.0", "clinical"), ("6.9", "clinical"), ("7.0", "quality"), ("10.0", "quality")],
)
def test_the_role_of_its_cell_approves_a_risk(number: str, approver: str) -> None:
    look = Held({an_id("plan"): read_content(RiskPlan, as_bytes(plan(*GRID)))})
    risk = content(Risk, residual={"method": "cvss4.0", "number": number}, harm_after="none")
    assert roles(Risk, risk, look) == ["reviewed by security, apart", f"approved by {approver}, apart"]


@pytest.mark.parametrize(
    ("residual", "harm"),
    [
        (SCORE, "grave"),
        ({"method": "cwss", "number": "50"}, "none"),
        ({"method": "cvss4.0", "number": "11.0"}, "none"),
        ({"method": "ssvc"}, "none"),
    ],
)
def test_management_approves_a_risk_that_falls_in_no_cell(residual: dict[str, str], harm: str) -> None:
    look = Held({an_id("plan"): read_content(RiskPlan, as_bytes(plan(*GRID)))})
    needs = {"number": None} if "number" not in residual else {}
    risk = content(Risk, residual=residual | needs, harm_after=harm)
    assert roles(Risk, risk, look)[1] == "approved by management, apart"


def test_management_approves_a_risk_while_no_plan_is_in_force() -> None:
    assert roles(Risk, content(Risk), Held())[1] == "approved by management, apart"


def test_nobody_stands_in_for_who_signs_a_risk() -> None:
    assert not Risk.meta.stand_in
    assert Threat.meta.stand_in


def test_elements_and_analyses_are_signed_as_their_model_is() -> None:
    for kind in (Element, Analysis):
        assert kind.meta.signed == SystemModel.meta.signed
        assert roles(kind, content(kind), Held()) == ["reviewed by security", "reviewed by architect"]


def test_the_plan_is_one_and_approved_by_management_with_security_and_safety() -> None:
    assert RiskPlan.meta.single
    assert [slot.roles for slot in RiskPlan.slots(content(RiskPlan), Held())] == [
        (SystemRole.MANAGEMENT,),
        (SystemRole.SECURITY,),
        (SystemRole.SAFETY,),
    ]


def draft(kind: type[Kind], **values: Any) -> pydantic.BaseModel:
    return read_draft(kind, as_bytes(values))


def test_a_vulnerability_counts_from_its_first_save() -> None:
    assert Vulnerability.warning(draft(Vulnerability))
    assert not Threat.warning(content(Threat))


def test_an_observation_warns_unless_the_control_still_works() -> None:
    assert not ControlObservation.warning(content(ControlObservation, still_effective=True))
    assert not ControlObservation.warning(draft(ControlObservation, still_effective=True))
    assert ControlObservation.warning(content(ControlObservation, still_effective=False))
    assert ControlObservation.warning(draft(ControlObservation))


def test_a_handover_from_safety_warns_until_it_is_answered() -> None:
    asked = {"direction": "from-safety"}
    assert SafetyHandover.warning(content(SafetyHandover, **asked))
    assert SafetyHandover.warning(draft(SafetyHandover, **asked))
    assert not SafetyHandover.warning(content(SafetyHandover, **asked, answered_on="2026-02-01", answer="Agreed."))
    assert not SafetyHandover.warning(content(SafetyHandover, direction="to-safety"))
    assert not SafetyHandover.warning(draft(SafetyHandover))


def test_the_answer_to_a_handover_is_progress_and_its_subject_is_not() -> None:
    before = smallest(SafetyHandover)
    answered = smallest(SafetyHandover, answered_on="2026-02-01", answer="Agreed.")
    other = smallest(SafetyHandover, what_changed="Something else.")
    assert signed_part(SafetyHandover, before) == signed_part(SafetyHandover, answered)
    assert matters(SafetyHandover, before) != matters(SafetyHandover, other)


def test_an_element_names_its_model_and_rests_on_its_ends() -> None:
    targets = shape_of(Element).targets
    assert targets["model"] == (frozenset({SystemModel}), True)
    assert targets["flows_from"] == (frozenset({Element}), False)
    assert targets["crosses"] == (frozenset({Element}), False)


def test_a_threat_is_of_use_where_no_phase_is_named() -> None:
    assert [phase.value for phase in content(Threat).phases] == ["use"]


def test_each_technique_has_its_worksheet_and_each_worksheet_a_technique() -> None:
    (sheets,) = (info.annotation for name, info in Analysis.model_fields.items() if name == "worksheet")
    forms = {sheet.model_fields["form"].annotation.__args__[0] for sheet in sheets.__args__}  # type: ignore[union-attr]
    assert set(SHEET_OF) == set(Technique)
    assert set(SHEET_OF.values()) == forms


def test_a_worksheet_is_read_as_the_form_it_names_in_a_draft_too() -> None:
    value = {"worksheet": {"form": "dread", "rows": [{"damage": 3}]}}
    found: Any = draft(Analysis, **value)
    assert isinstance(found.worksheet, draft_of(DreadSheet))
    with pytest.raises(IncompleteError, match="worksheet"):
        read_content(Analysis, as_bytes(smallest(Analysis, worksheet={"form": "tarot"})))


def test_a_hazardous_situation_is_reviewed_by_safety() -> None:
    assert roles(HazardousSituation, content(HazardousSituation), Held()) == ["reviewed by safety"]


SIGNED = """
RiskPlan OP: approved by management, reviewed by security, reviewed by safety
SecurityContext P: approved by security, reviewed by clinical
Asset P: reviewed by security
SystemModel P: reviewed by security, reviewed by architect
Element P: reviewed by security, reviewed by architect
HazardousSituation P: reviewed by safety
Control P: reviewed by security, reviewed by architect
Vulnerability P: reviewed by security
OverallRisk P: approved by management, reviewed by security, reviewed by safety
ControlObservation P: reviewed by security
Assumption P: reviewed by security
SafetyHandover P: authored by security, reviewed by safety
Analysis P: reviewed by security, reviewed by architect
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
        "SafetyHandover": {"answer", "answered_on"}
    }


def test_what_exists_once_in_a_scope() -> None:
    assert [kind.__name__ for kind in KINDS_HERE if kind.meta.single] == ["RiskPlan"]


def test_four_eyes_see_what_must_not_be_signed_by_its_authors() -> None:
    assert [kind.__name__ for kind in KINDS_HERE if kind.meta.four_eyes] == ["Risk"]
