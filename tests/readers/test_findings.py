"""What was found for a clause: alike findings together, each reader told what they may know."""

from __future__ import annotations

from typing import Any

from asepsis.conformance.assessment import Assessment, Note, ObligationVerdict, Thing, as_told
from asepsis.readers.findings import Findings
from asepsis.record.verdict import Verdict
from tests.conformance.assessments import an_assessment

OWN, OTHER, LATE = (Thing(letter * 32, f"GW-THR-{letter}") for letter in "abc")


def _note(about: Thing, **more: Any) -> Note:
    told = as_told(
        {"template": "{record} is open.", "arguments": [["record", {"record": about.id, "label": about.label}]]}
    )
    return Note("risk.open", about, told, **({"owner": "security"} | more))


def _assessed(**gaps: tuple[Note, ...]) -> Assessment:
    made = an_assessment({})
    obligations = tuple(
        ObligationVerdict(f"7.2-{name[1:]}", "7.2", Verdict.GAP, True, notes) for name, notes in gaps.items()
    )
    return type(made)(**{one: getattr(made, one) for one in made.__struct_fields__} | {"obligations": obligations})


def test_findings_that_differ_in_their_record_alone_stand_together_and_the_urgent_first() -> None:
    late = _note(LATE, urgent=True)
    panels = list(Findings(_assessed(o1=(_note(OWN), late), o2=(_note(OWN), _note(OTHER))), "7.2").panels(()))
    assert [(one.note.about, one.obligations, [each.about for each in one.others]) for one in panels] == [
        (LATE, ["7.2-1"], []),
        (OWN, ["7.2-1", "7.2-2"], [OTHER]),
    ]


def test_what_is_about_a_withheld_record_leaves_no_trace_in_what_is_told() -> None:
    findings = Findings(_assessed(o1=(_note(OTHER),), o2=(_note(OWN), _note(LATE, urgent=True))), "7.2")
    told = list(findings.panels({OTHER.id, LATE.id}))
    assert [(one.note.about, one.obligations, one.others) for one in told] == [(OWN, ["7.2-2"], ())]
    assert findings.of_check("7.2-2", "risk.open", Verdict.GAP, {LATE.id}) == (2, 1)
