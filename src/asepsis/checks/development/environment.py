"""Checks of the place where the product is made: its measures, its repositories, its builds and who has access."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.view import AbsentFactsError, View
from asepsis.development.records import DevelopmentEnvironment, EnvironmentMeasure, EnvironmentTopic, Stage
from asepsis.exchange import subjects
from asepsis.exchange.facts import Attested, PackageFiles, Person, Provenance, Repository, RepositorySettings, Source
from asepsis.quality.domain import in_force, months_after
from asepsis.quality.records import Appointment, ImprovementAction, PeriodicReview, Subject
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

CHECK_MONTHS = "development.environment_check_months"

# --- measures -------------------------------------------------------------------------------------------------------

STAGES_OPEN = Sentence(
    "No measure protects what is made in these stages: {stages}.",
    next="Enter in the development environment what protects these stages.",
)
TOPICS_OPEN = Sentence(
    "No measure protects these: {topics}.", next="Enter in the development environment what protects them."
)
NOT_PROVED = Sentence(
    "{environment} has {count} measures without anything that shows them: {measures}.",
    next="Attach to each of these measures what shows that it is in place.",
)
NOT_VERIFIED = Sentence(
    "{environment} has {count} measures that nobody looked at in time: {measures}.",
    next="Look whether these measures are in place, the oldest first, and enter the day.",
)


@check(
    "development.environment_protected",
    over=DevelopmentEnvironment,
    owner=SystemRole.SECURITY,
    needed=True,
    whole=True,
)
def the_environment_is_protected(environments: tuple[Item[DevelopmentEnvironment], ...], view: View) -> Findings:
    """Each stage and each topic has a measure, of the organisation or the product; each is shown and looked at in time.

    Source: IEC 81001-5-1:2021, 5.1.2.
    """
    measures = [measure for one in environments for measure in one.content.measures]
    if stages := [one for one in Stage if one not in {measure.stage for measure in measures}]:
        yield Gap(view.product, STAGES_OPEN, stages=stages)
    if topics := [one for one in EnvironmentTopic if one not in {measure.topic for measure in measures}]:
        yield Gap(view.product, TOPICS_OPEN, topics=topics)
    for environment in environments:
        held = environment.content.measures
        if bare := [_called(one) for one in held if one.proof is None]:
            yield Gap(environment, NOT_PROVED, environment=environment, count=len(bare), measures=bare)
        if old := [one for one in held if not _is_verified(one, view)]:
            due = min((day for one in old if (day := _due(one, view)) is not None), default=None)
            named = [_called(one) for one in old]
            yield Gap(environment, NOT_VERIFIED, environment=environment, count=len(old), measures=named).owed(due=due)


def _called(measure: EnvironmentMeasure) -> str:
    return f"{measure.topic} in {measure.stage}"


def _months(measure: EnvironmentMeasure, view: View) -> int:
    return min(measure.verify_every_months, view.policy.number(CHECK_MONTHS))


def _is_verified(measure: EnvironmentMeasure, view: View) -> bool:
    return terms.within_months(measure.verified_on, _months(measure, view), view)


def _due(measure: EnvironmentMeasure, view: View) -> date | None:
    return months_after(measure.verified_on, _months(measure, view)) if measure.verified_on is not None else None


# --- repositories ---------------------------------------------------------------------------------------------------

UNGUARDED = Sentence(
    "The repository {repository} allows {departures}, and no measure says what stands in the place of that.",
    next="Close this in {repository} and import its settings again, or name {repository} and these words in a measure on "
    "access or separation.",
)
STRANGERS = Sentence(
    "In the repository {repository} people who are not there can write: {writers}; no measure names it.",
    next="Take these accounts their rights in {repository}, and import its settings again.",
)
NOT_REACHED = Sentence(
    "The settings of {repositories} are not known, and {release} is built of them.",
    next="Import the settings of {repositories} too.",
)
NOBODY = "?"
# What a measure has to say, beside the name of the repository, where one of these is left open on purpose.
UNREVIEWED, REWRITTEN, ONE_FACTOR = "changes without review", "rewritten history", "login without second factor"
UNLOCKED, STRANGE = "builds without lock files", "accounts of nobody"
ON_ACCESS = (EnvironmentTopic.ACCESS, EnvironmentTopic.SEPARATION)


@check("development.repository_guarded", over="repository_settings", owner=SystemRole.SECURITY)
def repositories_are_guarded(release: Item[Any], document: RepositorySettings, view: View) -> Findings:
    """Nobody changes what is released without a review, a second factor and a name, and builds use what was locked.

    A departure stands where a measure on access or separation names the repository and the departure.

    Source: IEC 81001-5-1:2021, 5.1.2.
    """
    excused = [" ".join(measure.what.casefold().split()) for measure in measures_of(view) if measure.topic in ON_ACCESS]
    for repository in document.repositories:
        departures = [one for one in _departures(repository) if not _is_excused(repository, one, excused)]
        if departures:
            yield Gap(release, UNGUARDED, repository=repository.name, departures=departures)
    there = terms.people(view)
    for repository in document.repositories:
        strangers = [one for one in repository.writers if one == NOBODY or not terms.active(one, view.today, there)]
        if strangers and not _is_excused(repository, STRANGE, excused):
            yield Gap(release, STRANGERS, repository=repository.name, writers=_named(strangers))
    yield from _not_reached(release, document, view)


def measures_of(view: View) -> Iterator[EnvironmentMeasure]:
    """Yield the measures in force, of the product and the organisation."""
    return (measure for one in view.dossier.all(DevelopmentEnvironment) for measure in one.content.measures)


def _departures(repository: Repository) -> Iterator[str]:
    if not repository.review_asked:
        yield UNREVIEWED
    if not repository.rewriting_barred:
        yield REWRITTEN
    if not repository.second_factor:
        yield ONE_FACTOR
    if not repository.lock_files:
        yield UNLOCKED


def _is_excused(repository: Repository, departure: str, excused: Iterable[str]) -> bool:
    return any(repository.name.casefold() in said and departure in said for said in excused)


def _named(strangers: Iterable[str]) -> list[str]:
    return ["an account of nobody" if one == NOBODY else one for one in dict.fromkeys(strangers)]


def _not_reached(release: Item[Any], document: RepositorySettings, view: View) -> Findings:
    known = {repository.name for repository in document.repositories}
    for about in terms.subjects_of("source", view):
        source: Source = view.fact("source", about.subject)
        if missing := [name for name in source.repositories if name not in known]:
            yield Unknown(release, NOT_REACHED, repositories=missing, release=release)


# --- where the delivered files come from ----------------------------------------------------------------------------

NO_PROVENANCE = Sentence(
    "Nothing says of which source the package of {release} was built.",
    next="Import signed provenance of the build, or show in a measure on the build chain how files are tied to source.",
)
WITHOUT = Sentence(
    "{count} files of the package of {release} have no provenance: {files}.",
    next="Let the pipeline sign provenance for each file that is delivered, and import it.",
)
FORGED = Sentence(
    "The provenance of {count} files of the package of {release} does not verify: {files}.",
    next="Find out who made these files, and build them again where provenance is signed.",
)
NOT_CHECKED = Sentence(
    "Nobody checked the signature on the provenance of {count} files of the package of {release}: {files}.",
    next="Import the provenance again with the key of the builder.",
)
OTHER_BUILD = Sentence(
    "{count} files of the package of {release} come from another build: {files}.",
    next="Package the files of the build {build}, and import package and provenance again.",
)
OTHER_SOURCE = Sentence(
    "{count} files of the package of {release} were built of a commit that its source does not hold: {files}.",
    next="Build {release} of its own source, or import the source that it was built of.",
)
GOOD, BAD = "good", "bad"


@check("development.provenance_verifies", over="package_files", owner=SystemRole.DEVELOPER)
def provenance_verifies(release: Item[Any], document: PackageFiles, view: View) -> Findings:
    """Each delivered file has signed provenance: of the build that is released, of a commit of its source.

    Without any provenance, a measure on the build chain with its proof says by what else files are tied to source.

    Source: IEC 81001-5-1:2021, 5.1.2.
    """
    build = release.content.build_id
    if build is None:
        raise AbsentFactsError("provenance", release.label)
    taken = view.taken_in("provenance", subjects.build(view.product.id, build))
    if taken is None:
        if not any(_ties_to_source(measure) for measure in measures_of(view)):
            yield Unknown(release, NO_PROVENANCE, release=release)
        return
    provenance: Provenance = view.document(taken)
    attested: dict[str, list[Attested]] = {}
    for one in provenance.attested:
        attested.setdefault(one.subject, []).append(one)
    by_file = {file.path: attested.get(file.sha256, []) for file in document.files}
    said: dict[str, Any] = {"release": release}
    yield from _told(release, WITHOUT, (path for path, found in by_file.items() if not found), said)
    by_file = {path: found for path, found in by_file.items() if found}
    good = {path: [one for one in found if one.verdict == GOOD] for path, found in by_file.items()}
    unverified = {path: found for path, found in by_file.items() if not good[path]}
    forged = [path for path, found in unverified.items() if any(one.verdict == BAD for one in found)]
    yield from _told(release, FORGED, forged, said)
    if unchecked := sorted(unverified.keys() - set(forged)):
        yield Unknown(release, NOT_CHECKED, count=len(unchecked), files=unchecked, **said)
    of_build = {path: [one for one in found if one.build == build] for path, found in good.items() if found}
    others = [path for path, found in of_build.items() if not found]
    yield from _told(release, OTHER_BUILD, others, said | {"build": build})
    commits = _commits(build, view)
    lost = [
        path for path, found in of_build.items() if found and not any(one.source_commit in commits for one in found)
    ]
    yield from _told(release, OTHER_SOURCE, lost, said)


def _told(release: Item[Any], sentence: Sentence, files: Iterable[str], said: Mapping[str, Any]) -> Findings:
    if found := sorted(files):
        yield Gap(release, sentence, count=len(found), files=found, **said)


def _ties_to_source(measure: EnvironmentMeasure) -> bool:
    of_build = measure.stage is Stage.BUILD and measure.topic is EnvironmentTopic.BUILD_CHAIN
    return of_build and measure.proof is not None


def _commits(build: str, view: View) -> frozenset[str]:
    source: Source = view.fact("source", subjects.build(view.product.id, build))
    return frozenset({source.to_commit, *(change.id for change in source.changes)})


# --- access ---------------------------------------------------------------------------------------------------------

ACCESS_OVERDUE = Sentence(
    "{review} looked at who has access up to {last}; the next look was due by {day}.",
    next="Go through accounts and rights, end what is not needed, and sign the review.",
)
NO_ACTION = Sentence(
    "{review} does not find access in order, and no improvement action follows from it.",
    next="Open an improvement action that names {review} as its reason.",
)
STILL_APPOINTED = Sentence(
    "{person} left on {day}, after {review} had looked at who has access, and still stands in {appointments}.",
    next="End {appointments}, and look whether any account of {person} is left.",
)


def _is_of_access(review: Item[PeriodicReview], view: View) -> bool:
    return review.content.subject is Subject.ACCESS


@check(
    "development.access_reviewed",
    over=PeriodicReview,
    owner=SystemRole.SECURITY,
    needed=True,
    whole=True,
    when=_is_of_access,
)
def access_is_reviewed(reviews: tuple[Item[PeriodicReview], ...], view: View) -> Findings:
    """Who has access was looked at in time, what was wrong is followed up, and nobody who left since stays appointed.

    Source: IEC 81001-5-1:2021, 5.1.2.
    """
    newest = max(reviews, key=lambda one: (one.content.last_day, terms.first_position(one, view)))
    content, day = newest.content, terms.next_review(newest, view.policy.number(CHECK_MONTHS))
    if not content.last_day <= view.today <= day:
        yield Gap(newest, ACCESS_OVERDUE, review=newest, last=content.last_day, day=day).owed(due=day)
    actions = view.dossier.back(newest, ImprovementAction)
    if not content.complete and not any(newest.id in one.content.because for one in actions):
        yield Gap(newest, NO_ACTION, review=newest)
    for person, appointments in _left_since(content.last_day, view).items():
        day = date.fromisoformat(_people(view)[person].left_on or "")
        yield Gap(newest, STILL_APPOINTED, person=person, day=day, review=newest, appointments=appointments)


def _people(view: View) -> dict[str, Person]:
    return view.once("people", terms.people)


def _left_since(last: date, view: View) -> dict[str, list[Item[Appointment]]]:
    """Return the appointments in force of those who left on `last` or later and are not there any more, by person."""
    left: dict[str, list[Item[Appointment]]] = {
        person: []
        for person, one in _people(view).items()
        if one.left_on is not None and last <= date.fromisoformat(one.left_on) < view.today
    }
    for appointment in view.dossier.all(Appointment):
        if in_force(appointment.content, view.today):
            for person in (appointment.content.person, appointment.content.deputy):
                if person in left:
                    left[person].append(appointment)
    return {person: appointments for person, appointments in left.items() if appointments}
