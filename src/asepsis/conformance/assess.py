"""Where a product stands: each check is run once, its findings are joined to obligations, and these to clauses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from msgspec import structs

import asepsis
from asepsis.checks import terms
from asepsis.checks.check import CHECKS, Check, Heals
from asepsis.checks.view import Product, View
from asepsis.clauses.catalogue import At, Catalogue, Condition, Obligation
from asepsis.clauses.policy import InForce
from asepsis.configuration.records import Release
from asepsis.conformance.assessment import (
    Assessment,
    ClauseVerdict,
    LeftOut,
    Looked,
    Moment,
    Note,
    ObligationVerdict,
    Released,
    Tailored,
    Thing,
    as_told,
)
from asepsis.conformance.conditions import holds
from asepsis.conformance.due import due_days
from asepsis.conformance.gate import taken_on
from asepsis.conformance.run import Ran, run
from asepsis.development.records import ReleaseDecision, ReleaseOutcome, SecurityPlan
from asepsis.quality.records import Applicability, ImprovementAction
from asepsis.record import collector
from asepsis.record.dossier import Dossier, Item, Pending
from asepsis.record.entry import instant
from asepsis.record.facts import Facts
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown, Verdict, joined
from asepsis.sentences import Said, Sentence
from asepsis.statements.records import NotApplicable
from asepsis.transition.records import TransitionGap

NOTHING_SHOWS = Sentence(
    "Nothing shows that {obligation} is done: there is no record that its checks could look at.",
    next="Write the first record that {clause} asks for.",
)
CONDITION_HOLDS = Sentence(
    "{exclusion} says that {obligation} does not apply, and the records show that it does.",
    next="Do what {obligation} asks, and retire {exclusion}.",
)
EXCLUSION_OVER = Sentence(
    "{exclusion} said that {obligation} does not apply, until {until}; that day is past.",
    next="Look again whether it applies, and sign a new one or do it.",
)
OPEN_ACTIVITIES = Sentence(
    "{count} other obligations of this release have gaps: {obligations}.", next="Close the gaps of these obligations."
)
UNSEEN_ACTIVITIES = Sentence(
    "{count} other obligations of this release could not be looked at: {obligations}.",
    next="Bring what is missing to look at these obligations.",
)
UNBUILT_ACTIVITIES = Sentence(
    "{count} other obligations of this release are not looked at by any check yet.",
    next="Look at these obligations yourself until Asepsis does.",
)
COMPOSED_GAP = Sentence("{clauses}, on which this rests, have gaps.", next="Close the gaps of {clauses}.")
COMPOSED_UNKNOWN = Sentence("{clauses}, on which this rests, are not known.", next="Look at {clauses}.")
GATE_OF_ALL = "5.8.6-1"  # the obligation that asks whether all others are done
PLANNING = "5.1.1"  # the clause that asks for the plan: no plan can do that in another way


@dataclass(frozen=True, slots=True)
class Given:
    """The inputs of one moment: a dossier, the facts beside it, the policy in force then, and the instant."""

    dossier: Dossier
    facts: Facts
    policy: InForce
    now: datetime
    files: frozenset[str] | None = None


Runner = Callable[[Check, View], Ran]
Kept = Mapping[tuple[At, str], Ran]


@dataclass(frozen=True, slots=True)
class Made:
    """An assessment, and what each of its checks said at which moment."""

    assessment: Assessment
    ran: Kept


def assess(
    given: Given,
    catalogue: Catalogue,
    *,
    product: Product,
    product_name: str,
    zone: ZoneInfo,
    release: Item[Release] | None = None,
    as_released: Given | None = None,
    progress: Callable[[int, int], None] | None = None,
    strict: bool = False,
) -> Assessment:
    """Return where a product stands, for the release looked at.

    `as_released` is the moment of the release's baseline: what is asked of a release is then asked there, and all else
    of `given`. Without it everything is asked of `given`. `progress` is told how many checks are done, of how many.
    The same inputs give the same assessment, anywhere. `strict` raises what a faulty check raises.
    """
    runner = partial(run, strict=strict)
    return make(
        given,
        catalogue,
        product=product,
        product_name=product_name,
        zone=zone,
        release=release,
        as_released=as_released,
        progress=progress,
        runner=runner,
    ).assessment


@collector.resting()
def make(
    given: Given,
    catalogue: Catalogue,
    *,
    product: Product,
    product_name: str,
    zone: ZoneInfo,
    release: Item[Release] | None = None,
    as_released: Given | None = None,
    progress: Callable[[int, int], None] | None = None,
    runner: Runner = run,
    kept: Kept | None = None,
) -> Made:
    """Return an assessment with what each check said. See `assess` for what goes in.

    `runner` runs one check. What is `kept` of an earlier assessment is taken as it is: `asepsis.conformance.again` says
    what may be.
    """
    moments = {At.HEAD: given, At.RELEASE: as_released or given}
    going = _Assessing(moments, catalogue, product, zone, release, runner, kept or {})
    route = going.route()
    asked = set(catalogue.route(route))
    computed = asked | set(catalogue.read(route))
    going.run_checks([one for one in catalogue.obligations if one.clause in computed], progress)
    verdicts: dict[str, ObligationVerdict] = {}
    recommended = given.policy.flag("statements.count_recommended")
    deciding = {
        clause.id: tuple(one.id for one in catalogue.counted(clause, recommended=recommended))
        for clause in catalogue.clauses
    }
    for clause in catalogue.clauses:
        for obligation in clause.obligations:
            verdicts[obligation.id] = (
                going.decide(obligation, counts=clause.id in asked and obligation.id in deciding[clause.id])
                if clause.id in computed and obligation.asks
                else ObligationVerdict(obligation.id, clause.id, Verdict.NOT_ASKED, counts=False)
            )
    going.compose(
        verdicts, {number: joined(verdicts[one].verdict for one in of) for number, of in deciding.items() if of}
    )
    clauses = tuple(
        ClauseVerdict(
            clause.id,
            joined(verdicts[one].verdict for one in deciding[clause.id])
            if clause.id in asked and deciding[clause.id]
            else Verdict.NOT_ASKED,
            clause.decided_by,
        )
        for clause in catalogue.clauses
    )
    assessment = Assessment(
        v=1,
        program=asepsis.__version__,
        edition=catalogue.edition.id,
        catalogue=catalogue.digest,
        product=Thing(product.id, product.label),
        product_name=product_name,
        time_zone=str(zone),
        route=route,
        moment=_moment(given, zone),
        obligations=tuple(verdicts.values()),
        clauses=clauses,
        release=_released(release),
        as_released=_moment(as_released, zone) if as_released is not None else None,
        records=len(given.dossier),
    )
    return Made(structs.replace(assessment, due=due_days(going.view(At.HEAD), assessment)), going.ran)


def release_looked_at(dossier: Dossier) -> Item[Release] | None:
    """Return the release that is looked at where none is named: the newest open one, else the newest of all."""
    releases = dossier.all(Release)
    out = {
        one.content.release for one in dossier.all(ReleaseDecision) if one.content.outcome is not ReleaseOutcome.REFUSE
    }
    is_open = [one for one in releases if one.id not in out]
    newest = is_open or list(releases)
    return newest[-1] if newest else None


def _moment(given: Given, zone: ZoneInfo) -> Moment:
    return Moment(
        given.dossier.position,
        given.dossier.digest,
        facts_digest(given.facts),
        given.policy.digest,
        instant(given.now),
        given.now.astimezone(zone).date().isoformat(),
    )


def facts_digest(facts: Facts) -> str:
    """Return the SHA-256 over the lines "kind subject document", sorted: which facts an assessment was made from."""
    lines = sorted(f"{one.kind} {one.subject} {one.document}\n" for one in facts.all())
    return sha256("".join(lines).encode()).hexdigest()


def _released(release: Item[Release] | None) -> Released | None:
    if release is None:
        return None
    content = release.content
    return Released(
        release.id, release.label, content.version, content.kind, content.build_id, content.planned.isoformat()
    )


class Notes(NamedTuple):
    """What the checks of one obligation found, by what becomes of it."""

    gaps: list[Note]
    unknowns: list[Note]
    answered: list[Note]
    set_aside: list[Note]


class _Assessing:
    """One assessment on its way."""

    def __init__(
        self,
        moments: Mapping[At, Given],
        catalogue: Catalogue,
        product: Product,
        zone: ZoneInfo,
        release: Item[Release] | None,
        runner: Runner,
        kept: Kept,
    ) -> None:
        self.moments, self.catalogue, self.product, self.zone = moments, catalogue, product, zone
        self.release, self.runner, self.kept = release, runner, kept
        self.ran: dict[tuple[At, str], Ran] = {}
        self.told: dict[tuple[At, str], list[tuple[Gap | Unknown, Note]]] = {}
        self.shared: dict[At, dict[str, tuple[Any, frozenset[str]]]] = {At.HEAD: {}, At.RELEASE: {}}
        self.actions = _answering(moments[At.HEAD].dossier)

    def view(self, at: At) -> View:
        given = self.moments[at]
        release: Item[Release] | None = given.dossier.get(self.release.id) if self.release else None
        shared = self.shared[At.HEAD] if given is self.moments[At.HEAD] else self.shared[at]
        return View(
            given.dossier,
            given.facts,
            given.policy,
            self.catalogue,
            product=self.product,
            release=release,
            now=given.now,
            zone=self.zone,
            stored=given.files,
            shared=shared,
        )

    def route(self) -> str:
        """Return the route that the effective Applicability chooses; full where nobody decided."""
        found = self.moments[At.HEAD].dossier.all(Applicability)
        own = [one for one in found if one.product is not None]
        return str(own[-1].content.route) if own else "full"

    # --- checks ---------------------------------------------------------------------------------------------------

    def run_checks(self, obligations: Iterable[Obligation], progress: Callable[[int, int], None] | None) -> None:
        """Run each check that decides one of `obligations` once for each moment at which it is asked."""
        wanted = dict.fromkeys(
            (self._moment_of(obligation), name)
            for obligation in obligations
            for name in obligation.checks
            if name in CHECKS
        )
        for number, (at, name) in enumerate(wanted):
            if progress is not None:
                progress(number, len(wanted))
            self.ran[at, name] = self.kept.get((at, name)) or self.runner(CHECKS[name], self.view(at))

    def _moment_of(self, obligation: Obligation) -> At:
        """Return at which moment an obligation is asked; both are one where no baseline stands beside."""
        return At.HEAD if self.moments[At.RELEASE] is self.moments[At.HEAD] else obligation.at

    # --- obligations ----------------------------------------------------------------------------------------------

    def decide(self, obligation: Obligation, *, counts: bool) -> ObligationVerdict:
        """Return the answer for one obligation out of what its checks said."""
        at = self._moment_of(obligation)
        exclusions = [self._exclusion(obligation, condition, at) for condition in obligation.conditions]
        left_out = tuple(one for one in exclusions if isinstance(one, LeftOut))
        whole = next((one for one in left_out if one.what == obligation.id), None)
        if whole is not None:
            return ObligationVerdict(
                obligation.id, obligation.clause, Verdict.NOT_APPLICABLE, counts, not_applicable=whole.by
            )
        ran = [self.ran[at, name] for name in obligation.checks if (at, name) in self.ran]
        awaited = tuple(name for name in obligation.checks if name not in CHECKS)
        tailored = self._tailored(obligation, at)
        gaps, unknowns, answered, set_aside = notes = Notes(
            [one for one in exclusions if isinstance(one, Note)], [], [], []
        )
        for one in ran:
            for found, note in self._told(one, at):
                if found.obligation in (None, obligation.id):
                    self._place(found, note, at, notes, tailored=tailored is not None).append(note)
        if tailored is not None:
            awaited = ()
        elif not any(notes) and not awaited and all(one.silent for one in ran):
            gaps.append(self._nothing_shows(obligation))
        return ObligationVerdict(
            obligation.id,
            obligation.clause,
            _verdict(gaps, unknowns, awaited),
            counts,
            _sorted(gaps),
            _sorted(unknowns),
            _sorted(answered),
            awaited,
            tuple(_looked(one) for one in ran),
            left_out=left_out,
            tailored=tailored,
            set_aside=_sorted(set_aside),
        )

    def _place(self, found: Gap | Unknown, note: Note, at: At, notes: Notes, *, tailored: bool) -> list[Note]:
        """Return among what a finding stands: gaps, unknowns, what is answered, or what a tailored duty sets aside.

        Bad news is never set aside: what is done instead reaches the duty's aim, and does not undo what was found.
        """
        is_warning = isinstance(found.about, Item | Pending) and found.about.kind.meta.warns is not False
        if tailored and not is_warning:
            return notes.set_aside
        if isinstance(found, Unknown):
            return notes.unknowns
        return notes.answered if note.answered_by is not None and self._is_today(at) else notes.gaps

    def _is_today(self, at: At) -> bool:
        return self.moments[at] is self.moments[At.HEAD]

    def _nothing_shows(self, obligation: Obligation) -> Note:
        about = self.release or self.product
        said = NOTHING_SHOWS.said(obligation=obligation.id, clause=obligation.clause)
        return Note(
            "conformance.nothing_shows", Thing(about.id, about.label), as_told(said.value()), str(SystemRole.QUALITY)
        )

    def _exclusion(self, obligation: Obligation, condition: Condition, at: At) -> LeftOut | Note | None:
        """Return what an effective NotApplicable leaves out of an obligation, all or a part, or the gap it is itself."""
        what = obligation.id if condition.letter is None else f"{obligation.id} {condition.letter}"
        view = self.view(at)
        found = [one for one in view.dossier.all(NotApplicable) if one.content.obligation == what]
        if not found:
            return None
        exclusion = max(found, key=lambda one: one.content.until)
        said: dict[str, Any] = {"exclusion": exclusion, "obligation": what}
        if terms.past(exclusion.content.until, view):
            return self._of_exclusion(exclusion, EXCLUSION_OVER.said(until=exclusion.content.until, **said))
        if holds(condition.id, view):
            return self._of_exclusion(exclusion, CONDITION_HOLDS.said(**said))
        return LeftOut(what, Thing(exclusion.id, exclusion.label))

    def _of_exclusion(self, exclusion: Item[NotApplicable], said: Said) -> Note:
        thing = Thing(exclusion.id, exclusion.label)
        return Note("conformance.exclusion_holds", thing, as_told(said.value()), str(SystemRole.QUALITY))

    def _tailored(self, obligation: Obligation, at: At) -> Tailored | None:
        """Return what the plan in force has done in place of a duty of development; a plan past its review has nothing."""
        view = self.view(at)
        plan = view.dossier.single(SecurityPlan)
        if plan is None or not obligation.clause.startswith("5.") or obligation.clause == PLANNING:
            return None
        if obligation.id == GATE_OF_ALL or terms.past(plan.content.review_by, view):
            return None
        line = next((one for one in plan.content.tailoring if one.obligation == obligation.id), None)
        return None if line is None else Tailored(Thing(plan.id, plan.label), line.why, line.instead)

    def _told(self, ran: Ran, at: At) -> list[tuple[Gap | Unknown, Note]]:
        """Return what a check found with the note that tells it, each once, however many obligations ask for it.

        It is kept with what the check found, for the assessment after this one; not so where others can answer it.
        """
        if ran.check.heals is Heals.WORK:
            ran.told = self._tell(ran) if ran.told is None else ran.told
            return ran.told
        if (at, ran.check.id) not in self.told:
            self.told[at, ran.check.id] = self._tell(ran)
        return self.told[at, ran.check.id]

    def _tell(self, ran: Ran) -> list[tuple[Gap | Unknown, Note]]:
        told: dict[tuple[str, str, str | None, str], tuple[Gap | Unknown, Note]] = {}
        for found in ran.findings:
            sentence = found.said.value()
            note = self._note(ran, found, sentence)
            told[type(found).__name__, note.about.id, found.obligation, repr(sentence)] = found, note
        return [told[key] for key in sorted(told, key=lambda key: (*_order(told[key][1]), key[-1]))]

    def _note(self, ran: Ran, found: Gap | Unknown, sentence: dict[str, Any]) -> Note:
        answer = None
        if isinstance(found, Gap) and ran.check.heals is Heals.ANSWERED:
            answer = self._answer(found)
        return Note(
            ran.check.id,
            Thing(str(found.about.id), found.about.label),
            as_told(sentence),
            str(found.owner or ran.check.owner),
            found.due.isoformat() if found.due else None,
            found.urgent,
            answer,
        )

    def _answer(self, found: Gap) -> Thing | None:
        """Return the action that answers a gap as of today: younger than what it names, done, its effect checked.

        A gap of an earlier baseline stays a gap there, and tells which action has answered it since.
        """
        if not isinstance(found.about, Item):
            return None
        dossier = self.moments[At.HEAD].dossier
        signed = [
            one for one in dossier.history(found.about).revisions if one.effective is not None and not one.progress
        ]
        asked = (signed[-1].effective or 0) if signed else -1
        for action in self.actions.get(found.about.id, ()):
            answered = dossier.history(action).first_effective
            if answered is not None and (answered.effective or 0) > asked:
                return Thing(action.id, action.label)
        return None

    # --- what reads the verdicts of others --------------------------------------------------------------------------

    def compose(self, verdicts: dict[str, ObligationVerdict], clauses: Mapping[str, Verdict]) -> None:
        """Decide the obligations that read others' verdicts: those of Annex F, and whether every activity is done."""
        for obligation in self.catalogue.obligations:
            own = verdicts[obligation.id]
            if obligation.composed_of and own.verdict is not Verdict.NOT_ASKED:
                verdicts[obligation.id] = self._composed(obligation, own, clauses)
        if GATE_OF_ALL in verdicts and verdicts[GATE_OF_ALL].verdict is not Verdict.NOT_ASKED:
            verdicts[GATE_OF_ALL] = self._of_all(verdicts)

    def _composed(
        self, obligation: Obligation, own: ObligationVerdict, clauses: Mapping[str, Verdict]
    ) -> ObligationVerdict:
        justified = self._justified(self._moment_of(obligation))
        named = dict.fromkeys(
            number
            for part in obligation.composed_of
            for number in part.of
            if number in clauses and not (part.letter is not None and number in justified)
        )
        with_gaps = [number for number in named if clauses[number] is Verdict.GAP]
        unseen = [number for number in named if clauses[number] is Verdict.UNKNOWN]
        gaps, unknowns = list(own.gaps), list(own.unknowns)
        if with_gaps:
            gaps.append(self._about_product(COMPOSED_GAP.said(clauses=with_gaps).value()))
        if unseen:
            unknowns.append(self._about_product(COMPOSED_UNKNOWN.said(clauses=unseen).value()))
        return _with(own, gaps, unknowns)

    def _justified(self, at: At) -> frozenset[str]:
        """Return the clauses whose gaps an effective TransitionGap justifies: what the transition may leave open."""
        gaps = self.moments[at].dossier.all(TransitionGap)
        return frozenset(one.content.clause for one in gaps if one.content.justified)

    def _of_all(self, verdicts: Mapping[str, ObligationVerdict]) -> ObligationVerdict:
        """Return the answer to whether every activity is done: those that count in 4 to 9, but for the gate's own."""
        own = verdicts[GATE_OF_ALL]
        gate = {clause.id for clause in self.catalogue.gate}
        accepted = self._accepted()
        others = [one for one in verdicts.values() if one.counts and one.clause not in gate]
        gaps, unknowns = list(own.gaps), list(own.unknowns)
        with_gaps = [one.id for one in others if one.verdict is Verdict.GAP and one.id not in accepted]
        unbuilt = [one.id for one in others if one.verdict is Verdict.UNKNOWN and not one.unknowns]
        unseen = [one.id for one in others if one.verdict is Verdict.UNKNOWN and one.unknowns]
        if with_gaps:
            said = OPEN_ACTIVITIES.said(count=len(with_gaps), obligations=with_gaps)
            gaps.append(self._about_release(said.value()))
        if unseen:
            said = UNSEEN_ACTIVITIES.said(count=len(unseen), obligations=unseen)
            unknowns.append(self._about_release(said.value()))
        if unbuilt:
            unknowns.append(self._about_release(UNBUILT_ACTIVITIES.said(count=len(unbuilt)).value()))
        return _with(own, gaps, unknowns)

    def _accepted(self) -> frozenset[str]:
        """Return the obligations whose gaps are taken on as of today."""
        if self.release is None:
            return frozenset()
        view = self.view(At.HEAD)
        return taken_on(self.moments[At.HEAD].dossier, self.release.id, view.today)

    def _about_release(self, sentence: dict[str, Any]) -> Note:
        about = self.release or self.product
        return Note("", Thing(about.id, about.label), as_told(sentence), str(SystemRole.RELEASE_MANAGER))

    def _about_product(self, sentence: dict[str, Any]) -> Note:
        return Note("", Thing(self.product.id, self.product.label), as_told(sentence), str(SystemRole.QUALITY))


