"""Facts taken in by a worker, for files that are read for minutes: kept in the home until then, in the name of who asked."""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from asepsis.errors import InputError
from asepsis.exchange.formats import Form, Format, Takes, kind_named
from asepsis.jobs.queue import Came, InHand, Wanted
from asepsis.sentences import Sentence
from asepsis.store import queries
from asepsis.store.acts import Hand
from asepsis.store.changes import Actor, Token
from asepsis.store.models import Product, Record
from asepsis.store.taking_in import Bringing

SORT = "import"
FOLDER = "imports"
KEPT = timedelta(days=7)  # that a file lies there which no worker took
SOON = 10  # people wait for it: before what the clock asks for
STEPS = 3  # read, joined and kept
_TOKEN = re.compile(r"[0-9a-f]{32}")
DONE = Sentence("{file}: {taken} {kind} were taken in, {left} were not.")
TWICE = Sentence("{file}: these {kind} had been taken in before; nothing changed.")


class GoneFileError(InputError):
    """A file that was to be taken in is not there any more."""

    code = "import-gone"
    sentence = Sentence("{file} is not here any more.", next="Bring it in again.")


class NoPlainFileError(InputError):
    """What is to be taken in by a worker is no single file."""

    code = "import-folder"
    sentence = Sentence("{file} is no single file.", next="Take a folder in without --background.")


class UnsentFormatError(InputError):
    """Facts are read from what no request can carry and no worker is given."""

    code = "format-unsent"
    sentence = Sentence(
        "{format} cannot be sent over the API: it is read from a {takes}.", next="Bring it in with `asepsis import`."
    )


def check_sent(format_: Format) -> None:
    """Raise `UnsentFormatError` where a format is read from more than one file."""
    if format_.takes is Takes.FOLDER or any(one.needed and one.form is Form.FILE for one in format_.given):
        raise UnsentFormatError(format=format_.title, takes=format_.takes.value)


def keep(
    file: Path, kind: str, actor: Actor, product: Product | None, *, of: str | None = None, form: str | None = None,
    record: Record | None = None, given: Mapping[str, str] = MappingProxyType({}), apart: bool = False,
) -> Wanted:  # fmt: skip
    """Copy a file into the home, and return the work of taking it in as `kind` of facts, in the name of who acts.

    `given` are further arguments of its reader. With `apart` the same file waits as often as it is sent. Raises
    `NoPlainFileError`.
    """
    if not file.is_file():
        raise NoPlainFileError(file=file.name)
    token = secrets.token_hex(16)
    folder = _home() / token
    folder.mkdir(mode=0o700, parents=True)
    shutil.copyfile(file, folder / "file")
    with (folder / "file").open("rb") as data:
        digest = hashlib.file_digest(data, "sha256").hexdigest()
    arguments = {
        "token": token, "name": file.name, "kind": kind, "person": actor.id, "of": of, "form": form,
        "product": product.pk if product else None, "record": record.pk if record else None, "given": dict(given),
        "by_token": [actor.token.id, actor.token.name] if actor.token else None, "within": actor.within,
    }  # fmt: skip
    about = token if apart else f"{kind} {digest} {record.pk if record else of or ''}"[:200]
    return Wanted(SORT, about, product.pk if product else None, actor.id, arguments, SOON)


def leave(wanted: Wanted) -> None:
    """Let go of the file of work that is not asked for."""
    shutil.rmtree(_home() / str(wanted.arguments["token"]), ignore_errors=True)


def bring(
    job: InHand, *, token: str, name: str, kind: str, person: str, of: str | None, form: str | None, product: str | None,
    record: str | None, given: Mapping[str, str], by_token: Sequence[str] | None, within: str | None,
) -> Came:  # fmt: skip
    """Take the facts in, let go of the file, and give the receipt. Raises what reading or the act refuses."""
    folder = _home() / token
    file = folder / Path(name).name
    if not _TOKEN.fullmatch(token) or not (folder / "file").is_file():
        raise GoneFileError(file=name)
    (folder / "file").rename(file)
    try:
        facts, row = kind_named(kind), queries.row(record) if record else None
        bringing = Bringing(facts, file, of, queries.product(product) if product else None, row)
        format_ = facts.format(form) if form else facts.format_of(file)
        check_sent(format_)
        job.come(1, STEPS)
        reading = format_.reading(file, **bringing.given(format_, dict(given)))
        job.come(2, STEPS)
        actor = Actor(person, Token(*by_token) if by_token else None, within)
        taken = bringing.take(Hand(actor, lambda: queries.now(datetime.now(UTC))), reading, format_)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    job.come(STEPS, STEPS)
    words, receipt = facts.name.replace("_", " "), taken.receipt
    if taken.position < 0:
        return Came(TWICE.said(file=name, kind=words), taken.value())
    return Came(DONE.said(file=name, kind=words, taken=receipt.taken, left=receipt.not_taken_count), taken.value())


def tidy(now: datetime) -> None:
    """Let go of files that nobody took for a week."""
    for folder in _home().glob("*"):
        if now - datetime.fromtimestamp(folder.stat().st_mtime, UTC) > KEPT:
            shutil.rmtree(folder, ignore_errors=True)


def _home() -> Path:
    return queries.home() / FOLDER
