"""A table as lines of text: columns as wide as what stands in them, folded where together they are too wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import zip_longest

GAP = 2
LEAST = 8  # columns that a folded cell keeps


def drawn(headings: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool], wide: int) -> Iterator[str]:
    """Yield the lines of a table at most `wide` columns wide, where its first column leaves room for that.

    `right` says which columns are numbers. The first column names the row and is never folded.
    """
    columns = list(zip(headings, *rows, strict=True))
    widths = _widths([max(map(_width_of, "\n".join(column).split("\n"))) for column in columns], wide)
    yield ""
    yield _line(headings, widths, right)
    yield " ".join("─" * (width + GAP - 1) for width in widths)[: sum(widths) + GAP * (len(widths) - 1)]
    for row in rows:
        folded = [row[0].split("\n"), *(_folded(cell, width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        for line in zip_longest(*folded, fillvalue=""):
            yield _line(line, widths, right)
    yield ""


def _widths(needed: list[int], wide: int) -> list[int]:
    """Take from the widest column but the first until all fit."""
    widths = list(needed)
    while len(widths) > 1 and sum(widths) + GAP * (len(widths) - 1) > wide:
        widest = max(range(1, len(widths)), key=widths.__getitem__)
        if widths[widest] <= LEAST:
            break
        widths[widest] -= 1
    return widths


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = (
        " " * (width - _width_of(cell)) + cell if is_right else cell + " " * (width - _width_of(cell))
        for cell, width, is_right in zip(cells, widths, right, strict=True)
    )
    return (" " * GAP).join(padded).rstrip()


def _folded(cell: str, width: int) -> list[str]:
    """Return a cell as lines of at most `width` columns, broken between words where one of them ends in time."""
    lines = []
    for line in cell.split("\n"):
        rest = line
        while _width_of(rest) > width:
            at = _fitting(rest, width)
            space = rest.rfind(" ", 1, at + 1)
            at = space if space > 0 else at
            lines.append(rest[:at].rstrip(" "))
            rest = rest[at:].lstrip(" ")
        lines.append(rest)
    return lines


def _fitting(text: str, width: int) -> int:
    """Return how many characters fit; at least one."""
    taken = 0
    for at, one in enumerate(text):
        taken += _width_of(one)
        if taken > width:
            return max(at, 1)
    return len(text)


def _width_of(text: str) -> int:
    """Return how many columns a text takes: wide characters two, those that stand over others none."""
    if text.isascii():
        return len(text)
    return sum(_columns(one) for one in text)


def _columns(one: str) -> int:
    if unicodedata.combining(one):
        return 0
    return 2 if unicodedata.east_asian_width(one) in "WF" else 1
