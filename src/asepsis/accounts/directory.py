"""Logging in with the password of a directory (LDAP): who is joined to which entry of it, and whether a password is theirs.

An account is joined to an entry by whoever keeps the machine, under the id that the directory gives to no other entry
(entryUUID, objectGUID): so a user id that the directory gives to somebody else lets nobody in here (21 CFR 11.100(a)). The
entry is looked for by that id, then its password is tried by a bind. An empty password is never sent, for a directory
takes that for a bind without one, and says yes (RFC 4513, 5.1.2). Referrals are not followed, or a password would be too.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction

from asepsis.accounts.models import Account, DirectoryEntry
from asepsis.errors import InputError, RefusedError, UnanswerableError
from asepsis.sentences import Sentence

if TYPE_CHECKING:
    from ldap3 import Connection, Tls

LOG = logging.getLogger("asepsis.directory")
REST = 30  # seconds for which a directory that did not answer is not asked again
NO = frozenset({19, 32, 34, 48, 49, 50, 53})  # what a bind ends with where the password is not theirs, or may not serve
YES = 0


class AwayError(UnanswerableError):
    """The directory does not answer, or not as it should."""

    code = "directory-away"
    sentence = Sentence(
        "The directory does not answer, so it cannot say whether this password is right.",
        next="Try again later; a wrong try was not counted. Whoever keeps this machine asks it: asepsis doctor.",
    )


class NoDirectoryError(InputError):
    """No directory is set up."""

    code = "directory-absent"
    sentence = Sentence("No directory is set up here.", next="Name it in ASEPSIS_LDAP_SERVER.")


class UnknownEntryError(InputError):
    """A name by which a directory finds nobody, or more than one."""

    code = "directory-entry-unknown"
    sentence = Sentence(
        "Under {base}, {count} entries have {attribute} '{name}' and a {id}; it has to be one.",
        next="Give the name as the directory has it, or set ASEPSIS_LDAP_BASE, _ATTRIBUTE and _ID_ATTRIBUTE.",
    )


class TakenEntryError(RefusedError):
    """An entry of the directory that another account is joined to."""

    code = "directory-entry-taken"
    sentence = Sentence("'{name}' of the directory is joined to another account.", next="End that first.")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the directory: its place, and the id that no other ever has, in hex."""

    dn: str
    id: str


def is_on() -> bool:
    """Return whether people may log in with the password of a directory."""
    return settings.MACHINE.ldap_server is not None


_away_until = 0.0  # of the monotonic clock; each process finds out for itself


def is_away() -> bool:
    """Return whether the directory did not answer a moment ago."""
    return is_on() and time.monotonic() < _away_until


def joined(account: Account | None) -> DirectoryEntry | None:
    """Return the entry that an account is joined to, where a directory is set up."""
    return DirectoryEntry.objects.filter(account=account).first() if account is not None and is_on() else None


def join(account: Account, name: str) -> DirectoryEntry:
    """Join an account to the one entry that the directory finds under a name.

    Raises `NoDirectoryError`, `AwayError`, `UnknownEntryError`, `TakenEntryError`.
    """
    machine = settings.MACHINE
    if not is_on():
        raise NoDirectoryError
    with _asking() as connection:
        found = _entries(connection, machine.ldap_attribute, name)
    if len(found) != 1:
        where = {"base": machine.ldap_base, "attribute": machine.ldap_attribute, "id": machine.ldap_id_attribute}
        raise UnknownEntryError(count=len(found), name=name, **where)
    try:
        with transaction.atomic():
            row, _ = DirectoryEntry.objects.update_or_create(
                account=account, defaults={"name": name[:255], "entry": found[0].id}
            )
    except IntegrityError as error:
        raise TakenEntryError(name=name) from error
    return row


def part(account: Account) -> bool:
    """End what joins an account to the directory; return whether there was anything."""
    return DirectoryEntry.objects.filter(account=account).delete()[0] > 0


def proves(entry: DirectoryEntry, password: str) -> bool:
    """Return whether this is the password of an entry. Raises `AwayError`."""
    return _ask(entry.entry, password)


def pretend() -> None:
    """Ask the directory as much as for an entry, about nobody, so that time does not tell who is joined to one."""
    if is_on():
        try:
            _ask(secrets.token_hex(18), secrets.token_urlsafe())
        except AwayError:
            return


