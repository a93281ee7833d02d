"""The pages, served on this machine to who logs in."""

from __future__ import annotations

from typing import Annotated

import typer

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
) -> Answer:
    """Serve the pages on this machine alone, to who logs in, until Ctrl C.

    Where the port is in use, that is said and the next free one is taken.
    Exits with 0 when it is stopped, 3 where there is no ledger or no free port.
    """
    open_store(pages=True)
    from asepsis.web import server

    with server.listen(HOST, port) as found:
        free = int(found.getsockname()[1])
    if free != port:
        note(server.PORT_TAKEN.said(port=str(port), other=str(free)).text())
    value = {"url": f"http://localhost:{free}/", "port": free}
    return Answer(value, (), then=lambda: server.serve(HOST, free, open_browser=browser, tell=note))
