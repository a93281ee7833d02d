"""What is unsafe about this installation, each with what to do: settings, files, the database, feeds, backups, the clock.

Nothing is changed, and nothing goes over the network. What could not be looked at is told as such.
"""

from __future__ import annotations

import base64
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.db import connection
from django_tasks_db.models import DBTaskResult

from asepsis.accounts import secret
from asepsis.accounts.models import DirectoryEntry
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


# --- logging in elsewhere --------------------------------------------------------------------------------------------------

OTHERS_WRITE = Sentence(
    "{file} says who is let in, and others on this machine may write it ({mode}).", next="chmod go-w {file}"
)
CERTIFICATE_ENDS = Sentence(
    "The certificate of {whose} ends on {day}.", next="Put the next one, or its new metadata, into {file}."
)
CERTIFICATE_OVER = Sentence("The certificate of {whose} ended on {day}.", next="Put the new one into {file}.")
WEAK_KEY = Sentence(
    "{whose} signs with a key of {bits} bits, which can be broken.", next="Let it take one of 2048 bits or more."
)
UNREADABLE_CERTIFICATE = Sentence("A certificate in {file} cannot be read.", next="Fetch it again.")
NO_ADDRESS = Sentence(
    "Single sign-on is set up, and ASEPSIS_ADDRESS is not: it serves on this machine alone.",
    next="Name the https address that people use.",
)
PLAIN_DIRECTORY = Sentence(
    "Passwords go to the directory as they are: whoever listens on this machine reads them.",
    next="Set ASEPSIS_LDAP_SECURITY to tls or starttls.",
)
SEARCHED_BY_NOBODY = Sentence(
    "The directory is searched by nobody in particular, so everybody may search it.",
    next="Let it ask who searches: ASEPSIS_LDAP_USER and ASEPSIS_LDAP_PASSWORD_FILE.",
)
OLD_WAY_IN = Sentence(
    "While the directory does not answer, {count} people whom it knows may come in by a passphrase of their own, also one "
    "whom it no longer lets in.",
    next="Set ASEPSIS_LDAP_LOCAL to never, or see that asepsis person shut belongs to leaving.",
)
ENDS_SOON = timedelta(days=30)
LEAST_BITS = 2048


def _elsewhere(now: datetime) -> Iterator[tuple[Level, Said]]:
    machine = settings.MACHINE
    if machine.single_sign_on and machine.address is None:
        yield Level.ADVICE, NO_ADDRESS.said()
    trusted = [one for one in (machine.saml_metadata_file, machine.ldap_ca_file) if one is not None]
    for file in trusted:
        if not file.is_file():
            yield Level.UNSAFE, NO_FILE.said(file=str(file))
        elif (mode := file.stat().st_mode) & (stat.S_IWGRP | stat.S_IWOTH):
            yield Level.UNSAFE, OTHERS_WRITE.said(file=str(file), mode=f"{stat.S_IMODE(mode):o}")
    if machine.saml_metadata_file is not None and machine.saml_metadata_file.is_file():
        yield from _provider(machine.saml_metadata_file, now)
    if machine.ldap_server is None:
        return
    if machine.ldap_security == "none":
        yield Level.UNSAFE, PLAIN_DIRECTORY.said()
    if machine.ldap_user is None:
        yield Level.ADVICE, SEARCHED_BY_NOBODY.said()
    own = [one for one in DirectoryEntry.objects.select_related("account") if one.account.has_passphrase]
    if own and machine.ldap_local == "away":
        yield Level.ADVICE, OLD_WAY_IN.said(count=len(own))


def _provider(file: Path, now: datetime) -> Iterator[tuple[Level, Said]]:
    """Look at the certificates by which a SAML provider's answers are known."""
    from asepsis.accounts import saml

    try:
        found = saml.provider(file)
        certificates = [x509.load_der_x509_certificate(base64.b64decode(one)) for one in found.certificates]
    except saml.UnusableProviderError as error:
        yield Level.UNSAFE, error.said
        return
    except ValueError:
        yield Level.UNSAFE, UNREADABLE_CERTIFICATE.said(file=str(file))
        return
    newest = max(one.not_valid_after_utc for one in certificates)
    if newest < now + ENDS_SOON:
        told = CERTIFICATE_OVER if newest < now else CERTIFICATE_ENDS
        yield Level.UNSAFE, told.said(whose=found.entity, day=newest.date(), file=str(file))
    for key in (one.public_key() for one in certificates):
        if isinstance(key, rsa.RSAPublicKey) and key.key_size < LEAST_BITS:
            yield Level.UNSAFE, WEAK_KEY.said(whose=found.entity, bits=key.key_size)


# --- files ----------------------------------------------------------------------------------------------------------------

NO_FILE = Sentence("{file} is not there.", next="Bring it back from a backup, or name another.")
READ_BY_OTHERS = Sentence("{file} is open to others on this machine ({mode}).", next="chmod {wanted} {file}")
LITTLE_ROOM = Sentence("{free} MiB are free in {home}.", next="Make room: what is kept grows, and is never deleted.")


def _files(now: datetime) -> Iterator[tuple[Level, Said]]:
    machine = settings.MACHINE
    home = queries.home()
    named = (
        machine.database_password_file,
        machine.sso_secret_file,
        machine.ldap_password_file,
        machine.mail_password_file,
        machine.metrics_token_file,
    )
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
    "log-in elsewhere": ("Single sign-on and directory are asked as they should be, or none is set up", _elsewhere),
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
