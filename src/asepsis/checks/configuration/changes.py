"""Checks of changes: each rests on a request that was decided before it, and whose effects were judged and proved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.view import AbsentFactsError, View
from asepsis.configuration.records import ChangeDecision, ChangeRequest, Effect, EffectSize
from asepsis.development.records import Interface, InterfaceReach, Requirement, RunOutcome, TestRun
from asepsis.exchange import subjects
from asepsis.exchange.facts import Change, Source
from asepsis.problems.records import Decision, ImpactAnalysis
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.risk.records import Control, Element, ElementKind, HandoverDirection, Risk, SafetyHandover
from asepsis.sentences import Sentence


def is_done_in_release(request: Item[ChangeRequest], view: View) -> bool:
    """Return whether a change request came with the release looked at."""
    return view.release is not None and request.content.done_in == view.release.id


def source_of(build: str, view: View) -> Source | None:
    """Return the source of a build; `None` where none was imported. Raises `AbsentFactsError` where it is unreadable."""
    taken = view.taken_in("source", subjects.build(view.product.id, build))
    if taken is None:
        return None
    found: Source = view.document(taken)
    return found


def changes_by_request(view: View) -> dict[str, tuple[Change, ...]]:
    """Return the changes in the source of the release looked at by the request that they name, by its id.

    Raises `AbsentFactsError` where the source was not imported.
    """
    return view.once("changes by request", _by_request)


def _by_request(view: View) -> dict[str, tuple[Change, ...]]:
    found: dict[str, list[Change]] = {}
    for about in terms.subjects_of("source", view):
        source: Source = view.fact("source", about.subject)
        for change in source.changes:
            for label in dict.fromkeys(change.requests):
                record = view.dossier.labelled(label)
                if record is not None:
                    found.setdefault(record, []).append(change)
    return {record: tuple(changes) for record, changes in found.items()}


# --- requested ------------------------------------------------------------------------------------------------------

NAMES_NONE = Sentence(
    "{count} changes of {release} name no change request: {changes}.",
    next="Write the change requests for these changes, or name them in the changes.",
)
NAMES_UNKNOWN = Sentence(
    "The change {change} names {request}, which is no change request in force.",
    next="Have {request} decided and signed, or name the right request in the change.",
)
NAMES_OTHER = Sentence(
    "The change {change} of {release} names {request}, which is not decided to be done in {release}.",
    next="Enter {release} in {request}, or name the right request in the change.",
)
NOT_DECIDED_SO = Sentence(
    "{request} is said to be done in {release}; it was decided to {decided} it.",
    next="Decide {request} again, or take {release} out of it.",
)
NOT_SEEN = Sentence(
    "{request} is said to be done in {release}; no change names it, and nothing proves it.",
    next="Name {request} in its changes, or name what proves it.",
)
DOES_NOT_REACH = Sentence(
    "The source of {release} is known since {since}, not since the build {build} of {predecessor}.",
    next="Import the source of {release} with all changes since {build}.",
)
NO_FIRST_BUILD = Sentence(
    "It is not known where the source stood at {build}, the first build of {release} that was tested.",
    next="Import the source of {build}.",
)


@check("configuration.changes_have_requests", over="source", owner=SystemRole.DEVELOPER, needed=True)
def changes_have_requests(release: Item[Any], document: Source, view: View) -> Findings:
    """Each change since the release before names a request that was decided to be done in this one, and each was made.

    Source: IEC 81001-5-1:2021, 8.
    """
    yield from _requests_were_made(document, view)
    try:
        changes = tuple(_since(document, view))
    except _UnknownBeginError as begin:
        yield begin.unknown
        return
    unnamed = [change.id for change in changes if not change.requests]
    if unnamed:
        yield Gap(release, NAMES_NONE, count=len(unnamed), release=release, changes=unnamed)
    told: set[str] = set()
    for change in changes:
        for label in change.requests:
            if label not in told:
                told.add(label)
                yield from _is_a_request(change, label, release, view)


def _is_a_request(change: Change, label: str, release: Item[Any], view: View) -> Findings:
    request: Item[Any] | None = view.dossier.get(view.dossier.labelled(label))
    if request is None or request.kind is not ChangeRequest:
        yield Gap(release, NAMES_UNKNOWN, change=change.id, request=label)
    elif request.content.done_in != release.id or request.content.decided is not ChangeDecision.DO:
        yield Gap(request, NAMES_OTHER, change=change.id, release=release, request=request)


def _requests_were_made(document: Source, view: View) -> Findings:
    named = {label for change in document.changes for label in change.requests}
    assert view.release is not None  # its build is what was looked at
    for request in view.dossier.back(view.release, ChangeRequest):
        content = request.content
        if content.done_in != view.release.id:
            continue
        if content.decided is not ChangeDecision.DO:
            yield Gap(request, NOT_DECIDED_SO, request=request, release=view.release, decided=content.decided)
        elif request.label not in named and not content.proved_by:
            yield Gap(request, NOT_SEEN, request=request, release=view.release)


class _UnknownBeginError(Exception):
    """It cannot be told where the changes of a release begin."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(repr(unknown))
        self.unknown = unknown