def _ask(entry: str, password: str) -> bool:
    """Search for an entry by its id and try the password by a bind; both happen, whatever comes of the first."""
    with _asking() as connection:
        found = _entries(connection, settings.MACHINE.ldap_id_attribute, bytes.fromhex(entry))
        known = len(found) == 1 and bool(password) and "\0" not in password
        dn = found[0].dn if known else f"cn={secrets.token_hex(8)},{settings.MACHINE.ldap_base}"
        given = password if known else secrets.token_urlsafe()
        # as bytes: otherwise the library would prepare it, and refuse what a directory may well hold
        connection.rebind(dn, given.encode(), authentication="SIMPLE", read_server_info=False)
        result = int(connection.result["result"])
        if result != YES and result not in NO:
            LOG.error("The directory answers a bind with %s.", connection.result["description"])
            raise AwayError
        return known and result == YES


def _entries(connection: Connection, attribute: str, value: str | bytes) -> list[Entry]:
    """Return the entries, at most two, whose attribute has a value, each character of which stands for itself."""
    from ldap3.utils.conv import escape_bytes

    wanted = settings.MACHINE.ldap_id_attribute
    escaped = escape_bytes(value.encode() if isinstance(value, str) else value)
    connection.search(
        settings.MACHINE.ldap_base,
        f"({attribute}={escaped})",
        attributes=[wanted],
        size_limit=2,
        time_limit=settings.MACHINE.ldap_seconds,
    )
    if connection.result["result"] not in (YES, 4, 32):  # 4: more than two; 32: no such base
        LOG.error("The directory answers a search with %s.", connection.result["description"])
        raise AwayError
    rows: list[dict[str, Any]] = [one for one in connection.response or () if one["type"] == "searchResEntry"]
    found = [(str(one["dn"]), one["raw_attributes"].get(wanted, [])) for one in rows]
    return [Entry(dn, ids[0].hex()) for dn, ids in found if dn and len(ids) == 1]


@contextmanager
def _asking() -> Iterator[Connection]:
    """Connect to the directory as whoever may search it, protected as the settings say. Raises `AwayError`."""
    from ldap3.core.exceptions import LDAPException

    global _away_until  # noqa: PLW0603 - one directory, one state of it in this process
    if is_away():
        raise AwayError
    try:
        connection = _connection(settings.MACHINE)
        try:
            connection.open()
            if settings.MACHINE.ldap_security == "starttls":
                connection.start_tls(read_server_info=False)
            if not connection.bind(read_server_info=False):
                LOG.error("The directory does not let us search: %s.", connection.result["description"])
                raise AwayError
            yield connection
            connection.unbind()
        finally:
            if connection.socket is not None:
                connection.socket.close()
    except (LDAPException, OSError, AwayError, LookupError, TypeError, ValueError) as error:  # the last three: no LDAP
        LOG.error("The directory does not answer as it should: %s.", type(error).__name__)
        _away_until = time.monotonic() + REST
        raise AwayError from error
    _away_until = 0.0


def _connection(machine: Any) -> Connection:
    """Return a connection to the directory that is not open yet."""
    from ldap3 import NONE, Connection, Server

    server = Server(
        machine.ldap_server,
        port=machine.ldap_port or (636 if machine.ldap_security == "tls" else 389),
        use_ssl=machine.ldap_security == "tls",
        tls=_tls(machine.ldap_ca_file),
        get_info=NONE,
        connect_timeout=machine.ldap_seconds,
        allowed_referral_hosts=[],
    )
    return Connection(
        server,
        user=machine.ldap_user,
        password=_own_password(),
        auto_referrals=False,
        check_names=False,
        receive_timeout=machine.ldap_seconds,
    )


def _tls(authorities: Path | None) -> Tls:
    """Return how TLS is spoken: TLS 1.2 or newer, with a certificate that is vouched for and is for this very host.

    OpenSSL compares the names, as it shakes hands: ldap3 would do so itself, by what Python no longer has.
    """
    import ssl

    from ldap3 import Tls

    context = ssl.create_default_context(cafile=str(authorities) if authorities else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2

    class Checked(Tls):
        def wrap_socket(self, connection: Connection, do_handshake: bool = False) -> None:
            connection.socket = context.wrap_socket(connection.socket, server_hostname=connection.server.host)

    return Checked(validate=ssl.CERT_REQUIRED)


def _own_password() -> str | None:
    file = settings.MACHINE.ldap_password_file
    return str(file.read_text(encoding="utf-8").strip()) if file else None
