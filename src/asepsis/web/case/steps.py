"""The steps of a case: which records tell of each, which of them is in hand, and what a step asks of whom fills it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString

from asepsis.readers import visible
from asepsis.record.history import Head, History
from asepsis.record.kind import kind_named
from asepsis.store import queries, refusals
from asepsis.store.models import Link, Record
from asepsis.web import then
from asepsis.web.moment import Moment
from asepsis.web.values import Values
from asepsis.web.words import Words, field_words

REACHED = 400  # records of one case
NOTE = "CaseNote"
OF = "Vulnerability"
PASSED = ("Report", "Incident", "Finding", "Investigation", "Decision")  # through which a case goes on
THE_CASE = OF  # as the source of a tie: the vulnerability itself
ANALYSED = ("severity", "affected")
BEGINNINGS = 2  # steps that tell where a case comes from


@dataclass(frozen=True, slots=True)
class Fills:
    """A kind of record that a step fills in, and what of it is asked here.

    `asks` come first, the rest is folded away. `ties` are references that the case itself gives: to the records of the
    first of these kinds that it has. `copies` were asked elsewhere in the case: fields of the newest record of that kind,
    taken over as they are. What the case cannot give yet is asked. `at_once` opens it with its step.
    """

    kind: str
    asks: tuple[str, ...] = ()
    ties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One step of a case: which kinds it is told by, what is written in it, and what is said where nothing is."""

    title: str
    kinds: tuple[str, ...]
    fills: tuple[Fills, ...]
    empty: str


REPORT = Fills(
    "Report",
    ("origin", "received_on", "what", "exploited", "aware_of_exploitation_on", "embargo_until"),
    at_once=True,
)
INVESTIGATION = Fills(
    "Investigation",
    ("applicable", "why", "verified", "how", "started_on", "concluded_on"),
    {"reports": ("Report", "Finding"), "leads_to": (THE_CASE,)},
    at_once=True,
)
VULNERABILITY = Fills(
    OF,
    ("weakness", "left_in", "elements", "items"),
    copies={name: f"ImpactAnalysis.{name}" for name in ANALYSED},
    at_once=True,
)
PARTS = (
    Part("Heard", ("Report", "Incident"), (REPORT, Fills("Incident")), "Nobody's report of it is written down."),
    Part("Found", ("Investigation", "Finding"), (INVESTIGATION,), "It was not looked into yet."),
    Part(
        "Analysed",
        ("ImpactAnalysis", "EscapeAnalysis", "Exploitability"),
        (
            Fills(
                "ImpactAnalysis",
                (
                    *ANALYSED,
                    "unaffected",
                    "root_cause",
                    "environment",
                    "hazards",
                    "safety",
                    "effectiveness",
                    "related",
                    "external_controls",
                    "external_controls_why",
                ),
                {"vulnerability": (THE_CASE,)},
                at_once=True,
            ),
            VULNERABILITY,
            Fills(
                "EscapeAnalysis",
                ("phase_missed", "why", "same_elsewhere", "same_elsewhere_why", "none_because"),
                {"vulnerabilities": (THE_CASE,)},
            ),
        ),
        "How severe it is, whom it touches and where it comes from is not said yet.",
    ),
    Part(
        "Decided",
        ("Decision",),
        (
            Fills(
                "Decision",
                ("option", "why", "risk", "due", "disclose", "disclose_why", "disclose_by", "prevents_similar"),
                {"about": (THE_CASE,)},
                at_once=True,
            ),
        ),
        "Fix, work around, defer or leave: nothing is decided yet.",
    ),
    Part(
        "Changed",
        ("ChangeRequest", "Update", "UpdateVerification", "TestRun"),
        (
            Fills(
                "ChangeRequest",
                ("what", "security_effect", "safety_effect", "effectiveness_effect", "affects", "decided", "done_in"),
                {"because": ("Decision", THE_CASE)},
                {"why": "Decision.why", "due": "Decision.due"},
                at_once=True,
            ),
            Fills(
                "Update",
                ("release", "channel", "integrity", "security_only", "instructions", "available_on"),
                {"fixes": (THE_CASE,)},
                {"for_releases": "ImpactAnalysis.affected"},
            ),
            Fills(
                "UpdateVerification",
                ("fix_shown_by", "regression_shown_by", "constraints", "outcome"),
                {"update": ("Update",)},
            ),
        ),
        "No change is asked for yet.",
    ),
    Part(
        "Told",
        ("Advisory", "AuthorityReport", "Notice"),
        (
            Fills(
                "Advisory",
                ("description", "resolution", "workaround", "to", "published_on"),
                {"vulnerabilities": (THE_CASE,), "resolved_by": ("Update", "Decision")},
                {name: f"ImpactAnalysis.{name}" for name in ANALYSED},
                at_once=True,
            ),
            Fills(
                "AuthorityReport",
                ("law", "authority", "event", "step", "clock_from", "due", "why", "content", "sent_on"),
                {"about": (THE_CASE,)},
            ),
            Fills(
                "Notice",
                ("to", "markets", "text", "channel", "sent_on"),
                {"about": ("Advisory", "Update")},
                {"for_releases": "ImpactAnalysis.affected"},
            ),
        ),
        "Neither users nor authorities were told yet.",
    ),
)
CALLS = Part(
    "Calls and mail",
    (NOTE,),
    (Fills(NOTE, ("at", "direction", "with_whom", "text", "answer_due"), {"about": (THE_CASE,)}),),
    "No call and no mail is noted.",
)
FIRST = (Fills(OF, ("title", "severity", "left_in", "weakness", "affected")), REPORT)
TOLD = {
    "Report": ("what", "exploited", "acknowledged_on"),
    "Incident": ("what", "patients", "recovered_on"),
    "Finding": ("what",),
    "Investigation": ("applicable", "how", "concluded_on"),
    "ImpactAnalysis": ("severity", "affected", "root_cause", "hazards", "related"),
    "EscapeAnalysis": ("phase_missed", "why"),
    "Exploitability": ("status", "justification"),
    "Decision": ("option", "why", "due", "closed_on"),
    "ChangeRequest": ("what", "done_in"),
    "Update": ("for_releases", "available_on"),
    "UpdateVerification": ("outcome",),
    "TestRun": ("outcome", "on"),
    "Advisory": ("resolution", "published_on"),
    "AuthorityReport": ("law", "authority", "step", "due", "sent_on"),
    "Notice": ("to", "sent_on"),
}


