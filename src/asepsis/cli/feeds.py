"""Feeds of advisories: added, brought up to date, and how old each is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asepsis.cli.opening import home, make_home
from asepsis.cli.output import Answer, Table, command, progress

if TYPE_CHECKING:
    from asepsis.jobs.feeds import Surroundings, Updated
    from asepsis.jobs.shelf import Feed, Shelf, State

app = typer.Typer(
    no_args_is_help=True, help="Fetch what is known of vulnerabilities, and see how old and complete it is."
)


@command(app, "list")
def list_() -> Answer:
    """Tell of each feed how old its data is, how much it holds, which ecosystems it covers, and how its last update went.

    Exits with 0 when each was fetched and its last update worked, 1 when that is not so, 3 where no feed was added.
    """
    shelf, now = _shelf(), datetime.now(UTC)
    states = [(feed, shelf.kept(feed).state()) for feed in shelf.feeds()]
    if not states:
        return Answer({"feeds": []}, (NONE,), 3)
    rows = [
        (
            feed.name,
            _title(feed),
            state.as_of,
            _age(state, now),
            state.records,
            ", ".join(state.covers),
            _went(state),
        )
        for feed, state in states
    ]
    parts: list[Any] = [Table.of("feed|source|as of|age|records|covers|last update", rows, NONE)]
    parts += [f"{feed.name}: {note}" for feed, state in states for note in (*state.notes, *_troubles(state))]
    is_good = all(state.segments and state.failure is None for _, state in states)
    return Answer({"feeds": [_value(feed, state, now) for feed, state in states]}, tuple(parts), 0 if is_good else 1)


@command(app, "add")
def add(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="osv, nvd, kev, vulnrichment, epss, csaf, cwe, capec or folder.")
    ],
    part: Annotated[
        str | None, typer.Option("--part", metavar="PART", help="The ecosystem, for osv: PyPI, Debian, npm, ...")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="ADDRESS", help="An https address or a folder; for csaf its provider-metadata.json."
        ),
    ] = None,
    records: Annotated[
        str | None, typer.Option("--records", metavar="KIND", help="For folder: osv, cve, nvd, csaf or kev.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="How the feed is called.")] = None,
    key_file: Annotated[
        str | None,
        typer.Option("--key-file", metavar="FILE", help="A file with the key for the NVD, and nothing else."),
    ] = None,
    covers: Annotated[
        list[str] | None,
        typer.Option(
            "--covers",
            metavar="ECOSYSTEM",
            help="For a folder of osv: it has all that is published of this ecosystem. May be given again.",
        ),
    ] = None,
) -> Answer:
    """Add a feed; nothing is fetched yet.

    A source may lie in a folder instead of on the network, in the layout that its publisher has. What a folder of own records
    says is told, and it makes nothing look clean unless --covers says that it has all of an ecosystem. Exits with 0 when it is
    there, 1 when another feed has its name, 4 when it is no feed.
    """
    from asepsis.jobs import feeds

    feed = feeds.added(
        source, name=name, url=at, part=part, records=records, key_file=key_file, covers=tuple(covers or ())
    )
    make_home()
    is_new = _shelf().add(feed)
    told = f"{feed.name} is added: {feed.url}." if is_new else f"{feed.name} was there already; nothing changed."
    return Answer({"name": feed.name, "url": feed.url, "new": is_new}, (told, "Fetch it with `asepsis feeds update`."))


@command(app, "remove")
def remove(name: Annotated[str, typer.Argument(metavar="NAME", help="The feed.")]) -> Answer:
    """Take a feed away, with all that was fetched of it. Exits with 0 when it is gone, 4 when there is none of the name."""
    _shelf().remove(name)
    return Answer({"name": name}, (f"{name} is gone.",))


@command(app, "update")
def update(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME...", help="The feeds; all without one.")] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Fetch everything anew, as if nothing had been fetched before.")
    ] = False,
) -> Answer:
    """Bring feeds up to date: only what changed is fetched, and an update that was cut off goes on where it stopped.

    A feed that is broken or cannot be reached keeps what was fetched before, and says so. This command uses the network,
    to the addresses of the feeds that were added, unless ASEPSIS_FEEDS is "never". Exits with 0 when each feed is up to
    date, 1 when one is not, 3 where no feed was added.
    """
    from asepsis.jobs import feeds
    from asepsis.jobs.indexing import opened

    shelf = _shelf()
    count = len(names) if names else len(shelf.feeds())
    if not count:
        return Answer({"feeds": []}, (NONE,), 3)
    done: list[Updated] = []
    with progress("Fetching", count) as come:
        for one in feeds.update_all(shelf, _world(), names or (), whole=whole):
            done.append(one)
            come(len(done))
    with opened(shelf):  # so that no scan has to make the index, and one on another machine finds it made
        pass
    now = datetime.now(UTC)
    value = [
        {"result": one.result, "changed": one.changed, "requests": one.requests, **_value(one.feed, one.state, now)}
        for one in done
    ]
    rows = [(one.feed.name, one.result, one.changed, one.state.records, _age(one.state, now)) for one in done]
    parts: list[Any] = [Table.of("feed|result|changed|records|age", rows, NONE)]
    parts += [f"{one.feed.name}: {trouble}" for one in done for trouble in _troubles(one.state)]
    return Answer({"feeds": value}, tuple(parts), 1 if any(one.result == "failed" for one in done) else 0)


NONE = (
    "No feed was added, so nothing is known of vulnerabilities. Add one, as with `asepsis feeds add osv --part PyPI`."
)


def _shelf() -> Shelf:
    from asepsis.jobs.shelf import Shelf

    return Shelf(home() / "feeds")


def _world() -> Surroundings:
    import time

    from django.conf import settings

    from asepsis.jobs.feeds import Surroundings

    return Surroundings(lambda: datetime.now(UTC), time.sleep, network=settings.MACHINE.feeds != "never")


def _title(feed: Feed) -> str:
    from asepsis.advisories.feeds.sources import SOURCES

    title = SOURCES[feed.source].title
    return f"{title}, {feed.part or feed.records}" if feed.part or feed.records else title


def _value(feed: Feed, state: State, now: datetime) -> dict[str, Any]:
    from asepsis.jobs.feeds import age

    old = age(state, now)
    return {
        "name": feed.name,
        "source": feed.source,
        "url": feed.url,
        "part": feed.part,
        "as_of": state.as_of,
        "age_s": None if old is None else int(old.total_seconds()),
        "checked_at": state.checked_at,
        "newest": state.newest,
        "records": state.records,
        "covers": list(state.covers),
        "left_out": [{"what": what, "why": why} for what, why in state.refused],
        "notes": list(state.notes),
        "failure": None
        if state.failure is None
        else {"at": state.failure.at, "error": state.failure.code, "message": state.failure.message},
    }


def _age(state: State, now: datetime) -> str:
    from asepsis.jobs.feeds import age

    old = age(state, now)
    if old is None:
        return "never fetched"
    if old < timedelta(hours=1):
        return "less than an hour"
    hours = int(old.total_seconds()) // 3600
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def _went(state: State) -> str:
    if state.failure is not None:
        return f"failed ({state.failure.code})"
    return "worked" if state.segments else "none yet"


def _troubles(state: State) -> list[str]:
    """Return what is wrong with a feed, a sentence each."""
    told = [state.failure.message] if state.failure is not None else []
    if state.failure is not None and state.segments:
        told.append(f"The records of {state.as_of} stay in use.")
    if state.refused:
        (what, why), more = state.refused[0], len(state.refused) - 1
        told.append(f"Left out: {what} {why}" + (f", and {more:,} more." if more else "."))
    return told
