"""What an advisory says of packages: which versions, as intervals of keys that sort as the ecosystem orders them."""

from __future__ import annotations

from typing import NamedTuple

from asepsis.advisories.versions import Interval


class Affected(NamedTuple):
    """One package of an advisory, in the words of `advisories.packages`.

    `intervals` and `points` (keys of versions named one by one, outside the intervals) are affected; `texts` are versions
    named one by one that no scheme orders. `doubt` says why for other versions nothing can be told; without it they are
    not affected. `said` is all of that in the versions as they are written, in an order of its own: it is another where what is
    affected is another, and not where it is only written in another order.
    """

    ecosystem: str
    release: str | None
    name: str
    intervals: tuple[Interval, ...] = ()
    points: tuple[bytes, ...] = ()
    texts: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    doubt: str | None = None
    said: str = ""


class Advisory(NamedTuple):
    """One advisory as its publisher wrote it, without its prose. `severity` are vectors, as (kind, vector)."""

    id: str
    aliases: tuple[str, ...]
    published: str | None
    modified: str | None
    withdrawn: bool
    severity: tuple[tuple[str, str], ...]
    affected: tuple[Affected, ...]
