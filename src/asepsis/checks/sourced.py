"""What the source of a release shows: its files, and which of them a pattern names."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from asepsis.checks import terms
from asepsis.checks.view import AbsentFactsError, View

if TYPE_CHECKING:
    from asepsis.exchange.facts import Source

_WILD = re.compile(r"[*?\[]")


def source_of(view: View) -> Source:
    """Return the source of the build of the release looked at. Raises `AbsentFactsError`."""
    for about in terms.subjects_of("source", view):
        found: Source = view.fact("source", about.subject)
        return found
    raise AbsentFactsError("source", view.release.label if view.release else "the release")


def fits(path: str, pattern: str) -> bool:
    """Return whether a pattern names a path; one that ends in `/` names all below, `**/` also nothing in between."""
    wanted = f"{pattern}*" if pattern.endswith("/") else pattern
    return fnmatchcase(path, wanted) or ("**/" in wanted and fnmatchcase(path, wanted.replace("**/", "")))


class Paths:
    """The files of a source, sorted, so that a pattern is held only against those that begin as it does."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = sorted(set(paths))

    def __bool__(self) -> bool:
        return bool(self._paths)

    def any_fits(self, pattern: str) -> bool:
        """Return whether a pattern names one of the files."""
        wild = _WILD.search(pattern)
        begins = pattern[: wild.start()] if wild else pattern
        for at in range(bisect_left(self._paths, begins), len(self._paths)):
            if not self._paths[at].startswith(begins):
                return False
            if fits(self._paths[at], pattern):
                return True
        return False


def paths_of(view: View) -> Paths:
    """Return the files of the source of the release looked at. Raises `AbsentFactsError`."""
    return view.once("paths of the source", lambda view: Paths(path for path, _ in source_of(view).paths))
