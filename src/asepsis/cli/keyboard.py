"""Keys as they are pressed at a terminal, one by one, and a screen that is drawn anew after each."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import MappingProxyType

from asepsis.cli.output import clean
from asepsis.errors import UnanswerableError
from asepsis.sentences import Sentence

_NAMES = MappingProxyType(
    {
        b"\r": "enter",
        b"\n": "enter",
        b"\x1b": "escape",
        b"\x7f": "back",
        b"\x08": "back",
        b"\x03": "escape",
        b"\x04": "end",
        b"\x1b[A": "left",
        b"\x1b[D": "left",
        b"\x1b[B": "right",
        b"\x1b[C": "right",
        b"\x1bOA": "left",
        b"\x1bOD": "left",
        b"\x1bOB": "right",
        b"\x1bOC": "right",
    }
)
_CLEAR, _HIDE, _SHOW = "\x1b[2J\x1b[H", "\x1b[?25l", "\x1b[?25h"


class NoTerminalError(UnanswerableError):
    """A command that is led by keys has no terminal to read them from."""

    code = "terminal-absent"
    sentence = Sentence("This is done at a terminal, key by key, and there is none here.", next="Run it in a terminal.")


@contextmanager
def keys() -> Iterator[Iterator[str]]:
    """Give the keys that are pressed at the terminal, by character or name, until its end. Raises `NoTerminalError`.

    While it goes on, what is typed does not show and comes at once; afterwards the terminal is as it was.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise NoTerminalError
    import termios
    import tty

    place = sys.stdin.fileno()
    before = termios.tcgetattr(place)
    try:
        tty.setraw(place, termios.TCSADRAIN)
        sys.stdout.write(_HIDE)
        yield _read(place)
    finally:
        termios.tcsetattr(place, termios.TCSADRAIN, before)
        sys.stdout.write(f"{_CLEAR}{_SHOW}")
        sys.stdout.flush()


def _read(place: int) -> Iterator[str]:
    while data := os.read(place, 1024):
        yield from split(data)
    yield "end"


def split(data: bytes) -> Iterator[str]:
    """Yield the keys that came together: a paste, or somebody who types ahead. An unknown sequence is one `unknown`."""
    while data:
        if data[:1] == b"\x1b" and len(data) > 1:
            length = _sequence(data)
            key, data = data[:length], data[length:]
            yield _NAMES.get(key, "unknown")
        elif data[:1] in _NAMES:
            key, data = data[:1], data[1:]
            yield _NAMES[key]
        else:
            length = _character(data[0])
            key, data = data[:length], data[length:]
            yield key.decode("utf-8", "replace")


def _sequence(data: bytes) -> int:
    """Return the length of the escape sequence that `data` begins with; 1 where a key follows an escape."""
    if data[1:2] == b"O":
        return min(3, len(data))
    if data[1:2] != b"[":
        return 1
    for at in range(2, len(data)):
        if 0x40 <= data[at] <= 0x7E:
            return at + 1
    return len(data)


def _character(first: int) -> int:
    return 1 if first < 0xC0 or first > 0xF7 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4


def draw(lines: Iterable[str]) -> None:
    """Draw a screen: each line cut to the width, and what is too much for the height counted in the last line."""
    wide, high = shutil.get_terminal_size()
    shown = [_cut(clean(line), wide) for line in lines]
    if len(shown) > high - 1:
        left = len(shown) - high + 2
        shown = [*shown[: high - 2], f"({left} more lines: make the window higher)"]
    sys.stdout.write(_CLEAR + "\r\n".join(shown))
    sys.stdout.flush()


def _cut(line: str, wide: int) -> str:
    return line if len(line) <= wide else line[: wide - 1] + "…"
