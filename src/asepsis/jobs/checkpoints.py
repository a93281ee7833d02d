"""Checkpoints that leave the machine by themselves: into a folder, by mail, to a webhook; each day, or after N entries.

Only one that has left proves that history was not rewritten. A commit writes into the folder at once where none left that
day; all else is the worker's.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from asepsis.errors import UnanswerableError
from asepsis.jobs import mail
from asepsis.jobs.models import Left
from asepsis.jobs.queue import InHand, Wanted
from asepsis.sentences import Said, Sentence
from asepsis.store import checkpoints, door, models, queries

SORT = "checkpoint"
TIMEOUT = 30.0
LEFT = Sentence("The checkpoint of {size} entries left by {way}.")


class WebhookError(UnanswerableError):
    """A webhook did not take a checkpoint."""

    code = "checkpoint-webhook"
    sentence = Sentence(
        "The webhook at {host} did not take the checkpoint: {reason}.",
        next="It is tried again. Look at ASEPSIS_CHECKPOINT_WEBHOOK.",
    )


def ways() -> dict[str, str | Path]:
    """Return by which ways checkpoints leave, as the settings name them, with where each leads."""
    machine = settings.MACHINE
    named = {
        "folder": machine.checkpoint_folder,
        "mail": machine.checkpoint_mail if mail.is_on() else None,
        "webhook": machine.checkpoint_webhook,
    }
    return {way: where for way, where in named.items() if where is not None}


def wanted(now: datetime) -> Iterator[Wanted]:
    """Yield each way by which a checkpoint has to leave: so many entries came since, or any, and a day has turned."""
    every, ledger = settings.MACHINE.checkpoint_every, queries.ledger()
    today = now.astimezone(ZoneInfo(ledger.time_zone)).date()
    for way in ways():
        left = Left.objects.filter(pk=way).first()
        since = ledger.size - (left.size if left else 0)
        if since > 0 and (left is None or left.on < today or 0 < every <= since):
            size = left.size if left else 0
            yield Wanted(SORT, way, arguments={"way": way, "day": today.isoformat(), "after": size})


def leave(job: InHand, way: str, day: str, after: int) -> Said:
    """Let the newest checkpoint leave by a way, and keep it for good.

    Raises `CannotWriteError`, `UnsentError` or `WebhookError`; then it is tried again.
    """
    found, where = checkpoints.newest(), ways()[way]
    if isinstance(where, Path):
        checkpoints.give_out(where)
    elif way == "mail":
        subject = f"Asepsis: checkpoint of {found.size:,} entries"
        file = (f"checkpoint-{found.size}.txt", found.note)
        mail.send(mail.letter(where, subject, LETTER, datetime.now(UTC), file))
    else:
        _post(where, found)
    with transaction.atomic():
        door.lock()
        models.Checkpoint.objects.update_or_create(
            size=found.size, defaults={"at": found.at, "note": found.note, "kept": "left"}
        )
        zone = ZoneInfo(queries.ledger().time_zone)
        Left.objects.update_or_create(
            way=way, defaults={"size": found.size, "on": datetime.now(UTC).astimezone(zone).date()}
        )
    return LEFT.said(size=found.size, way=way)


LETTER = (
    "Keep the file: it proves what the ledger was on this day. Who brings it back can ask, with\n"
    "asepsis ledger checkpoint --against FILE, whether the ledger of then still stands.\n"
)


def _post(address: str, found: models.Checkpoint) -> None:
    """Send a checkpoint, as a signed note in plain text; whoever takes it answers with 2xx. No redirect is followed."""
    parts = urlsplit(address)
    host = str(parts.hostname)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, parts.port, timeout=TIMEOUT, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT)
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    headers = {"Content-Type": "text/plain; charset=utf-8", "Asepsis-Entries": str(found.size)}
    try:
        connection.request("POST", path, found.note.encode(), headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        reason = "it does not answer" if isinstance(error, socket.timeout | ConnectionError) else type(error).__name__
        raise WebhookError(host=host, reason=reason) from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise WebhookError(host=host, reason=f"it answered {status}")
