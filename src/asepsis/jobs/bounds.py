"""Work on what a stranger sent, in a process of its own with a bound on time and memory: that it dies costs nobody else.

The process is a fork of the worker's, so nothing is loaded anew. Where the system cannot fork, the work is done in the
worker itself, and only the bounds of each reader hold. Where it knows no such limits, the time alone is bounded.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from select import select
from typing import Any

import msgspec
from django.db import connections

from asepsis.errors import AsepsisError, InputError, RefusedError, UnanswerableError
from asepsis.exchange.source import MIB
from asepsis.sentences import Said, Sentence

log = logging.getLogger(__name__)

LOOK = 0.1  # seconds between two looks whether somebody wants it stopped
BREATH = threading.Lock()  # held by whoever forks, and by a thread while it uses the database: neither meets the other
FORKS = hasattr(os, "fork")
_TO_LIFE = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one piece of work may cost: seconds of a processor, bytes beside what is loaded, and seconds on the clock."""

    processor: int
    memory: int
    clock: float


class TooCostlyError(InputError):
    """What was sent costs more to read than it may."""

    code = "work-too-costly"
    sentence = Sentence(
        "It was stopped before it was done, since it {why}; nothing was taken in.",
        next="Split the file into smaller ones, or have it saved again by the program that it comes from.",
    )


class StoppedError(RefusedError):
    """Somebody stopped it."""

    code = "work-stopped"
    sentence = Sentence("It was stopped before it was done.", next="What was asked for can be asked for again.")


class FaultyWorkError(Exception):
    """The work came upon a fault of ours; its name is the message, and the log holds the rest."""


class RetoldError(AsepsisError):
    """A failure as another process told it: `code` and `title` are those of the one that was raised there."""

    exit_code = 1

    def __init__(self, told: dict[str, Any]) -> None:
        self.said = Said.of(told["said"])
        self.code = told["code"]  # type: ignore[misc] # of a class everywhere else
        self.title: str = told["title"]
        self.family: str = told["family"]
        Exception.__init__(self, self.said.text())


def told(error: AsepsisError) -> dict[str, Any]:
    """Return a failure as plain JSON values, as it is kept and told to another process."""
    if isinstance(error, RetoldError):
        return {"said": error.said.value(), "code": error.code, "title": error.title, "family": error.family}
    families = ((UnanswerableError, "unanswerable"), (InputError, "input"), (RefusedError, "refused"))
    return {
        "said": error.said.value(),
        "code": error.code,
        "title": " ".join((type(error).__doc__ or error.code).split()),
        "family": next(name for kind, name in families if isinstance(error, kind)),
    }


def within(bounds: Bounds, do: Callable[[], Any], wants_stop: Callable[[], bool] = lambda: False) -> Any:
    """Return what `do` gives, a plain JSON value, done within bounds; `wants_stop` is asked again and again meanwhile.

    Raises `RetoldError` for a failure of `do`, `TooCostlyError` where a bound is struck, `StoppedError`, and
    `FaultyWorkError`.
    """
    if not FORKS:
        return do()
    answer, tell = os.pipe()
    hold, life = os.pipe()  # this process holds one end for as long as it lives
    with BREATH:
        connections.close_all()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
    if pid == 0:
        os.close(answer)
        os.close(life)
        _do(bounds, do, tell, hold)
    os.close(tell)
    os.close(hold)
    try:
        data, why = _await(answer, pid, bounds.clock, wants_stop)
    finally:
        os.close(answer)
        os.close(life)
    return _outcome(data, why)


def _await(answer: int, pid: int, clock: float, wants_stop: Callable[[], bool]) -> tuple[bytes, str]:
    """Return what a process says at its end, and why it ended where it says nothing."""
    until, data, ended = time.monotonic() + clock, b"", ""
    try:
        while True:
            if select([answer], [], [], LOOK)[0]:
                piece = os.read(answer, 2**16)
                if not piece:
                    break
                data += piece
            elif wants_stop():
                ended = "stopped"
                break
            elif time.monotonic() > until:
                ended = f"takes longer than {clock:.0f} seconds"
                break
    finally:
        if ended or sys.exc_info()[0] is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return (b"", ended) if ended else (data, _why(code))


def _why(code: int) -> str:
    if sys.platform != "win32" and code == -signal.SIGXCPU:
        return "keeps a processor busy for longer than it may"
    return "takes more memory than it may" if code < 0 else ""


def _outcome(data: bytes, why: str) -> Any:
    if why == "stopped":
        raise StoppedError
    try:
        value = msgspec.json.decode(data)
    except msgspec.DecodeError as problem:
        if why:
            raise TooCostlyError(why=why) from problem
        raise FaultyWorkError("it ended without a word") from problem
    match value:
        case {"error": error}:
            raise RetoldError(error)
        case {"memory": _}:
            raise TooCostlyError(why="takes more memory than it may")
        case {"fault": fault}:
            raise FaultyWorkError(fault)
    return value["value"]


# --- in the process ---------------------------------------------------------------------------------------------------


def _do(bounds: Bounds, do: Callable[[], Any], tell: int, hold: int) -> None:
    """Do the work, say what came of it, and end this process."""
    value: dict[str, Any]
    try:
        for one in _TO_LIFE:
            signal.signal(one, signal.SIG_IGN)
        threading.Thread(target=_end_with, args=(hold,), daemon=True, name="life line").start()
        _limit(bounds)
        value = {"value": do()}
    except AsepsisError as error:
        value = {"error": told(error)}
    except MemoryError:
        value = {"memory": True}
    except BaseException as fault:  # it is told, and this process ends with it
        log.exception("work in a process of its own failed")
        value = {"fault": type(fault).__name__}
    data = memoryview(msgspec.json.encode(value))
    while data:
        data = data[os.write(tell, data) :]
    os._exit(0)


def _limit(bounds: Bounds) -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (bounds.processor, bounds.processor + 5))
    if (loaded := _loaded()) is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (loaded + bounds.memory, loaded + bounds.memory))


def _loaded() -> int | None:
    """Return how many bytes of data this process has; `None` where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((int(one.split()[1]) * 1024 for one in lines if one.startswith("VmData:")), None)


def _end_with(hold: int) -> None:
    """End this process when the one that began it is gone."""
    while os.read(hold, 1):
        pass
    os._exit(1)


OF_A_TABLE = Bounds(processor=60, memory=768 * MIB, clock=240)
OF_FACTS = Bounds(processor=300, memory=2048 * MIB, clock=900)
