"""Changes of the source: each was looked at by somebody else."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.development import source_changes
from asepsis.conformance import run
from asepsis.development.records import CodingStandard, Review
from asepsis.exchange import subjects
from asepsis.exchange.facts import Change, Source
from tests.dossiers import PRODUCT, Cast, Story, breaks, keeps, run_check

REVIEWED = "development.changes_reviewed"
MADE = Cast.DEVELOPER.value
SEEN = (Cast.ARCHITECT.value,)


def change(name: str = "a1", *reviewers: str, day: str = "2026-03-01", **fields: Any) -> Change:
    return Change(name, fields.pop("authors", (MADE,)), f"{day}T10:00:00Z", reviewers=reviewers, **fields)


class Changed(Story):
    """Version 2.0.0 after 1.0.0, with these changes since."""

    def __init__(self, *made: Change, begun: str = "c1", predecessor: bool = True) -> None:
        super().__init__()
        before = self.release("1.0.0")
        self.the_release = self.release("2.0.0", predecessor=before if predecessor else None)
        self.people(architect=("2020-01-01", "2026-03-01"))
        self.source("1.0.0", Source(("gateway",), "c1"))
        found = Source(("gateway",), "c2", from_commit=begun, tag="v2", changes=made)
        self.source("2.0.0", found)

    def source(self, version: str, found: Source) -> None:
        self.take_in(found, subjects.build(PRODUCT.id, f"build-of-{version}"))

    def review(self, person: str = Cast.TESTER, **change_set: Any) -> str:
        reviewers = [{"person": person, "viewpoint": "tester", "independence": 1}]
        return self.add(Review, of="implementation", concluded="pass", change_set=change_set, reviewers=reviewers)

    def said(self, **arguments: Any) -> Any:
        return run_check(REVIEWED, self, release=self.the_release, **arguments)


@keeps(REVIEWED)
@breaks(REVIEWED)
def test_each_change_was_looked_at_by_somebody_else() -> None:
    assert Changed(change("a1", *SEEN), change("a2", MADE, *SEEN)).said().kept
    said = Changed(change("a1", *SEEN), change("a2", MADE), change("a3")).said()
    assert said.texts == ["2 changes of GW-REL-2 were looked at by nobody but their authors: a2 and a3."]


@keeps(REVIEWED)
@breaks(REVIEWED)
def test_who_looked_was_there_on_the_day() -> None:
    assert Changed(change("a1", *SEEN, day="2026-03-01")).said().kept
    assert Changed(change("a1", *SEEN, day="2026-03-02")).said().gaps
    assert Changed(change("a1", *SEEN, Cast.TESTER, day="2026-03-02")).said().kept
    assert Changed(change("a1", "git:1234567890abcdef")).said().gaps


@keeps(REVIEWED)
@breaks(REVIEWED)
def test_of_lock_files_alone_who_approved_them_looked_at_them() -> None:
    fields: dict[str, Any] = {"approver": Cast.TESTER.value, "authors": ("bot",)}
    assert Changed(change(paths=("web/package-lock.json", "uv.lock"), **fields)).said().kept
    assert Changed(change(paths=("web/package-lock.json", "app.py"), **fields)).said().gaps
    assert Changed(change(**fields)).said().gaps


@keeps(REVIEWED)
@breaks(REVIEWED)
@pytest.mark.parametrize(
    "change_set",
    [
        {"changes": ["a1", "a2"]},
        {"to_commit": "c2"},
        {"to_commit": "v2", "from_commit": "c1", "repository": "gateway"},
        {"to_commit": "a2"},
    ],
)
def test_a_review_of_code_by_somebody_else_makes_up_for_it(change_set: dict[str, Any]) -> None:
    story = Changed(change("a1"), change("a2"), begun="c1")
    assert story.said().gaps
    story.review(MADE, **change_set)
    assert story.said().gaps
    story.review(**change_set)
    assert story.said().kept


@breaks(REVIEWED)
@pytest.mark.parametrize(
    ("change_set", "left"),
    [
        ({"changes": ["a1"]}, "a2222222"),
        ({"from_commit": "a1", "to_commit": "c2"}, "a1"),
        ({"to_commit": "a1"}, "a2222222"),
        ({"to_commit": "c2", "repository": "another"}, "a1 and a2222222"),
        ({"from_commit": "elsewhere", "to_commit": "c2"}, "a1 and a2222222"),
        ({"to_commit": "elsewhere"}, "a1 and a2222222"),
        ({"changes": ["a22222"]}, "a1 and a2222222"),
        ({"changes": ["a222222"]}, "a1"),
    ],
)
def test_a_review_holds_what_its_change_set_says(change_set: dict[str, Any], left: str) -> None:
    story = Changed(change("a1"), change("a2222222"))
    story.review(**change_set)
    assert story.said().texts[0].endswith(f"authors: {left}.")


@breaks(REVIEWED)
def test_a_review_that_goes_on_has_not_looked_yet() -> None:
    story = Changed(change("a1"))
    review = story.review(to_commit="c2")
    story.revise(review, concluded=None)
    assert story.said().gaps
    story.revise(review, concluded="fail")
    assert story.said().kept


@breaks(REVIEWED)
def test_changes_count_from_the_build_before() -> None:
    story = Changed(change("a1"), change("c1"), change("a2"), begun="c0")
    assert story.said().texts[0].endswith("authors: a2.")
    assert Changed(change("a1"), begun="c0").said().sentences == [source_changes.DOES_NOT_REACH]


@breaks(REVIEWED)
def test_without_a_build_before_changes_count_from_the_first_coding_standard() -> None:
    story = Changed(change("a1", day="2026-01-31"), change("a2", day="2026-02-01"), predecessor=False)
    assert story.said().texts[0].startswith("2 changes")
    standard = story.add(CodingStandard, day="2026-02-01")
    assert story.said().texts[0].endswith("authors: a2.")
    story.retire(standard, day="2026-05-01")
    assert story.said().texts[0].endswith("authors: a2.")
    story.add(CodingStandard, day="2026-01-31")
    assert story.said().texts[0].startswith("2 changes")


def test_a_change_without_authors_is_unknown_until_it_is_reviewed() -> None:
    story = Changed(change("a1", *SEEN, authors=()))
    said = story.said()
    assert (said.sentences, said.gaps) == ([source_changes.NO_AUTHORS], [])
    story.review(to_commit="c2")
    assert story.said().kept


def test_without_a_source_it_is_unknown() -> None:
    story = Changed(change("a1", *SEEN))
    story.revise(story.the_release, build_id="another")
    assert story.said().sentences == [run.ABSENT]
    story = Changed(change("a1", *SEEN))
    before = story.release("0.9.0")
    story.revise(story.the_release, predecessor=before)
    assert story.said().sentences == [run.ABSENT]
