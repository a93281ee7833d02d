"""What looks like somebody using another's account: kept, told on the console at once, and shown to quality (11.300(d))."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from enum import StrEnum

from asepsis.accounts.models import Misuse

LOG = logging.getLogger("asepsis.misuse")
SHOWN = 50
QUARTER = timedelta(minutes=15)


class What(StrEnum):
    """What was seen."""

    LOG_INS_STOPPED = "many wrong log-ins from one place, which were stopped for a while"
    SHUT = "ten wrong passphrases in a row: it is shut"
    WRONG_CODE = "a wrong code behind a right passphrase"
    WRONG_PASSKEY = "a signature with a passkey that is not the signer's"
    OTHER_LOG_IN = "a log-in elsewhere, in order to sign, that is not the signer's"
    WRONG_SIGNATURE = "a signature whose signer could not prove to be who they are"


def report(what: What, person: str, place: str, now: datetime) -> None:
    """Keep and tell that something looks like misuse; `person` may be empty where nobody has that user id."""
    Misuse.objects.create(what=what.name, person=person, place=place[:64], at=now)
    LOG.warning("Possible misuse: %s (account of %s, from %s).", what.value, person or "nobody", place or "here")


def report_once(what: What, person: str, place: str, now: datetime) -> None:
    """Report as `report` does, unless the same was reported of the same account in the last quarter of an hour."""
    if not Misuse.objects.filter(what=what.name, person=person, at__gt=now - QUARTER).exists():
        report(what, person, place, now)


def seen(person: str | None = None) -> list[tuple[Misuse, str]]:
    """Return what was seen last, of one person's account or (`None`) of all, each with its words."""
    found = Misuse.objects.all() if person is None else Misuse.objects.filter(person=person)
    return [(one, What[one.what].value) for one in found.order_by("-at", "-id")[:SHOWN]]
