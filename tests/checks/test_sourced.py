"""Which files a pattern names."""

from __future__ import annotations

import pytest

from asepsis.checks.sourced import Paths, fits

NAMED = [
    ("src/a.py", "src/a.py", True),
    ("src/a.py", "src/*", True),
    ("src/a/b.py", "src/**", True),
    ("src/a.py", "src/", True),
    ("src/a.py", "src", False),
    ("a.py", "**/a.py", True),
    ("src/a.py", "src/**/a.py", True),
    ("src/x/a.py", "src/**/a.py", True),
    ("src/A.py", "src/a.py", False),
    ("src/b.py", "src/[ab].py", True),
    ("lib/a.py", "src/*", False),
]


@pytest.mark.parametrize(("path", "pattern", "named"), NAMED)
def test_a_pattern_names_a_path(path: str, pattern: str, named: bool) -> None:
    assert fits(path, pattern) is named


@pytest.mark.parametrize(("path", "pattern", "named"), NAMED)
def test_among_many_files_the_same_are_named(path: str, pattern: str, named: bool) -> None:
    others = ["0", "src", "src.txt", "srd", "zz/a"]
    assert Paths([*others, path]).any_fits(pattern) is (named or pattern in others)


def test_no_files_are_nothing() -> None:
    assert not Paths([])
    assert not Paths([]).any_fits("*")
