"""Why no verdict turns where something is wrong with the example, in one sentence each.

A reason stands for one sort of fault of one kind of record, in one field. Where it rests on what the record says, it
names the records that it is about, so that it does not excuse another. Where it says that others carry the same duty,
it names them too: then, and the test sees to it, the fault shows as soon as they are gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tests.example.mutations import Mutation


@dataclass(frozen=True)
class Reason:
    """Why nobody notices a fault: `of` these records alone, or of any; `beside` those that carry the same duty."""

    why: str
    of: frozenset[str] = frozenset()
    beside: tuple[str, ...] = ()


Faults = Iterable[tuple[str, str]]
GONE: Faults = (("deleted", ""), ("unsigned", ""))
UNSIGNED: Faults = (("unsigned", ""),)


def _of(
    kind: str, faults: Faults, why: str, *of: str, beside: tuple[str, ...] = ()
) -> dict[tuple[str, str, str], list[Reason]]:
    reason = Reason(why, frozenset(of), beside)
    return {(kind, sort, where): [reason] for sort, where in faults}


def _moved(*wheres: str) -> Faults:
    return [("moved", where) for where in wheres]


QUALIFIED = _moved("on aged", "on old", "until later", "until over")
TAKEN_OVER = _moved("taken_over.on old", "taken_over.signatures.on old")
AGREED = _moved("accepted_on aged", "accepted_on old", "assessed_on aged", "assessed_on old", "next_assessment over")
SOONER = "the next one is due at the interval of the policy, where that comes sooner"

_ALL = (
    # --- what was, and what is newer ---
    _of(
        "Attestation", (*GONE, *_moved("on aged", "on old")),
        "of each obligation the newest attestation counts, and this is of last year",
        "GW-ATT-1", "GW-ATT-2", "GW-ATT-3", "GW-ATT-4",
    ),
    _of(
        "ManagementReview", (*GONE, *_moved("on aged", "on old")),
        "the newest management review counts, and there is a newer one", "GW-MRV-1",
    ),
    _of("PeriodicReview", GONE, "the newest review of the threat model counts, and there is a newer one", "GW-PRV-2"),
    _of(
        "ChangeRequest", GONE, "it is of 2.2.0, and the changes of a release are looked at when that release is",
        "GW-CHG-1",
    ),
    _of("Procedure", UNSIGNED, "the version before it was in force until the end of July", "ORG-PRO-9"),
    _of(
        "Procedure", _moved("effective after"), "it came into force a day later, which is long past", "ORG-PRO-9"
    ),
    _of("DesignElement", UNSIGNED, "the revision before stands, and the architecture implements what was added", "GW-DSN-7"),
    _of("Risk", UNSIGNED, "the revision before stands: of the same size, with one control less", "GW-RSK-4"),
    _of(
        "Decision", UNSIGNED,
        "unclosed, it is owed on no day, and its finding was tested again and passed", "GW-DCS-2",
    ),
    # --- what others carry too ---
    _of(
        "Audit", (*GONE, *_moved("on aged", "on old")),
        "the plan has a day to come, in its cycle, for each clause that it sampled", "GW-AUD-1", "ORG-AUD-1",
    ),
    _of(
        "Audit", _moved("taken_over.on old", "taken_over.signatures.on old"),
        "whether an audit lies in its cycle is told by its own day", "ORG-AUD-1",
    ),
    _of(
        "QualitySystem", _moved("audit_plan.by over"),
        "an audit sampled the clause within the cycle, so its planned day may be over",
    ),
    _of("MonitoredSource", GONE, "the feed of the ecosystem covers the item too", "GW-SRC-2", beside=("GW-SRC-1",)),
    _of(
        "SoftwareItem", GONE, "the rule for packages gives the component a category too",
        "GW-ITM-3", "GW-ITM-8", "GW-ITM-9", "OLD-ITM-1", beside=("ORG-CRU-1",),
    ),
    _of("Analysis", (*GONE, ("cut", "model")), "its one proposal was merged into a threat that stands", "GW-ANA-2"),
    *(
        _of(
            "SourceReview", GONE, "without it fewer days lie between two looks than the sources let pass", review,
            beside=(other,),
        )
        for review, other in (
            ("GW-SRV-2", "GW-SRV-3"), ("GW-SRV-3", "GW-SRV-2"), ("GW-SRV-4", "GW-SRV-3"), ("GW-SRV-6", "GW-SRV-5"),
        )
    ),
    *(
        _of(
            "ControlObservation", (("cut", "control"), *_moved("on aged", "on old")),
            "a test of the control that passed lately stands for a look at it", observation, beside=(case,),
        )
        for observation, case in (
            ("GW-OBS-1", "GW-TST-2"), ("GW-OBS-2", "GW-TST-6"), ("GW-OBS-3", "GW-TST-20"), ("GW-OBS-4", "GW-TST-1"),
            ("GW-OBS-5", "GW-TST-10"), ("GW-OBS-6", "GW-TST-9"),
        )
    ),
    *(
        _of("TestCase", GONE, "other cases that passed show the same", case, beside=others)
        for case, others in (
            ("GW-TST-21", ("GW-TST-24",)), ("GW-TST-24", ("GW-TST-21",)), ("GW-TST-25", ("GW-TST-24",)),
            ("GW-TST-31", ("GW-TST-32", "GW-TST-34")), ("GW-TST-32", ("GW-TST-31", "GW-TST-34")),
            ("GW-TST-34", ("GW-TST-31", "GW-TST-32")),
        )
    ),
    _of(
        "TestCase", GONE, "no requirement hangs on it: that its sort of test was made is shown by the run that passed",
        "GW-TST-30", "GW-TST-33",
    ),
    _of("TestPlan", GONE, "static tests are shown by what the analysers brought; nothing hangs on their plan", "GW-TPL-12"),
    _of("TestPlan", GONE, "that parts work together is shown at the boundaries too", "GW-TPL-13", beside=("GW-TPL-10",)),
    _of("Appointment", GONE, "the role has another holder", "ORG-APT-7", beside=("ORG-APT-6",)),
    # --- days that bind nobody ---
    _of("Appointment", _moved("since old"), "to have held a role for longer is no fault"),
    _of(
        "Appointment", _moved("since after"),
        "a day later is long past, and on that day its holder signed nothing",
    ),
    _of("Applicability", _moved("developed_before old"), "to have been developed earlier is no fault"),
    _of("PeriodicReview", _moved("first_day old"), "to have looked back further is no fault"),
    _of("SourceReview", _moved("first_day old"), "to have looked back further is no fault"),
    _of("PeriodicReview", _moved("next_due later"), SOONER),
    _of("CodingStandard", _moved("review_by later"), SOONER),
    _of("SupplierAgreement", _moved("next_assessment later"), SOONER),
    _of(
        "PeriodicReview", _moved("next_due over"),
        "the next look through open issues is due with the next release, on no day", "GW-PRV-6", "OLD-PRV-2",
    ),
    _of("Policy", _moved("effective old"), "to have set the same values earlier is no fault", "ORG-POL-1"),
    _of("Release", _moved("planned old", "planned over"), "what was planned decides nothing; the decision does"),
    _of(
        "Release", _moved("support_until over"),
        "what security asks hangs on the days of security support, and bills are kept from the longer of both on",
    ),
    _of(
        "SecurityPlan", _moved("activities.due over"), "what the activity was to bring is there, so its day may be over"
    ),
    _of("SigningKey", _moved("created old"), "an older key is no fault before the day it is to be replaced"),
    _of(
        "SoftwareItem", _moved("evaluated_on old"),
        "what is learnt of an item later comes by its matches and is judged there; only a change of its category, or "
        "a version outside its range, asks for another evaluation",
    ),
    _of(
        "SoftwareItem", _moved("end_of_support after", "end_of_support old"), "its support had ended already", "OLD-ITM-1"
    ),
    _of(
        "SystemModel", _moved("last_relevant_change old"),
        "no change of the product was asked for, so that there is none to compare it with", "OLD-MOD-1",
    ),
    _of("TestRun", _moved("on over"), "a run of yesterday is as good as one of today", "GW-RUN-37", "GW-RUN-38"),
    _of("Training", _moved("attendance.on old"), "who sat in a training is not yet qualified; the qualification counts"),
    _of(
        "Review", _moved("held_on old"),
        "which code was reviewed is told by the commits that it names; a review comes before they are merged",
        "GW-RVW-4", "GW-RVW-5",
    ),
    # --- what is done, and owed no more ---
    _of(
        "ImprovementAction", _moved("due after", "due old"),
        "it is done; while an action is late, the management review has to look at it", "GW-IMP-1", "GW-IMP-2", "GW-IMP-3",
    ),
    _of(
        "ImprovementAction", _moved("done_on aged"),
        "one of the two records for which it was opened was there by then, and its effect was checked", "GW-IMP-1",
    ),
    _of("ImprovementAction", (("cut", "because"),), "it answers for the other record that it names", "GW-IMP-1"),
    _of(
        "Nonconformity", _moved("answer_due after", "answer_due old"),
        "its answer was accepted by whoever found it, so it is late no more", "GW-NCN-1",
    ),
    _of("AuthorityReport", UNSIGNED, "its clock runs for another week", "GW-AUR-1"),
    _of("AuthorityReport", _moved("due over"), "it had been sent by then", "GW-AUR-1"),
    _of(
        "CaseNote", (*GONE, *_moved("at old")),
        "it asks for nothing, and no answer is owed to whom it went; the acknowledgement stands in the report",
        "GW-CNO-1", "GW-CNO-3",
    ),
    _of("Incident", (("cut", "hazards"),), "whether patients were touched is said by the incident itself", "GW-INC-1"),
    _of(
        "Incident", _moved("noticed_on aged", "noticed_on old"),
        "clocks count from when somebody here knew; whoever noticed it may have done so long before", "GW-INC-1",
    ),
    _of(
        "Incident", _moved("contained_on old", "recovered_on old"),
        "it touches 2.3.0, which is out, and it falls into the time of the next look back", "GW-INC-1",
    ),
    _of(
        "Report", _moved("aware_of_exploitation_on old"),
        "only the Cyber Resilience Act counts from it, and that spares medical devices", "GW-RPT-2",
    ),
    _of(
        "Investigation", (*GONE, ("cut", "reports")),
        "the report that it looks into came a week ago, and there is a month for that", "GW-INV-3",
    ),
    _of("Notice", (("cut", "about"),), "it tells of two things, and the other one carries the telling", "GW-NTC-2"),
    # --- what nobody asks for ---
    _of(
        "Appointment", (*GONE, *_moved("until over")),
        "she tests from outside: the organisation that her runs name tells how far she stands, and she signs nothing",
        "GW-APT-1",
    ),
    _of("Assumption", GONE, "it falls to a supplier who makes nothing for us, and transfers no threat", "GW-ASM-3"),
    _of("Qualification", (*GONE, *QUALIFIED, *TAKEN_OVER), "no role asks for this skill", "ORG-QUA-16", "ORG-QUA-17"),
    _of(
        "Qualification", _moved("until later", "until over"),
        "no role that its holder has asks for it, and it counted on the days on which she assessed others", "ORG-QUA-13",
    ),
    _of("Supplier", GONE, "it makes no item, and what is agreed with it is not made for us", "ORG-SUP-11"),
    _of(
        "SupplierAgreement", (("cut", "supplier"), *AGREED), "the supplier makes nothing for us, of which alone 4.1.5 speaks",
        "GW-AGR-2",
    ),
    _of("Training", (*GONE, *TAKEN_OVER), "no role asks for the skill that it gives", "ORG-TRN-4"),
)  # fmt: skip

EXPLAINED: dict[tuple[str, str, str], list[Reason]] = {}
for _reasons in _ALL:
    for _what, _found in _reasons.items():
        EXPLAINED.setdefault(_what, []).extend(_found)


def reason_of(mutation: Mutation) -> Reason | None:
    """Return why nobody notices a mutation; `None` where nobody has said why."""
    return next((one for one in EXPLAINED.get(mutation.what, ()) if not one.of or mutation.label in one.of), None)
