"""Checks of changes of the source: each was looked at by somebody else."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import Findings, check
from asepsis.checks.configuration.changes import changes_after, commits_of, source_of
from asepsis.checks.view import AbsentFactsError, View
from asepsis.development.records import ChangeSet, CodingStandard, Review, ReviewOf
from asepsis.exchange.facts import Change, Person, Source
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

NOT_SEEN = Sentence(
    "{count} changes of {release} were looked at by nobody but their authors: {changes}.",
    next="Let somebody else look at these changes together, and sign one review of code for all of them.",
)
DOES_NOT_REACH = Sentence(
    "The source of {release} does not reach back to the build of {predecessor}.",
    next="Import the source of {release} with all changes since {predecessor}.",
)
NO_AUTHORS = Sentence(
    "{count} changes of {release} do not say who wrote them: {changes}.",
    next="Import the source of {release} with its authors, or let somebody review these changes.",
)
SHORTEST = 7  # characters of a commit's id that tell it from others
# Files that say which versions of other packages are used, and nothing else.
LOCK_FILES = frozenset(
    (
        "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "poetry.lock", "uv.lock",
        "pdm.lock", "pylock.toml", "Pipfile.lock", "Cargo.lock", "go.sum", "Gemfile.lock", "composer.lock",
        "packages.lock.json", "gradle.lockfile", "conan.lock", "pubspec.lock", "mix.lock", "Package.resolved",
    )
)  # fmt: skip


@check("development.changes_reviewed", over="source", owner=SystemRole.DEVELOPER)
def changes_are_reviewed(release: Item[Any], document: Source, view: View) -> Findings:
    """Each change since the release before was looked at, when merged or in a review of code, by somebody else.

    Who looked had to be there on the day. Of a change to lock files alone, who approved it looked at it. Where there is
    no release before, changes count from the day on which the first coding standard came into force.

    Source: IEC 81001-5-1:2021, 5.1.2; 5.5.2.
    """
    changes = _since(release, document, view)
    if changes is None:
        yield Unknown(release, DOES_NOT_REACH, release=release, predecessor=terms.predecessor(release, view))
        return
    there = terms.people(view)
    left = [change for change in changes if not _is_seen(change, there, view)]
    reviewed = _reviewed(document, view) if left else {}
    left = [one for one in left if not reviewed.get(one.id, set()) - set(one.authors)]
    if unsigned := [one.id for one in left if not one.authors]:
        yield Unknown(release, NO_AUTHORS, count=len(unsigned), release=release, changes=unsigned)
    if unseen := [one.id for one in left if one.authors]:
        yield Gap(release, NOT_SEEN, count=len(unseen), release=release, changes=unseen)


def _since(release: Item[Any], document: Source, view: View) -> list[Change] | None:
    """Return the changes that count for a release; `None` where it cannot be told. Raises `AbsentFactsError`."""
    predecessor = terms.predecessor(release, view)
    if predecessor is None:
        standards = (*view.dossier.all(CodingStandard), *view.dossier.retired(CodingStandard))
        begun = min((terms.first_day(one, view) for one in standards), default=None)
        return [one for one in document.changes if begun is None or view.day(one.merged_on) >= begun]
    build = predecessor.content.build_id
    if build is None or source_of(build, view) is None:
        raise AbsentFactsError("source", predecessor.label)
    commits = commits_of(build, view)
    if document.from_commit not in commits and not any(change.id in commits for change in document.changes):
        return None
    return list(changes_after(document.changes, commits))


def _is_seen(change: Change, there: dict[str, Person], view: View) -> bool:
    looked = {*change.reviewers, change.approver} if _only_locks(change) else set(change.reviewers)
    day = view.day(change.merged_on)
    return bool(change.authors) and any(
        person is not None and person not in change.authors and terms.active(person, day, there) for person in looked
    )


def _only_locks(change: Change) -> bool:
    return bool(change.paths) and all(PurePosixPath(path).name in LOCK_FILES for path in change.paths)


def _reviewed(document: Source, view: View) -> dict[str, set[str]]:
    """Return who reviewed each change of a source in a review of code that came to a conclusion."""
    found: dict[str, set[str]] = {}
    for review in view.dossier.all(Review):
        content = review.content
        if content.of is ReviewOf.IMPLEMENTATION and content.concluded is not None and content.change_set is not None:
            people = {one.person for one in content.reviewers}
            for change in changes_of(content.change_set, document):
                found.setdefault(change, set()).update(people)
    return found


def changes_of(change_set: ChangeSet, source: Source) -> Iterable[str]:
    """Return the ids of the changes of a source that a change set holds.

    A range whose ends are no changes of this source, nor where it begins or ends, holds nothing of it.
    """
    if change_set.repository is not None and change_set.repository not in source.repositories:
        return ()
    ids = [change.id for change in source.changes]
    first = 0 if _is(change_set.from_commit, None, source.from_commit) else _up_to(change_set.from_commit, ids)
    last = len(ids) if _is(change_set.to_commit, source.to_commit, source.tag) else _up_to(change_set.to_commit, ids)
    between = ids[first:last] if first is not None and last is not None else []
    return (*(ids[at - 1] for one in change_set.changes if (at := _up_to(one, ids))), *between)


def _is(named: str | None, *commits: str | None) -> bool:
    return named in commits or any(_begins(commit, named) for commit in commits)


def _up_to(named: str | None, ids: list[str]) -> int | None:
    """Return how many changes there are up to a commit and with it; `None` where it is not among them."""
    return next((at for at, one in enumerate(ids, 1) if one == named or _begins(one, named)), None)


def _begins(commit: str | None, named: str | None) -> bool:
    """Return whether a commit is named by the beginning of its id."""
    return commit is not None and named is not None and len(named) >= SHORTEST and commit.startswith(named)
