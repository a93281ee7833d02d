"""Small JSON files that a person or a script writes: how repositories are guarded, and the ways into a build."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NoReturn, TypeVar

import msgspec

from asepsis.exchange.facts import AttackSurface, Exposed, Repository, RepositorySettings
from asepsis.exchange.instants import written_instant
from asepsis.exchange.source import MIB, Reading, Source, Tally, UnreadableError, decode_json
from asepsis.sentences import Sentence

MOST_BYTES = 16 * MIB

_Shape = TypeVar("_Shape", bound=msgspec.Struct)


class UnreadableSettingsError(UnreadableError):
    """A file does not tell how repositories are guarded."""

    code = "settings-unreadable"
    sentence = Sentence(
        "{source} cannot be read as settings of repositories: {reason}.",
        next="Name as_of, and for each of repositories its name, review_asked, rewriting_barred, second_factor, writers "
        "and lock_files.",
    )


class UnreadableSurfaceError(UnreadableError):
    """A file does not list the ways into a build."""

    code = "surface-unreadable"
    sentence = Sentence(
        "{source} cannot be read as a list of the ways into a build: {reason}.",
        next="Name as_of and exposed; each of exposed has protocol and place, and may have login and reachable_from.",
    )


NOBODYS = Sentence("{count} accounts that can write to {repository} are given as '?': they belong to nobody known.")
EMPTY_SURFACE = Sentence("{source} says that there is no way into the build.")


class _Repository(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    review_asked: bool
    rewriting_barred: bool
    second_factor: bool
    writers: tuple[str, ...]
    lock_files: bool


class _Settings(msgspec.Struct, forbid_unknown_fields=True):
    as_of: str
    repositories: tuple[_Repository, ...]


def read(source: Source) -> Reading[RepositorySettings]:
    """Return how each repository that a file names is guarded, by name.

    The file is JSON of this form, with nothing left out, since what is not told would pass as bad or as good news:

        {"as_of": "2026-03-01T09:30:00Z", "repositories": [{"name": "gateway", "review_asked": true,
         "rewriting_barred": true, "second_factor": true, "writers": ["<person id>", "?"], "lock_files": true}]}

    `review_asked`: the release branch takes no change without a review; `rewriting_barred`: nor a rewritten history;
    `second_factor`: it is forced on all who can write; `writers`: the person id of each account with write or admin right,
    `?` for one that is nobody's; `lock_files`: builds resolve dependencies by lock files.

    Raises `UnreadableSettingsError`, or an error of the JSON text.
    """
    written, tally = _shaped(source, _Settings, UnreadableSettingsError)
    if not written.repositories:
        _refuse(source, UnreadableSettingsError, "it names no repository")
    _refuse_repeated(source, UnreadableSettingsError, [one.name for one in written.repositories], "repository")
    for one in written.repositories:
        if not one.name.strip() or not all(writer.strip() for writer in one.writers):
            _refuse(source, UnreadableSettingsError, "a repository or a writer has no name")
        if nobodys := one.writers.count("?"):
            tally.note(NOBODYS.said(count=nobodys, repository=one.name))
    repositories = tuple(
        Repository(
            name=one.name,
            review_asked=one.review_asked,
            rewriting_barred=one.rewriting_barred,
            second_factor=one.second_factor,
            writers=tuple(sorted(one.writers)),
            lock_files=one.lock_files,
        )
        for one in sorted(written.repositories, key=lambda one: one.name)
    )
    fact = RepositorySettings(as_of=_instant(source, written.as_of, UnreadableSettingsError), repositories=repositories)
    return Reading(fact, tally.receipt(source, "repository_settings", len(repositories)))


class _Exposed(msgspec.Struct, forbid_unknown_fields=True):
    protocol: str
    place: str
    login: bool | None = None
    reachable_from: tuple[str, ...] = ()


class _Surface(msgspec.Struct, forbid_unknown_fields=True):
    exposed: tuple[_Exposed, ...]
    as_of: str
    found_by: Literal["scan", "document", "list"] = "list"
    setup: str | None = None
    build_id: str | None = None


def read_surface(source: Source) -> Reading[AttackSurface]:
    """Return the ways into a build that a file lists, by protocol and place.

    The file is JSON of this form:

        {"as_of": "2026-03-01T09:30:00Z", "found_by": "scan", "setup": "ward network, default settings",
         "build_id": "1.4.0+77", "exposed": [{"protocol": "tcp", "place": "443", "login": true,
         "reachable_from": ["hospital network"]}]}

    `found_by` is `scan`, `document` or `list` (by hand, and if not told). Only `as_of`, `exposed`, `protocol` and `place`
    have to be there; without `login` nobody tried whether one is asked for.

    Raises `UnreadableSurfaceError`, or an error of the JSON text.
    """
    written, tally = _shaped(source, _Surface, UnreadableSurfaceError)
    ways = [(one.protocol, one.place) for one in written.exposed]
    if not all(protocol.strip() and place.strip() for protocol, place in ways):
        _refuse(source, UnreadableSurfaceError, "a way in has no protocol or no place")
    _refuse_repeated(source, UnreadableSurfaceError, [" ".join(way) for way in ways], "way in")
    if not ways:
        tally.note(EMPTY_SURFACE.said(source=source.name))
    exposed = tuple(
        Exposed(protocol=one.protocol, place=one.place, login=one.login, reachable_from=one.reachable_from)
        for one in sorted(written.exposed, key=lambda one: (one.protocol, one.place))
    )
    fact = AttackSurface(
        exposed=exposed,
        found_by=written.found_by,
        setup=written.setup,
        as_of=_instant(source, written.as_of, UnreadableSurfaceError),
        build_id=written.build_id,
    )
    return Reading(fact, tally.receipt(source, "attack_surface", len(exposed)))


def _shaped(source: Source, shape: type[_Shape], error: type[UnreadableError]) -> tuple[_Shape, Tally]:
    decoded = decode_json(source.limited(MOST_BYTES))
    try:
        return msgspec.convert(decoded.value, shape), Tally(decoded.notes)
    except msgspec.ValidationError as problem:
        reason, _, place = str(problem).partition(" - at ")
        at = f" at {place.strip('`')}" if place else ""
        _refuse(source, error, f"{reason[0].lower()}{reason[1:]}{at}", problem)


def _instant(source: Source, text: str, error: type[UnreadableError]) -> str:
    try:
        moment, has_offset = written_instant(text)
    except ValueError:
        _refuse(source, error, f"'{text[:60]}', as of which it is, is no date and time")
    if not has_offset:
        _refuse(source, error, f"'{text[:60]}', as of which it is, has no offset from UTC")
    return moment


def _refuse_repeated(source: Source, error: type[UnreadableError], names: Iterable[str], what: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            _refuse(source, error, f"it names the {what} '{name[:200]}' twice")
        seen.add(name)


def _refuse(source: Source, error: type[UnreadableError], reason: str, cause: BaseException | None = None) -> NoReturn:
    raise error(source=source.name, reason=reason) from cause
