"""The worker on its own: for where the pages are served by other processes, or on another machine."""

from __future__ import annotations

import threading
from typing import Annotated

import typer

from asepsis.cli import logging
from asepsis.cli.opening import open_store
from asepsis.cli.output import Answer, command, note


def add_to(app: typer.Typer) -> None:
    """Add the command of this module to `app`."""
    command(app, "worker")(worker)


def worker(
    once: Annotated[bool, typer.Option("--once", help="Do what is owed now, and end.")] = False,
    log: logging.LogOption = None,
) -> Answer:
    """Do in the background what is owed: assessments of what changed, mail, checkpoints; until Ctrl C.

    `asepsis serve` runs one by itself. Exits with 0 when it is stopped or, with --once, when nothing is left to do;
    with 3 where there is no ledger.
    """
    logging.choose(log)
    open_store(pages=True)
    from asepsis.jobs import processes, worker

    if once:
        worker.work(worker.new_name(), threading.Event(), once=True)
        return Answer({"worker": "done"}, ("Nothing is left to do.",))
    keeper = processes.Keeper([worker.part()], note)
    told = "The worker is at work (stop it with Ctrl C)."
    return Answer({"worker": "begun"}, (told,), then=lambda: _end(keeper.run()))


def _end(code: int) -> None:
    raise typer.Exit(code)
