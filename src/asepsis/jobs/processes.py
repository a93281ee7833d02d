"""Processes of one program: begun together, begun again when one ends unasked, and stopped together.

Each is a fork of this one, so what was loaded before is in memory once. Whoever calls `keep` has no other thread.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db import connections

from asepsis.sentences import Sentence

log = logging.getLogger(__name__)

PATIENCE = 30.0  # seconds that a process has to end by itself, after it was asked to
LONGEST = 60.0  # seconds between two beginnings of a process that ends at once, at most
STEADY = 60.0  # seconds after which a process counts as one that runs
AFRESH = 75  # what a process ends with that wants to begin afresh: that is no crash
ENDED = Sentence("The {name} ended unasked ({how}), {count} times by now; it is begun again.")


@dataclass
class Part:
    """One process: how people call it, and what it does, given how often it ended unasked; that returns an exit code."""

    name: str
    main: Callable[[int], int]
    pid: int = 0
    crashes: int = 0
    quick: int = 0  # how often in a row it ended at once
    begun: float = field(default=0.0)


class Keeper:
    """Keeps processes running until it is asked to stop by SIGTERM or SIGINT."""

    def __init__(self, parts: Sequence[Part], tell: Callable[[str], None]) -> None:
        self._parts, self._tell = parts, tell
        self._stopping = False
        self._line = (-1, -1)

    def run(self) -> int:
        """Begin every part, begin again those that end unasked, and return 0 when all were asked to stop and did."""
        self._line = os.pipe()
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, self._stop)
        signal.signal(signal.SIGALRM, self._end)
        for part in self._parts:
            self._begin(part)
        while any(part.pid for part in self._parts):
            pid, status = os.waitpid(-1, 0)
            for part in self._parts:
                if part.pid == pid:
                    part.pid = 0
                    if not self._stopping:
                        self._ended(part, os.waitstatus_to_exitcode(status))
        signal.alarm(0)
        for end in self._line:
            os.close(end)
        return 0

    def _ended(self, part: Part, code: int) -> None:
        if code != AFRESH:
            part.crashes += 1
            part.quick = part.quick + 1 if time.monotonic() - part.begun < STEADY else 1
            how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            told = ENDED.said(name=part.name, how=how, count=part.crashes).text()
            log.error(told)
            self._tell(told)
            until = time.monotonic() + min(2.0 ** (part.quick - 1) - 1, LONGEST)
            while time.monotonic() < until and not self._stopping:
                time.sleep(0.1)
        if not self._stopping:
            self._begin(part)

    def _begin(self, part: Part) -> None:
        connections.close_all()
        sys.stdout.flush()
        sys.stderr.flush()
        part.begun = time.monotonic()
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
        pid = os.fork()
        if pid == 0:
            self._live(part, mask)
        part.pid = pid
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def _live(self, part: Part, mask: set[int | signal.Signals]) -> None:
        """Be a part, in its own process, and never return."""
        code = 1
        try:
            for one in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
                signal.signal(one, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            os.close(self._line[1])
            threading.Thread(target=_end_with, args=(self._line[0],), daemon=True, name="life line").start()
            code = part.main(part.crashes)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        except BaseException:  # it is told, and this process ends with it
            log.exception("the %s ends", part.name)
        finally:
            with contextlib.suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _stop(self, *_: object) -> None:
        if not self._stopping:
            self._stopping = True
            signal.alarm(int(PATIENCE))
        self._send(signal.SIGTERM)

    def _end(self, *_: object) -> None:
        self._send(signal.SIGKILL)

    def _send(self, what: signal.Signals) -> None:
        for part in self._parts:
            if part.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(part.pid, what)


def _end_with(line: int) -> None:
    """Ask this process to stop when the one that began it is gone: then nobody holds the other end of the line."""
    while os.read(line, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
