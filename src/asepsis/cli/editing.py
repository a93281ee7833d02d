"""A record in an editor: opened as a text with its help, read when the editor ends, opened again while it is wrong.

What a person wrote is never lost: it stays in a file, which is named, until it is saved.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from asepsis.cli.output import note
from asepsis.errors import AsepsisError, RefusedError, UnanswerableError
from asepsis.sentences import Sentence

T = TypeVar("T")

FOLDER = "edits"
PROBLEM = "# ! "
STANDARD_ERROR = 2


class NoEditorError(UnanswerableError):
    """No editor can be started."""

    code = "editor-absent"
    sentence = Sentence(
        "No editor can be started: {reason}.", next="Name one in EDITOR, or give a file instead of opening one."
    )


class NothingWrittenError(RefusedError):
    """The editor ended with the text as it was."""

    code = "edit-unchanged"
    sentence = Sentence("Nothing was changed, so nothing was saved.", next="Open it again when you know what to write.")


class GivenUpError(RefusedError):
    """Somebody left a text as it was though something is wrong in it."""

    code = "edit-given-up"
    sentence = Sentence(
        "Nothing was saved: {problem} What you wrote is kept in {file}.",
        next="Correct the file and give it to the same command in the place of the editor, or throw it away.",
    )


def edited(
    text: str, name: str, folder: Path, save: Callable[[bytes, str], T], *, again: tuple[type[AsepsisError], ...]
) -> T:
    """Return what `save` makes of the text once a person has edited it; `name` begins the name of its file.

    `save` is given the bytes and what to call them. Where it raises one of `again`, the text is opened once more with
    that on top; leaving it so ends with `GivenUpError`. Every other failure leaves the file and says where it is.
    Raises `NoEditorError` and `NothingWrittenError` too.
    """
    file = _file(name, folder)
    opened = text
    while True:
        file.write_text(opened, encoding="utf-8")
        try:
            _run_editor(file)
        except NoEditorError:
            _forget(file, unless=text)
            raise
        data = file.read_bytes()
        if data.decode("utf-8", "replace") == opened:
            if opened == text:
                file.unlink()
                raise NothingWrittenError
            raise GivenUpError(problem=_first_problem(opened), file=str(file))
        try:
            saved = save(data, file.name)
        except again as error:
            opened = _with_problem(data.decode("utf-8", "replace"), error)
            continue
        except BaseException:
            note(f"What you wrote is kept in {file}.")
            raise
        file.unlink()
        return saved


def _file(name: str, folder: Path) -> Path:
    kept = folder / FOLDER
    kept.mkdir(mode=0o700, exist_ok=True)
    handle, path = tempfile.mkstemp(prefix=f"{name}-", suffix=".yaml", dir=kept)
    os.close(handle)
    return Path(path)


def _forget(file: Path, *, unless: str) -> None:
    """Let the file go where it still holds what was given to be edited."""
    if file.read_bytes() != unless.encode():
        note(f"What you wrote is kept in {file}.")
    else:
        file.unlink()


def _run_editor(file: Path) -> None:
    """Let a person edit a file until the editor ends."""
    command = _editor()
    try:
        # Standard output is for the answer alone: what an editor says goes there only where somebody looks at it.
        shown = None if sys.stdout.isatty() else STANDARD_ERROR
        ended = subprocess.run([*command, str(file)], stdout=shown, check=False)  # noqa: S603 - it is the person's own
    except OSError as error:
        raise NoEditorError(reason=f"{command[0]} {(error.strerror or 'fails').lower()}") from error
    if ended.returncode != 0:
        raise NoEditorError(reason=f"{command[0]} ended with {ended.returncode}")


def _editor() -> list[str]:
    for name in ("VISUAL", "EDITOR"):
        if command := shlex.split(os.environ.get(name, "")):
            return command
    for name in ("sensible-editor", "nano", "vim", "vi"):
        if found := shutil.which(name):
            return [found]
    raise NoEditorError(reason="neither VISUAL nor EDITOR is set")


def _with_problem(text: str, error: AsepsisError) -> str:
    """Return the text with what is wrong in its first lines, in the place of what was wrong before."""
    kept = [line for line in text.split("\n") if not line.startswith(PROBLEM.rstrip())]
    problems = getattr(error, "problems", None) or [error.said.text()]
    told = [*problems, "Correct it and save; to give up, leave the text as it is."]
    return "\n".join([PROBLEM + " ".join(one.split()) for one in told] + kept)


def _first_problem(text: str) -> str:
    first = text.split("\n", 1)[0].removeprefix(PROBLEM)
    return first if first.endswith(".") else f"{first}."
