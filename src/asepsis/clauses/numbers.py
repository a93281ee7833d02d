"""Numbers of clauses and obligations, as they sort, and the names nearest to one that is mistyped."""

from __future__ import annotations

from collections.abc import Iterable


def order(number: str) -> tuple[tuple[int, int, str], ...]:
    """Return what numbers of clauses, obligations and parts sort by: 4.1.9, 4.1.10, ..., 9.5, F.2.

    A figure sorts before a letter, and a number before those it is the beginning of.
    """
    pieces = number.replace("-", ".").replace(" ", ".").split(".")
    return tuple((0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in pieces)


def near(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return the three of `names` nearest to `name`, in order: those that begin with it, then those that resemble it."""
    import difflib  # it takes as long to load as all else here, and only who mistypes needs it

    sought, known = name[:60].casefold().strip(), {one.casefold(): one for one in sorted(names, key=order)}
    beginning = [one for one in known if sought and one.startswith(sought)]
    alike = difflib.get_close_matches(sought, known, n=3, cutoff=0.0)
    return tuple(sorted((known[one] for one in list(dict.fromkeys(beginning + alike))[:3]), key=order))
