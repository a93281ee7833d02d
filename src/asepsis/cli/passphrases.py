"""Passphrases: asked at a terminal or read from a file, never an option's value and never the environment."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asepsis.cli.output import note
from asepsis.errors import InputError
from asepsis.sentences import Sentence

if TYPE_CHECKING:
    from asepsis.store.changes import Signed

MOST_BYTES = 4096

PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="A file whose first line is the passphrase, for scripts; else it is asked.",
    ),
]


class UnaskedError(InputError):
    """Something has to be asked for, and there is nobody to ask."""

    code = "not-asked"
    exit_code = 2
    sentence = Sentence("{what} cannot be asked for: there is no terminal.", next="Give it with {option}.")


class PassphraseFileError(InputError):
    """A file of a passphrase cannot be used."""

    code = "passphrase-file"
    sentence = Sentence("The passphrase file {file} cannot be used: {reason}.", next="Write it into its first line.")


class PassphrasesDifferError(InputError):
    """A new passphrase was typed in two ways."""

    code = "passphrases-differ"
    sentence = Sentence("The two passphrases differ.", next="Start the command again and type the same twice.")


def prove(person: str, file: Path | None) -> Signed:
    """Return that a person is who signs, after their passphrase was asked for again."""
    from asepsis.accounts import passphrase

    return passphrase.prove(person, from_file(file) if file else asked("Passphrase, to sign: "))


def new(whose: str, file: Path | None) -> str:
    """Return a new passphrase, out of a file or typed twice."""
    if file is not None:
        return from_file(file)
    first = asked(f"New passphrase of {whose}: ")
    if asked("The same again: ") != first:
        raise PassphrasesDifferError
    return first


@dataclass(frozen=True, slots=True)
class Link:
    """A link that lets somebody in once, and how that is told."""

    address: str

    @property
    def told(self) -> tuple[str, ...]:
        """Return the lines that hand it over."""
        return (
            f"Open this link within a day, while `asepsis serve` runs, and set the passphrase: {self.address}",
            "It serves once. Whoever has it first is the person, so hand it over in person.",
        )


def link(person: str) -> Link:
    """Return a new link for a person, by id or name: every earlier one of theirs ends."""
    from datetime import UTC, datetime

    from django.conf import settings

    from asepsis.accounts import invitations
    from asepsis.web.server import PORT

    address = settings.MACHINE.address or f"http://localhost:{PORT}"
    return Link(f"{address}/welcome/{invitations.invite(person, datetime.now(UTC))}")


def asked(prompt: str) -> str:
    """Return what a person types without showing it. Raises `UnaskedError` where there is no terminal."""
    import getpass

    if not sys.stdin.isatty():
        raise UnaskedError(what="The passphrase", option="--passphrase-file")
    return getpass.getpass(prompt, stream=sys.stderr)


def from_file(file: Path) -> str:
    """Return the first line of a file. Raises `PassphraseFileError`; says so where others can read it."""
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
            mode = os.fstat(stream.fileno()).st_mode
    except OSError as error:
        raise PassphraseFileError(file=file.name, reason=(error.strerror or "it cannot be read").lower()) from error
    if len(data) > MOST_BYTES:
        raise PassphraseFileError(file=file.name, reason=f"it has more than {MOST_BYTES:,} bytes")
    try:
        line = data.decode("utf-8-sig").split("\n", 1)[0].removesuffix("\r")
    except UnicodeDecodeError as error:
        raise PassphraseFileError(file=file.name, reason="it is not UTF-8") from error
    if not line:
        raise PassphraseFileError(file=file.name, reason="its first line is empty")
    if os.name == "posix" and mode & 0o077:
        note(f"Others can read {file.name}; `chmod 600` keeps the passphrase to its owner.")
    return line