@dataclass
class Case:
    """A vulnerability with all records that its case has come to, as of a moment."""

    row: Record
    moment: Moment
    words: Words
    chains: dict[str, History]
    rows: dict[str, Record]
    values: dict[str, dict[str, Any]]

    @property
    def title(self) -> str:
        """Return what the case is called."""
        return str(self.values[self.row.id].get("title", self.row.title))

    @property
    def persons(self) -> tuple[str, ...] | None:
        """Return who sees the case beside the roles to which it is open; `None` where it is withheld from nobody."""
        return tuple(self.chains[self.row.id].persons or ()) if self.row.embargoed else None

    @property
    def until(self) -> str | None:
        """Return the last day of an embargo that a report of the case tells."""
        return max((one["embargo_until"] for one in self.values.values() if one.get("embargo_until")), default=None)

    def of_kind(self, kind: str) -> list[Record]:
        """Return the records of a kind, the oldest first; those that were withdrawn are left out."""
        rows = [
            one
            for one in self.rows.values()
            if one.kind == kind and self.chains[one.id].head_state is not Head.WITHDRAWN
        ]
        return sorted(rows, key=lambda one: self.chains[one.id].revisions[0].position)


def case_of(moment: Moment, label: str) -> Case:
    """Return the case of a vulnerability. Raises `UnknownRecordError` where the label is of none of the product's."""
    row = visible.record(label)
    if row.kind != OF or moment.product is None or row.product != moment.product.id:
        raise refusals.UnknownRecordError(record=label[:40])
    chains = then.histories(moment, [row.id, *reached(row.id)])
    if row.id not in chains:
        raise refusals.UnknownRecordError(record=row.label)
    words = Words(moment)
    words.know([*chains, *(one.head.by for one in chains.values())])
    contents = queries.values_of(one.head.content for one in chains.values())
    values = {record: contents.get(one.head.content, {}) for record, one in chains.items()}
    return Case(row, moment, words, chains, visible.by_id(chains), values)


def reached(vulnerability: str) -> list[str]:
    """Return the records of a case: what refers to the vulnerability, and what that leads on to; drafts too."""
    kinds = {one for part in PARTS for one in part.kinds} | {NOTE}
    seen, frontier = {vulnerability: None}, [vulnerability]
    for _ in range(4):
        up = Link.objects.filter(target__in=frontier).order_by("source").values_list("source", flat=True)
        down = Link.objects.filter(source__in=frontier).order_by("target").values_list("target", flat=True)
        found = visible.by_id(one for one in dict.fromkeys((*up[:REACHED], *down[:REACHED])) if one not in seen)
        rows = [one for one in found.values() if one.kind in kinds]
        seen |= dict.fromkeys(one.id for one in rows)
        frontier = [one.id for one in rows if one.kind in PASSED]
        if not frontier or len(seen) > REACHED:
            break
    return [one for one in seen if one != vulnerability][:REACHED]


# --- steps ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """One record of a step: how it stands, who wrote it, and the fields that tell the story."""

    row: Record
    state: str
    author: str
    day: str
    fields: tuple[tuple[str, SafeString], ...]


@dataclass
class Step:
    """One step of the case. `here` is the one in hand; `done` is one of which something effective tells."""

    number: int
    part: Part
    told: list[Told] = field(default_factory=list)
    here: bool = False

    @property
    def done(self) -> bool:
        """Return whether something effective tells of it."""
        return any(one.state == "effective" for one in self.told)


def steps_of(case: Case) -> list[Step]:
    """Return the steps with what tells of each, oldest first.

    The first that is not done is the one in hand; how it was heard of and found is passed over once more is done.
    """
    steps = []
    for number, part in enumerate(PARTS, 1):
        own = [one for one in case.rows.values() if one.kind in part.kinds]
        own.sort(key=lambda one: case.chains[one.id].revisions[0].position)
        steps.append(Step(number, part, [told(case, one, TOLD[one.kind]) for one in own]))
    known = [any(later.done for later in steps[number:]) for number in range(1, BEGINNINGS + 1)]
    owed = (
        one for one, passed in zip(steps, [*known, *[False] * len(steps)], strict=False) if not one.done and not passed
    )
    if (here := next(owed, None)) is not None:
        here.here = True
    return steps


def told(case: Case, row: Record, names: Iterable[str]) -> Told:
    """Return a record with some of its fields, as the case tells it."""
    chain, value = case.chains[row.id], case.values[row.id]
    show = Values(case.words, kind_named(row.kind), lambda _: None)
    fields = tuple((field_words(name), show.shown(name, value[name])) for name in names if name in value)
    day = case.moment.day_of(chain.head.at)
    return Told(row, str(chain.head_state), case.words.name(chain.head.by), day, fields)
