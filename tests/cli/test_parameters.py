"""What is given to a command is read as typer reads it, and wrong use is told in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.main import get_command

from asepsis.cli.parameters import PlainCommand

app = typer.Typer(rich_markup_mode=None)


@app.command(cls=PlainCommand)
def plain(
    name: str,
    files: Annotated[list[Path] | None, typer.Option("--file")] = None,
    count: Annotated[int, typer.Option(min=0, max=9)] = 3,
    days: int | None = None,
    *,
    yes: bool = False,
) -> None:
    """Say what came."""
    typer.echo(repr((name, files, count, days, yes)))


def said(capsys: pytest.CaptureFixture[str], *given: str) -> tuple[str, str]:
    with pytest.raises(SystemExit):
        get_command(app)(args=list(given))
    told = capsys.readouterr()
    return told.out.strip(), told.err.strip()


def test_plain_parameters_come_as_they_are_declared(capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(capsys, "x", "--file", "a", "--file", "b", "--count", "9", "--days", "-04", "--yes")
    assert out == repr(("x", [Path("a"), Path("b")], 9, -4, True))


def test_what_is_not_given_is_what_the_declaration_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "x")[0] == repr(("x", None, 3, None, False))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("x", "--count", "1.5"), "'1.5' is not a whole number."),
        (("x", "--count", "1_0"), "'1_0' is not a whole number."),
        (("x", "--days", "9" * 5_000), "is not a whole number."),
        (("x", "--count", "10"), "10 is more than 9, the most it can be."),
        (("x", "--count", "-1"), "-1 is less than 0, the least it can be."),
        ((), "Missing argument 'name'."),
    ],
)
def test_wrong_use_is_told(capsys: pytest.CaptureFixture[str], given: tuple[str, ...], told: str) -> None:
    assert said(capsys, *given)[1].endswith(told)