def _since(document: Source, view: View) -> Iterator[Change]:
    """Yield the changes that the release looked at brought, oldest first. Raises `_UnknownBeginError`."""
    release = view.release
    assert release is not None
    predecessor = terms.predecessor(release, view)
    if predecessor is not None:
        build = predecessor.content.build_id
        commits = commits_of(build, view)
        if document.from_commit not in commits and not any(change.id in commits for change in document.changes):
            since = document.from_commit or "its first change"
            said = {"release": release, "since": since, "build": build or "-", "predecessor": predecessor}
            raise _UnknownBeginError(Unknown(release, DOES_NOT_REACH, **said))
        yield from changes_after(document.changes, commits)
        return
    first = _first_tested(view)
    if first is None or first == release.content.build_id:
        return
    commits = commits_of(first, view)
    if document.from_commit not in commits and not any(change.id in commits for change in document.changes):
        raise _UnknownBeginError(Unknown(release, NO_FIRST_BUILD, build=first, release=release))
    yield from changes_after(document.changes, commits)


def commits_of(build: str | None, view: View) -> frozenset[str]:
    """Return what a build's last commit may be called: as its source says, or as the build itself."""
    if build is None:
        return frozenset()
    source = source_of(build, view)
    told = (source.to_commit, source.tag) if source is not None else ()
    return frozenset(one for one in (build, *told) if one is not None)


def changes_after(changes: tuple[Change, ...], commits: frozenset[str]) -> Iterable[Change]:
    """Return the changes that follow the last of `commits` among them; all of them where it is none of them."""
    last = max((number for number, change in enumerate(changes) if change.id in commits), default=-1)
    return changes[last + 1 :]


def _first_tested(view: View) -> str | None:
    """Return the first build of the release looked at that a test run names; before it, it was still being written."""
    runs = [run for run in terms.of_release(TestRun, view) if run.id not in terms.carried_to(view)]
    first = min(runs, key=lambda run: (run.content.on, terms.first_position(run, view)), default=None)
    return first.content.build_id if first is not None else None


# --- decided first --------------------------------------------------------------------------------------------------

DECIDED_LATE = Sentence(
    "{request} was decided on {decided}, after the change {change} that it asks for was merged on {merged}.",
    next="Answer the late decision by an improvement action that names {request}, and check its effect.",
)


@check(
    "configuration.changes_decided_first",
    over=ChangeRequest,
    owner=SystemRole.RELEASE_MANAGER,
    heals="answered",
    when=is_done_in_release,
)
def requests_are_decided_before_the_change(request: Item[ChangeRequest], view: View) -> Findings:
    """A change is decided on before it is made.

    Source: IEC 81001-5-1:2021, 8.
    """
    if not terms.subjects_of("source", view):
        raise AbsentFactsError("source", "a release that does not say which build it is")
    changes = changes_by_request(view).get(request.id, ())
    first = min(changes, key=lambda change: view.day(change.merged_on), default=None)
    if first is None:
        return
    decided, merged = terms.first_day(request, view), view.day(first.merged_on)
    if decided > merged:
        yield Gap(request, DECIDED_LATE, request=request, decided=decided, change=first.id, merged=merged)


# --- proved ---------------------------------------------------------------------------------------------------------

NOT_PROVED = Sentence(
    "No test run that passed on the build of {release} since the last change for {request} proves it.",
    next="Run the tests that show {request} on the build of {release}, and name the run in {request}.",
)
TOUCHES_SECURITY = Sentence(
    "{request} says that it has no effect on security, and it touches {touched}.",
    next="Judge the effect of {request} on security again, and sign it.",
)
SAFETY_NOT_TOLD = Sentence(
    "{request} has an effect on {what}, and neither an answered handover to safety nor a risk that was looked at "
    "since is about what it touches.",
    next="Hand over to safety what {request} touches, and have the answer entered.",
)
MILDER = Sentence(
    "{request} judges the effect on {what} milder than {analysis}, and does not say why.",
    next="Say in {request} why the effect on {what} is milder, or judge it as {analysis} does.",
)


