"""What a command says: an answer as JSON or for people, a failure in a sentence, a bar for what takes long."""

from __future__ import annotations

import functools
import inspect
import json
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from asepsis.cli.parameters import PlainCommand
from asepsis.cli.tables import drawn
from asepsis.errors import AsepsisError
from asepsis.sentences import plain

WIDE = 160  # columns where nobody looks at a terminal

F = TypeVar("F", bound=Callable[..., "Answer"])
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a heading each; `empty` is said where there is none."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    empty: str = "There is nothing."
    title: str | None = None

    @classmethod
    def of(cls, headings: str, rows: Iterable[Iterable[Any]], empty: str, title: str | None = None) -> Table:
        """Return a table whose headings are joined by `|`."""
        return cls(tuple(headings.split("|")), tuple(tuple(row) for row in rows), empty, title)


@dataclass(frozen=True, slots=True)
class Styled:
    """A line in pieces, each a text and its style."""

    pieces: tuple[tuple[str, str], ...]


Part = str | Table | Styled | bytes  # bytes are a document: written as they are, but to a terminal


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command: `value` for programs, `parts` for people, and what the command ends with.

    `then` is what goes on after the answer was given: a server.
    """

    value: dict[str, Any]
    parts: tuple[Part, ...]
    code: int = 0
    then: Callable[[], None] | None = None


def command(app: typer.Typer, name: str) -> Callable[[F], F]:
    """Make a function that returns an `Answer` a command of `app`, with `--json`; failures are told here, once."""

    def make(function: F) -> F:
        @functools.wraps(function)
        def run(as_json: bool, **arguments: Any) -> None:
            try:
                answer = function(**arguments)
            except AsepsisError as error:
                tell(error, as_json=as_json)
                raise typer.Exit(error.exit_code) from error
            give(answer, as_json=as_json)
            if answer.then is not None:
                answer.then()
            raise typer.Exit(answer.code)

        hints = get_type_hints(function, include_extras=True) | {"as_json": _Json}
        own = inspect.signature(function)
        asked = inspect.Parameter("as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=_Json)
        shown = [one.replace(annotation=hints[one.name]) for one in own.parameters.values()]
        run.__signature__ = own.replace(parameters=[*shown, asked], return_annotation=None)  # type: ignore[attr-defined]
        run.__annotations__ = hints | {"return": None}
        app.command(name, cls=PlainCommand, short_help=" ".join((function.__doc__ or "").split("\n\n")[0].split()))(run)
        return function

    return make


_Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON object on standard output.")]


def give(answer: Answer, *, as_json: bool) -> None:
    """Write an answer to standard output."""
    if as_json:
        sys.stdout.write(json.dumps(answer.value, ensure_ascii=False, indent=2) + "\n")
        sys.stdout.flush()
        return
    for part in answer.parts:
        _write(part)
    sys.stdout.flush()


def tell(error: AsepsisError, *, as_json: bool) -> None:
    """Write a failure to standard error: the sentence and the next step, or one JSON object."""
    if as_json:
        value = {"error": error.code, "message": error.said.text(), "next": error.next}
        sys.stderr.write(json.dumps(value, ensure_ascii=False) + "\n")
        return
    note(error.said.text())
    if error.next is not None:
        note(error.next)


def note(text: str) -> None:
    """Write a line to standard error."""
    sys.stderr.write(clean(text) + "\n")


def clean(text: str) -> str:
    """Return `text` without what would steer a terminal: each control character becomes visible."""
    if text.isprintable():
        return text
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(one) in ("Cc", "Cf", "Cs") and one not in "\n\t" else one
        for one in text
    )


def cell(value: Any) -> str:
    """Return a value as a table shows it: nothing for what is absent."""
    return "" if value is None else clean(plain(value))


def _write(part: Part) -> None:
    match part:
        case bytes() if not sys.stdout.isatty():
            sys.stdout.flush()
            sys.stdout.buffer.write(part)
        case bytes():
            sys.stdout.write(clean(part.decode(errors="replace")))
        case str() if not sys.stdout.isatty():
            sys.stdout.write(clean(part) + "\n")
        case str():
            _console().print(clean(part), markup=False, highlight=False, emoji=False, soft_wrap=False)
        case Styled(pieces):
            _write_styled(pieces)
        case Table():
            _write_table(part)


def _write_styled(pieces: tuple[tuple[str, str], ...]) -> None:
    from rich.text import Text

    text = Text()
    for words, style in pieces:
        text.append(clean(words), style)
    _console().print(text, soft_wrap=not sys.stdout.isatty())


def _write_table(table: Table) -> None:
    if not table.rows:
        _write(table.empty)
        return
    right = [all(_is_number(row[at]) for row in table.rows) for at in range(len(table.headings))]
    rows = [tuple(cell(one) for one in row) for row in table.rows]
    wide = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDE
    if table.title is not None:
        sys.stdout.write(clean(table.title) + "\n")
    sys.stdout.writelines(line + "\n" for line in drawn(table.headings, rows, right, wide))


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def _console() -> Any:
    from rich.console import Console

    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDE, highlight=False)


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Give a function that says how far something has come; a bar stands on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(clean(what), total=total)
        yield lambda done: bar.update(task, completed=done)
