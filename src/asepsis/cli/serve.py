"""The pages, served on this machine to who logs in."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from asepsis.cli import logging
from asepsis.cli.opening import open_store
from asepsis.cli.output import Answer, command, note

HOST = "127.0.0.1"
PORT = 8715


def add_to(app: typer.Typer) -> None:
    """Add the command of this module to `app`."""
    command(app, "serve")(serve)


def serve(
    port: Annotated[int, typer.Option("--port", min=1, max=65_535, help="The port to serve on.")] = PORT,
    browser: Annotated[bool, typer.Option("--browser", help="Open the pages in a browser.")] = False,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=64, help="How many processes answer, with four threads each.")
    ] = 1,
    work: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Whether what is owed is done in the background here, too.")
    ] = True,
    log: logging.LogOption = None,
) -> Answer:
    """Serve the pages on this machine alone, to who logs in, until Ctrl C; with a worker that assesses what changed.

    Ctrl C and SIGTERM let what is being answered end first. Where the port is in use, that is said and the next free
    one is taken.
    Exits with 0 when it is stopped, 3 where there is no ledger or no free port.
    """
    logging.choose(log)
    open_store(pages=True)
    from asepsis.web import server

    with server.listen(HOST, port) as found:
        free = int(found.getsockname()[1])
    if free != port:
        note(server.PORT_TAKEN.said(port=str(port), other=str(free)).text())
    value = {"url": f"http://localhost:{free}/", "port": free}
    then = partial(server.serve, HOST, free, open_browser=browser, tell=note, workers=workers, work=work)
    return Answer(value, (), then=then)
