"""What holds for every check: it is listed, bound, documented, and shown by a dossier that keeps it and one that breaks it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import asepsis.checks
from asepsis.checks import all as every_check
from asepsis.checks.check import CHECKS, Check
from asepsis.clauses.catalogue import catalogue
from asepsis.conformance.run import run
from asepsis.record.kind import KINDS
from tests import dossiers

HERE = Path(__file__).parent

every_check.load()


def marked(word: str) -> set[str]:
    """Return the ids of the checks that a test is marked with, by `keeps` or `breaks`."""
    return {identity for path in HERE.rglob("test_*.py") for identity in _marks(path, word)}


def _marks(path: Path, word: str) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
            continue
        for mark in node.decorator_list:
            if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == word:
                given = mark.args[0]
                yield str(given.value) if isinstance(given, ast.Constant) else names[given.id]  # type: ignore[attr-defined]


@pytest.mark.parametrize("word", ["keeps", "breaks"])
def test_each_check_has_a_dossier_that_keeps_it_and_one_that_breaks_it(word: str) -> None:
    assert sorted(CHECKS.keys() - marked(word)) == []


@pytest.mark.parametrize("word", ["keeps", "breaks"])
def test_no_test_is_marked_with_a_check_that_is_not_there(word: str) -> None:
    assert sorted(marked(word) - CHECKS.keys()) == []


def test_the_list_holds_every_module_with_a_check() -> None:
    folder = Path(asepsis.checks.__path__[0])
    found = {
        ".".join(path.relative_to(folder).with_suffix("").parts)
        for path in folder.rglob("*.py")
        if "\n@check(" in path.read_text(encoding="utf-8")
    }
    assert found == set(every_check.MODULES)
    assert len(every_check.MODULES) == len(found)


def test_each_check_decides_an_obligation() -> None:
    assert sorted(CHECKS.keys() - catalogue().checks) == []


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
def test_each_check_says_what_it_asks_and_where_that_stands(check: Check) -> None:
    told = (check.function.__doc__ or "").strip()
    assert re.match(r"^[A-Z].{20,}[.]$", check.summary)
    assert re.search(r"\n\s*Source: IEC 81001-5-1:2021, [0-9F].*\.", told)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
def test_each_check_stands_in_the_folder_of_its_process(check: Check) -> None:
    assert check.function.__module__.startswith(f"asepsis.checks.{check.id.split('.')[0]}.")


def test_a_mark_is_a_claim_that_is_looked_at() -> None:
    def test() -> None:
        dossiers.run_check("quality.nonconformities_open", dossiers.Story())

    for mark in (dossiers.keeps, dossiers.breaks):
        with pytest.raises(AssertionError, match="nothing here"):
            mark("quality.nonconformities_open")(test)()


@pytest.fixture(scope="module")
def one_of_each() -> dossiers.Story:
    """Return a story with the smallest record of every kind, in force, as a draft, and retired; most rest on nothing."""
    story = dossiers.Story()
    release = story.release()
    story.send_out(release)
    story.bill(release)
    story.people()
    for kind in KINDS.values():
        if kind.__module__.startswith("asepsis."):
            given: dict[str, Any] = {"release": release} if "release" in kind.model_fields else {}
            story.add(kind, **given)
            story.draft(kind, **given)
            story.unfinished(kind, title="Something")
            story.retire(story.add(kind, **given), day="2026-02-01")
    return story


@pytest.mark.parametrize("with_release", [True, False])
def test_no_check_fails_on_records_that_hang_in_the_air(one_of_each: dossiers.Story, with_release: bool) -> None:
    release = next(record for record, label in one_of_each.labels.items() if label == "GW-REL-1")
    view = one_of_each.view(release=release if with_release else None)
    for check in CHECKS.values():
        run(check, view, strict=True)
