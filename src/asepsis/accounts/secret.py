"""The secret with which sessions and forms are signed: made by `init`, in a file of the home, never a default."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from asepsis.errors import UnanswerableError
from asepsis.sentences import Sentence

FILE = "session.key"
BYTES = 48


class NoSecretError(UnanswerableError):
    """The home has no secret, so nobody can log in."""

    code = "secret-absent"
    sentence = Sentence(
        "{home} holds no {file}, with which sessions are signed.", next="Run `asepsis serve`, which makes one."
    )


def make(home: Path) -> None:
    """Make the secret of a home, readable by its owner alone; one that is there stays."""
    try:
        handle = os.open(home / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(BYTES))


def read(home: Path) -> str:
    """Return the secret of a home. Raises `NoSecretError`."""
    try:
        found = (home / FILE).read_text(encoding="ascii").strip()
    except OSError as error:
        raise NoSecretError(home=str(home), file=FILE) from error
    if len(found) < BYTES:
        raise NoSecretError(home=str(home), file=FILE)
    return found
