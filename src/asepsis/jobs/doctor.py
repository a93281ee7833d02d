"""What is unsafe about this installation, each with what to do: settings, files, the database, feeds, backups, the clock.

Nothing is changed, and nothing goes over the network. What could not be looked at is told as such.
"""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django_tasks_db.models import DBTaskResult

from asepsis.accounts import secret
from asepsis.accounts.way import LOOPBACK
from asepsis.conformance import moments
from asepsis.jobs import keeping, mail, worker
from asepsis.jobs.models import Left
from asepsis.jobs.shelf import DamagedShelfError, Shelf
from asepsis.sentences import Said, Sentence
from asepsis.store import grants, keys, models, queries, triggers
from asepsis.store.rows import select

FEED_AGE = "maintenance.feed_age_days"
ROOM = 1024**3  # bytes that should be free, or twice the size of the database
BACKUP_DAYS, VERIFIED_DAYS, LEFT_DAYS = 7, 92, 31
SKEW = timedelta(seconds=5)
OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Level(StrEnum):
    """How much something matters: `advice` is nothing unsafe."""

    GOOD = "good"
    UNSAFE = "unsafe"
    UNKNOWN = "unknown"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one subject."""

    subject: str
    level: Level
    said: Said


Look = Callable[[datetime], Iterator[tuple[Level, Said]]]
GOOD = Sentence("{what}.")


def examine(now: datetime) -> list[Finding]:
    """Return what was found about every subject, at least one finding each."""
    found = []
    for subject, (good, look) in LOOKS.items():
        told = list(look(now)) or [(Level.GOOD, GOOD.said(what=good))]
        found += [Finding(subject, level, said) for level, said in told]
    return found


# --- settings -----------------------------------------------------------------------------------------------------------

DEBUG = Sentence("The pages show what the program holds when it fails.", next="Set DEBUG to false in the settings.")
ANY_HOST = Sentence("Pages are served under any name.", next="Name yours alone in ASEPSIS_ALLOWED_HOSTS.")
NO_PROXY = Sentence(
    "Pages are served as {hosts}, and no https address is named: passphrases go over the network as they are.",
    next="Put a proxy with a certificate before it and name it in ASEPSIS_ADDRESS.",
)
KNOWN_PASSPHRASE = Sentence(
    "This is a demonstration, whose passphrase is known, and it is served to others.",
    next="Begin a ledger of your own: asepsis init.",
)
MAIL_OFF = Sentence(
    "No letter is sent: nobody is reminded by mail.", next="Name a server of mail in ASEPSIS_MAIL_SERVER."
)
OPEN_METRICS = Sentence(
    "/metrics asks for a token, and none is named.", next="Write one into a file: ASEPSIS_METRICS_TOKEN_FILE."
)


def _pages(now: datetime) -> Iterator[tuple[Level, Said]]:
    machine = settings.MACHINE
    if settings.DEBUG:
        yield Level.UNSAFE, DEBUG.said()
    if any(one.startswith(("*", ".")) for one in machine.allowed_hosts):
        yield Level.UNSAFE, ANY_HOST.said()
    beyond = [one for one in machine.allowed_hosts if one.strip("[]") not in LOOPBACK]
    if beyond and machine.address is None:
        yield Level.UNSAFE, NO_PROXY.said(hosts=beyond)
    if machine.address is not None and queries.ledger().origin == "demonstration":
        yield Level.UNSAFE, KNOWN_PASSPHRASE.said()
    if machine.metrics == "token" and machine.metrics_token_file is None:
        yield Level.UNSAFE, OPEN_METRICS.said()


def _mail(now: datetime) -> Iterator[tuple[Level, Said]]:
    if not mail.is_on():
        yield Level.ADVICE, MAIL_OFF.said()


# --- files ----------------------------------------------------------------------------------------------------------------

NO_FILE = Sentence("{file} is not there.", next="Bring it back from a backup, or name another.")
READ_BY_OTHERS = Sentence("{file} is open to others on this machine ({mode}).", next="chmod {wanted} {file}")
LITTLE_ROOM = Sentence("{free} MiB are free in {home}.", next="Make room: what is kept grows, and is never deleted.")


def _files(now: datetime) -> Iterator[tuple[Level, Said]]:
    machine = settings.MACHINE
    home = queries.home()
    named = (
        machine.database_password_file, machine.sso_secret_file, machine.mail_password_file, machine.metrics_token_file
    )  # fmt: skip
    files = [home / keys.FILE, home / secret.FILE, *(one for one in named if one is not None)]
    for file in (home, *files):
        try:
            mode = file.stat().st_mode
        except OSError:
            yield Level.UNSAFE, NO_FILE.said(file=str(file))
            continue
        if mode & OTHERS:
            wanted = "700" if stat.S_ISDIR(mode) else "600"
            yield Level.UNSAFE, READ_BY_OTHERS.said(file=str(file), mode=f"{stat.S_IMODE(mode):o}", wanted=wanted)


def _room(now: datetime) -> Iterator[tuple[Level, Said]]:
    home = queries.home()
    database = home / "asepsis.sqlite3"
    free = shutil.disk_usage(home).free
    if free < max(ROOM, 2 * database.stat().st_size if database.is_file() else 0):
        yield Level.UNSAFE, LITTLE_ROOM.said(free=free // 1024**2, home=str(home))


# --- the database ----------------------------------------------------------------------------------------------------------

WRONG_PRAGMA = Sentence(
    "SQLite runs with {name} {found}; it should be {wanted}.", next="Serve with this program's settings alone."
)
NO_TRIGGERS = Sentence(
    "Triggers that keep the ledger append-only are missing: {names}.",
    next="Run asepsis ledger verify; then asepsis init.",
)
MIGHTY_ROLE = Sentence(
    "The role {role} of the database can change the tables themselves.",
    next="Let another role own them: asepsis init --database, and name the server's role in ASEPSIS_DATABASE.",
)
NOT_DURABLE = Sentence(
    "PostgreSQL runs with {name} {found}: what was confirmed can be lost.", next="Set it to on in postgresql.conf."
)
OPEN_WAY = Sentence(
    "The way to the database at {host} is not encrypted.", next="Use a socket, or a server that speaks TLS."
)
_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "2",
    "foreign_keys": "1",
    "secure_delete": "1",
    "recursive_triggers": "1",
}


def _database(now: datetime) -> Iterator[tuple[Level, Said]]:
    if absent := triggers.missing():
        yield Level.UNSAFE, NO_TRIGGERS.said(names=absent)
    if connection.vendor == "sqlite":
        for name, wanted in _PRAGMAS.items():
            found = str(select(f"PRAGMA {name}")[0][0])
            if found != wanted:
                yield Level.UNSAFE, WRONG_PRAGMA.said(name=name, found=found, wanted=wanted)
        return
    role = str(connection.settings_dict["USER"])
    owns = select(
        "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'public' AND c.relkind = 'r' AND pg_has_role(current_user, c.relowner, 'MEMBER')"
    )[0][0]
    if owns or grants.may_change_tables():
        yield Level.UNSAFE, MIGHTY_ROLE.said(role=role)
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        found = str(select("SELECT current_setting(%s)", [name])[0][0])
        if found == "off":
            yield Level.UNSAFE, NOT_DURABLE.said(name=name, found=found)
    host = urlsplit(settings.MACHINE.database or "").hostname
    if host and host not in LOOPBACK:
        encrypted = select("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        if not encrypted or not encrypted[0][0]:
            yield Level.UNSAFE, OPEN_WAY.said(host=host)


# --- the clock, and what was not looked after ------------------------------------------------------------------------------

BEHIND = Sentence(
    "This machine's clock is behind the last entry of the ledger, of {last}: nothing can be written.",
    next="Set the clock, and let it be kept by NTP.",
)
SKEWED = Sentence(
    "The clocks of this machine and of the database differ by {seconds} seconds.", next="Let both be kept by NTP."
)
NO_FEEDS = Sentence(
    "No feed of advisories was added: nothing is known of vulnerabilities of components.",
    next="Add one: asepsis feeds add osv --part PyPI.",
)
STALE_FEED = Sentence(
    "The feed {feed} is as of {day}; the policy asks for {days} days.",
    next="Bring it up to date: asepsis feeds update.",
)
EMPTY_FEED = Sentence("The feed {feed} was never fetched.", next="Fetch it: asepsis feeds update.")
SPOILT_SHELF = Sentence("The feeds cannot be read.", next="Look at asepsis feeds list.")
NO_BACKUP = Sentence("No backup was ever made here.", next="Make one: asepsis backup make FOLDER.")
OLD_BACKUP = Sentence(
    "The last backup is of {day}, and {entries} entries came since.", next="Make one: asepsis backup make FOLDER."
)
UNVERIFIED = Sentence(
    "No backup was verified for {days} days.", next="See whether one can be restored: asepsis backup verify FOLDER."
)
NONE_LEFT = Sentence(
    "No checkpoint left this machine for {days} days: nothing proves that history was not rewritten.",
    next="Name a way: ASEPSIS_CHECKPOINT_FOLDER, _MAIL or _WEBHOOK; or asepsis ledger checkpoint FILE.",
)
NO_WORKER = Sentence(
    "No worker gives a sign of life: nothing is assessed or sent in the background.",
    next="asepsis serve, or asepsis worker.",
)
FAILED = Sentence("{count} jobs failed within a day.", next="Look at the page Jobs, or at the log.")


def _clock(now: datetime) -> Iterator[tuple[Level, Said]]:
    last = datetime.fromisoformat(queries.ledger().last_at)
    if queries.now(now) < last:
        yield Level.UNSAFE, BEHIND.said(last=last)
    if connection.vendor == "postgresql":
        differs = select("SELECT clock_timestamp()")[0][0] - datetime.now(UTC)
        if abs(differs) > SKEW:
            yield Level.UNSAFE, SKEWED.said(seconds=int(abs(differs).total_seconds()))


def _feeds(now: datetime) -> Iterator[tuple[Level, Said]]:
    shelf = Shelf(queries.home() / "feeds")
    days = moments.policy_today(None, queries.now(now)).number(FEED_AGE)
    try:
        states = [(feed, shelf.kept(feed).state()) for feed in shelf.feeds()]
    except DamagedShelfError:
        yield Level.UNKNOWN, SPOILT_SHELF.said()
        return
    if not states:
        yield Level.UNKNOWN, NO_FEEDS.said()
    for feed, state in states:
        if state.as_of is None:
            yield Level.UNKNOWN, EMPTY_FEED.said(feed=feed.name)
        elif now - datetime.fromisoformat(state.as_of) > timedelta(days=days):
            yield Level.UNSAFE, STALE_FEED.said(feed=feed.name, day=state.as_of[:10], days=days)


def _backups(now: datetime) -> Iterator[tuple[Level, Said]]:
    ledger = queries.ledger()
    today = now.astimezone(ZoneInfo(ledger.time_zone)).date()
    found = {one.way: one for one in Left.objects.filter(way__in=(keeping.MADE, keeping.VERIFIED))}
    made, verified = found.get(keeping.MADE), found.get(keeping.VERIFIED)
    if made is None:
        yield Level.UNSAFE, NO_BACKUP.said()
        return
    if ledger.size > made.size and (today - made.on).days > BACKUP_DAYS:
        yield Level.UNSAFE, OLD_BACKUP.said(day=made.on, entries=ledger.size - made.size)
    if verified is None or (today - verified.on).days > VERIFIED_DAYS:
        yield Level.UNSAFE, UNVERIFIED.said(days=VERIFIED_DAYS)


def _checkpoints(now: datetime) -> Iterator[tuple[Level, Said]]:
    newest = models.Checkpoint.objects.filter(kept="left").order_by("-size").values_list("at", flat=True).first()
    if newest is None or queries.now(now) - datetime.fromisoformat(newest) > timedelta(days=LEFT_DAYS):
        yield Level.UNSAFE, NONE_LEFT.said(days=LEFT_DAYS)


def _jobs(now: datetime) -> Iterator[tuple[Level, Said]]:
    if not worker.is_alive(now):
        yield Level.ADVICE, NO_WORKER.said()
    failed = DBTaskResult.objects.failed().filter(finished_at__gt=now - timedelta(days=1)).count()
    if failed:
        yield Level.UNSAFE, FAILED.said(count=failed)


LOOKS: dict[str, tuple[str, Look]] = {
    "pages": ("Names, debugging and the way to the pages are as they should be", _pages),
    "files": ("The home and its secrets are open to their owner alone", _files),
    "room": ("There is room on the disk", _room),
    "database": ("The database keeps what it confirmed, and nobody here can change the tables that matter", _database),
    "clock": ("The clock is not behind the ledger", _clock),
    "feeds": ("Every feed is as new as the policy asks", _feeds),
    "backups": ("A backup is there, and one was verified", _backups),
    "checkpoints": ("A checkpoint left this machine lately", _checkpoints),
    "jobs": ("A worker is at work, and nothing failed within a day", _jobs),
    "mail": ("Letters are sent", _mail),
}
