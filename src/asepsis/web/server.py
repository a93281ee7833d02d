"""Serving the pages on this machine: in one process with threads, or in several, with a worker beside them."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from ipaddress import ip_address, ip_network
from typing import Any

from asepsis.errors import UnanswerableError
from asepsis.record.collector import making_what_stays
from asepsis.sentences import Sentence

PORT = 8715
NEXT_PORTS = 20  # that are tried where one is in use
LOOPBACK = ("127.0.0.1", "::1", "localhost")
GRACE = 20.0  # seconds that what is being answered has to be finished, when the server is asked to stop
LOOK = 0.2  # seconds between two looks whether it is
FORKS = hasattr(os, "fork")

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


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
ALONE = Sentence("This system serves the pages in one process: --workers {count} is not used.")


def serve(
    host: str = "127.0.0.1",
    port: int = PORT,
    *,
    open_browser: bool = False,
    tell: Callable[[str], None] = print,
    threads: int = 4,
    workers: int = 1,
    work: bool = False,
) -> None:
    """Serve the pages until somebody stops it; `tell` is given each sentence that a person should read.

    `workers` processes with `threads` threads each answer; with `work` a worker does what is owed in the background. A
    process that ends unasked is told and begun again. A port in use is told, and the next free one is taken. Raises
    `NoPortError` where there is none, and `NotFoundedError` where there is no ledger to show.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "asepsis.settings")
    with making_what_stays():  # every process that is forked has it all, and no collector goes through it
        application: Application = import_module("asepsis.wsgi").application  # it brings in the tables, asked for next
        import_module("asepsis.urls")
        import_module("asepsis.checks.all").load()
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
    tell(SERVED.said(address=address).text())
    if open_browser:
        webbrowser.open(address)
    if not FORKS:
        if workers > 1:
            tell(ALONE.said(count=workers).text())
        _in_one_process(application, listening, threads, work)
        return
    from asepsis.jobs import processes

    def pages(crashes: int) -> int:
        if workers > 1:
            return _answer_in_processes(application, listening, workers, threads)
        return _answer(application, listening, threads)

    parts = [processes.Part("server of the pages", pages)]
    if work:
        from asepsis.jobs import worker

        parts.append(worker.part())
    processes.Keeper(parts, tell).run()


def _in_one_process(application: Application, listening: socket.socket, threads: int, work: bool) -> None:
    """Serve where a process cannot fork: the worker is a thread, and ends with the server."""
    stopped = threading.Event()
    if work:
        from asepsis.jobs import worker

        threading.Thread(target=worker.work, args=(worker.new_name(), stopped), name="worker", daemon=True).start()
    try:
        _answer(application, listening, threads)
    finally:
        stopped.set()


# --- who asks -----------------------------------------------------------------------------------------------------------


class Behind:
    """Answers requests as from who sent them to the proxies that are believed; what others say of themselves is taken away."""

    def __init__(self, application: Application, proxies: Iterable[str]) -> None:
        self._application, self._proxies = application, [ip_network(one) for one in proxies]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        asker = str(environ.get("REMOTE_ADDR", ""))
        kept = {"HTTP_X_FORWARDED_PROTO"} if self._believes(asker) else set()
        if kept:
            hops = [one.strip() for one in str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
            while hops and self._believes(asker) and _is_address(hop := hops.pop()):
                asker = hop
            environ["REMOTE_ADDR"] = asker
        for one in [key for key in environ if key.startswith(("HTTP_X_FORWARDED", "HTTP_FORWARDED"))]:
            if one not in kept:
                del environ[one]
        return self._application(environ, start_response)

    def _believes(self, asker: str) -> bool:
        return _is_address(asker) and any(ip_address(asker) in one for one in self._proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def behind_proxies(application: Application) -> Application:
    """Return an application that believes the proxies of the settings, where these name the address that they stand for."""
    machine = import_module("django.conf").settings.MACHINE
    return Behind(application, machine.trusted_proxies if machine.address is not None else ())


# --- one process with threads -------------------------------------------------------------------------------------------


def _answer(application: Application, listening: socket.socket, threads: int) -> int:
    """Answer with threads of this process until SIGTERM or Ctrl C; what is being answered then is finished."""
    create_server = import_module("waitress.server").create_server  # it has no types
    loop = import_module("waitress.wasyncore").loop
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a browser asks for several things at once
    stopped = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: stopped.set())
    doors: dict[int, Any] = {}
    most = import_module("asepsis.web.bodies").most_of_all()
    server = create_server(
        behind_proxies(application),
        map=doors,
        sockets=[listening],
        threads=threads,
        max_request_body_size=most,
        ident="asepsis",
        clear_untrusted_proxy_headers=False,
    )
    while not stopped.is_set():
        loop(timeout=LOOK, map=doors, count=1)
    server.del_channel(doors)  # nobody new comes in
    listening.close()
    until = time.monotonic() + GRACE
    while _busy(server) and time.monotonic() < until:
        loop(timeout=LOOK, map=doors, count=1)
    server.task_dispatcher.shutdown()
    server.close()
    return 0


def _busy(server: Any) -> bool:
    """Return whether something is being answered, or an answer is not sent to its end."""
    return any(one.requests or one.request or one.total_outbufs_len for one in list(server.active_channels.values()))


# --- several processes --------------------------------------------------------------------------------------------------


def _answer_in_processes(application: Application, listening: socket.socket, workers: int, threads: int) -> int:
    """Answer with several processes, each with threads, until SIGTERM; what is being answered then is finished."""
    base = import_module("gunicorn.app.base").BaseApplication
    options = {
        "bind": f"fd://{listening.fileno()}",
        "workers": workers,
        "threads": threads,
        "worker_class": "gthread",
        "preload_app": True,
        "graceful_timeout": int(GRACE),
        "timeout": 120,
        "keepalive": 0,  # a connection that is kept stays with one process, and most with the one that was first
        "loglevel": "warning",
        "secure_scheme_headers": {},
        "control_socket_disable": True,
        "logger_class": _logger(),
    }

    class Pages(base):  # type: ignore[misc, valid-type] # it has no types
        def load_config(self) -> None:
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Application:
            return behind_proxies(application)

    sys.argv = ["asepsis"]
    with _counted_together():
        Pages().run()
    return 0


def _logger() -> type:
    """Return a logger for gunicorn that hands on to ours, so that every line of the log has one form."""

    class Handed(import_module("gunicorn.glogging").Logger):  # type: ignore[misc] # it has no types
        def setup(self, cfg: Any) -> None:
            self.error_log.propagate = True
            self.error_log.setLevel(logging.WARNING)

    return Handed


@contextmanager
def _counted_together() -> Iterator[None]:
    """Let the processes count their answers in one folder, for as long as they run, where metrics are asked for."""
    if import_module("django.conf").settings.MACHINE.metrics == "off":
        yield
        return
    with tempfile.TemporaryDirectory(prefix="asepsis-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield


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
