"""The table of 21 CFR Part 11: it names each paragraph, and only tests that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "part11.md").read_text(encoding="utf-8")
PARAGRAPHS = [
    *(f"11.10({letter})" for letter in "abcdefghijk"),
    "11.30",
    *("11.50(a)", "11.50(b)", "11.70"),
    *(f"11.100({letter})" for letter in "abc"),
    *("11.200(a)(1)", "11.200(a)(1)(i)", "11.200(a)(1)(ii)", "11.200(a)(2)", "11.200(a)(3)", "11.200(b)"),
    *(f"11.300({letter})" for letter in "abcde"),
]
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| 11.")]


def test_each_paragraph_has_its_line() -> None:
    assert [row[0].split()[0] for row in ROWS] == PARAGRAPHS


def test_each_line_names_a_test_or_says_that_it_is_yours() -> None:
    for paragraph, how, tests in ROWS:
        assert (paragraph, bool(re.findall(r"`tests/", tests)) or "*yours*" in how) == (paragraph, True)


def test_each_test_that_is_named_is_there() -> None:
    named = re.findall(r"`(tests/[^`]+)`", PAGE)
    assert len(named) > len(PARAGRAPHS)
    for one in named:
        path, _, name = one.partition("::")
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert (one, name in functions) == (one, True)