def _verdict(gaps: list[Note], unknowns: list[Note], awaited: tuple[str, ...]) -> Verdict:
    if gaps:
        return Verdict.GAP
    return Verdict.UNKNOWN if unknowns or awaited else Verdict.MET


def _with(own: ObligationVerdict, gaps: list[Note], unknowns: list[Note]) -> ObligationVerdict:
    return msgspec.structs.replace(
        own, verdict=_verdict(gaps, unknowns, own.awaited), gaps=tuple(gaps), unknowns=tuple(unknowns)
    )


def _sorted(notes: list[Note]) -> tuple[Note, ...]:
    return tuple(sorted(notes, key=_order))


def _order(note: Note) -> tuple[bool, str, str, str]:
    """Return the key by which notes stand in order: the urgent first, then by due day, then by what they are about."""
    return not note.urgent, note.due or "9", note.check, note.about.label


def _looked(ran: Ran) -> Looked:
    names = sorted(ran.looked_at)
    return Looked(
        ran.check.id, len(names), sha256("\n".join(names).encode()).hexdigest(), tuple(names[:20]), ran.taken_over
    )


def _answering(dossier: Dossier) -> dict[str, list[Item[ImprovementAction]]]:
    """Return which record is named by which improvement actions that are done and whose effect was checked."""
    answers: dict[str, list[Item[ImprovementAction]]] = {}
    for action in dossier.all(ImprovementAction):
        content = action.content
        if content.done_on is None or content.effect_checked_on is None or content.worked is False:
            continue
        for record in dict.fromkeys(content.because):
            answers.setdefault(str(record), []).append(action)
    return answers