@check(
    "configuration.changes_proved",
    over=ChangeRequest,
    owner=SystemRole.RELEASE_MANAGER,
    when=is_done_in_release,
)
def changes_are_proved(request: Item[ChangeRequest], view: View) -> Findings:
    """What was changed was tested after the last change, and its effects on security and safety were judged.

    Source: IEC 81001-5-1:2021, 8; 9.5.
    """
    if not _is_proved(request, view):
        yield Gap(request, NOT_PROVED, release=view.release, request=request)
    content = request.content
    affected: list[Item[Any] | None] = [view.dossier.get(ref) for ref in content.affects]
    touched = [one for one in affected if one is not None]
    if content.security_effect.size is EffectSize.NONE:
        guarded = [one for one in touched if _guards(one, view)]
        if guarded:
            yield Gap(request, TOUCHES_SECURITY, request=request, touched=guarded)
    effects = {"safety": content.safety_effect, "effectiveness": content.effectiveness_effect}
    felt = [what for what, effect in effects.items() if effect.size is not EffectSize.NONE]
    if felt and not _safety_knows(request, touched, view):
        yield Gap(request, SAFETY_NOT_TOLD, request=request, what=felt)
    for analysis in _analyses(request, view):
        for what, effect in effects.items():
            judged: Effect = getattr(analysis.content, what)
            if effect.why is None and _SIZES.index(effect.size) < _SIZES.index(judged.size):
                yield Gap(request, MILDER, request=request, what=what, analysis=analysis).serving("9.5-3")


_SIZES = (EffectSize.NONE, EffectSize.MINOR, EffectSize.SERIOUS)


def _is_proved(request: Item[ChangeRequest], view: View) -> bool:
    changes: Iterable[Change] = ()
    if any(view.taken_in("source", about.subject) for about in terms.subjects_of("source", view)):
        changes = changes_by_request(view).get(request.id, ())
    last = max((view.day(change.merged_on) for change in changes), default=None)
    proofs: list[Item[Any] | None] = [view.dossier.get(ref) for ref in request.content.proved_by]
    return any(
        proof is not None
        and proof.kind is TestRun
        and proof.content.outcome is RunOutcome.PASS
        and terms.is_counted(proof, view)
        and (last is None or proof.content.on >= last)
        for proof in proofs
    )


def _guards(item: Item[Any], view: View) -> bool:
    """Return whether touching a record touches the protection of the product."""
    match item.content:
        case Control():
            return True
        case Interface():
            return item.content.reach in (InterfaceReach.EXTERNAL, InterfaceReach.BOTH)
        case Element():
            return item.content.kind in (ElementKind.BOUNDARY, ElementKind.PORT)
        case Requirement():
            grounds: list[Item[Any] | None] = [view.dossier.get(ref) for ref in item.content.because]
            return any(one is not None and one.kind is Control for one in grounds)
    return False


def _safety_knows(request: Item[ChangeRequest], touched: list[Item[Any]], view: View) -> bool:
    """Return whether safety answered about, or somebody looked at a risk of, what a request touches since it was made."""
    near = {one.id for one in touched} | {reference.target for one in touched for reference in one.references}
    since = terms.first_position(request, view)
    answered = view.once("positions of answered handovers", _answered)
    if any(answered.get(part, -1) > since for part in near):
        return True
    return any(_looked_at(risk, view) > since for risk in view.once("risks by part", _risks).of(near))


def _answered(view: View) -> dict[str, int]:
    """Return when safety was last told of a record and answered: the position of the handover, by what it is about."""
    found: dict[str, int] = {}
    for handover in view.dossier.all(SafetyHandover):
        content = handover.content
        if content.direction is HandoverDirection.TO_SAFETY and content.answered_on is not None:
            at = terms.first_position(handover, view)
            for about in content.about:
                found[about] = max(at, found.get(about, at))
    return found


def _looked_at(risk: Item[Risk], view: View) -> int:
    """Return the position at which a risk last changed, or somebody last looked at what it rests on."""
    history = view.dossier.history(risk)
    return max([position for position, _, _ in history.turns] + list(history.looked.values()), default=-1)


class _ByPart:
    """Risks by what they are about: themselves, their threats, vulnerabilities and controls."""

    def __init__(self, risks: Iterable[Item[Risk]]) -> None:
        self._by_part: dict[str, list[Item[Risk]]] = {}
        for risk in risks:
            content = risk.content
            for part in (risk.id, *content.threats, *content.vulnerabilities, *content.controls):
                self._by_part.setdefault(str(part), []).append(risk)

    def of(self, parts: set[str]) -> Iterator[Item[Risk]]:
        """Yield the risks that are about one of `parts`."""
        for part in parts:
            yield from self._by_part.get(part, ())


def _risks(view: View) -> _ByPart:
    return _ByPart(view.dossier.all(Risk))


def _analyses(request: Item[ChangeRequest], view: View) -> Iterator[Item[ImpactAnalysis]]:
    """Yield the impact analyses of what the decisions are about that a request rests on."""
    for reference in request.content.because:
        decision: Item[Any] | None = view.dossier.get(reference)
        if decision is not None and decision.kind is Decision:
            for issue in decision.content.about:
                yield from (
                    one for one in view.dossier.back(issue, ImpactAnalysis) if one.content.vulnerability == issue
                )
