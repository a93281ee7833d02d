"""Serving the pages on this machine."""

from __future__ import annotations

import logging
import os
import socket
import webbrowser
from collections.abc import Callable
from importlib import import_module

from asepsis.errors import UnanswerableError
from asepsis.sentences import Sentence

PORT = 8715
NEXT_PORTS = 20  # that are tried where one is in use
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class NoPortError(UnanswerableError):
    """Every port that was tried is in use, or the address is none of this machine's."""

    code = "port-none"
    sentence = Sentence(
        "Nothing can be served at {host}, ports {first} to {last}: {reason}.", next="Name another port with --port."
    )


PORT_TAKEN = Sentence("Port {port} is in use; {other} is taken instead.")
SERVED = Sentence("Asepsis is served at {address} (stop it with Ctrl C).")
BEYOND = Sentence(
    "{host} is no loopback address: passphrases go over the network as they are. Put a proxy with HTTPS before it."
)


def serve(
    host: str = "127.0.0.1",
    port: int = PORT,
    *,
    open_browser: bool = False,
    tell: Callable[[str], None] = print,
    threads: int = 4,
) -> None:
    """Serve the pages until somebody stops it; `tell` is given each sentence that a person should read.

    A port in use is told, and the next free one is taken. Raises `NoPortError` where there is none, and
    `NotFoundedError` where there is no ledger to show.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "asepsis.settings")
    create_server = import_module("waitress.server").create_server  # it has no types
    application = import_module("asepsis.wsgi").application  # it brings in the tables, which the next line asks for
    queries = import_module("asepsis.store.queries")
    queries.ledger()
    import_module("asepsis.accounts.secret").make(queries.home())
    if host not in LOOPBACK:
        tell(BEYOND.said(host=host).text())
    listening = listen(host, port)
    taken = int(listening.getsockname()[1])
    if port not in (0, taken):
        tell(PORT_TAKEN.said(port=str(port), other=str(taken)).text())
    name = "localhost" if host in LOOPBACK else f"[{host}]" if ":" in host else host  # a passkey belongs to a name
    address = f"http://{name}:{taken}/"
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a browser asks for several things at once
    server = create_server(application, sockets=[listening], threads=threads, ident="asepsis", **behind_a_proxy())
    tell(SERVED.said(address=address).text())
    if open_browser:
        webbrowser.open(address)
    try:
        server.run()
    finally:
        server.close()


def behind_a_proxy() -> dict[str, object]:
    """Return what the server believes of a proxy on this machine: nothing, unless the settings name its https address."""
    if import_module("django.conf").settings.MACHINE.address is None:
        return {}
    believed = {"x-forwarded-proto", "x-forwarded-for"}
    return {"trusted_proxy": "127.0.0.1", "trusted_proxy_count": 1, "trusted_proxy_headers": believed}


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at `port` or, where that is in use, at one of the next. Raises `NoPortError`."""
    reason = ""
    for one in range(port, min(port + NEXT_PORTS, 65_535) + 1) if port else (0,):
        found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        try:
            if os.name == "posix":
                found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind((host, one))
            found.listen(128)
        except OSError as error:
            found.close()
            reason = error.strerror or str(error)
        else:
            return found
    raise NoPortError(host=host, first=str(port), last=str(port + NEXT_PORTS), reason=reason.lower())
