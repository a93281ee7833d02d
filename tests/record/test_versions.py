"""What a dossier tells of a record beside what is in force: what was in force before, and what waits for signatures."""

from __future__ import annotations

from typing import Any

from asepsis.record.dossier import Dossier, Item
from asepsis.record.kind import Kind
from asepsis.risk.records import Asset
from tests.dossiers import Story


def kinds_told(dossier: Dossier, record: str) -> list[str | None]:
    item: Item[Any] | None = dossier.get(record)
    assert item is not None
    return [None if content is None else told(content) for _, content in dossier.versions(item)]


def told(content: Kind) -> str:
    assert isinstance(content, Asset)
    return content.kind.value


def test_each_revision_that_was_in_force_is_told_oldest_first() -> None:
    story = Story()
    asset = story.add(Asset, kind="data")
    story.revise(asset, kind="function", signed=False)
    story.revise(asset, kind="service")
    story.revise(asset, kind="hardware", signed=False)
    assert kinds_told(story.dossier(), asset) == ["data", "service"]


def test_without_its_earlier_contents_a_dossier_tells_only_what_is_in_force() -> None:
    story = Story()
    asset = story.add(Asset, kind="data")
    story.revise(asset, kind="service")
    dossier = story.dossier()
    dossier._earlier = None
    assert kinds_told(dossier, asset) == [None, "service"]


def test_an_earlier_content_of_another_shape_is_not_told() -> None:
    story = Story()
    asset = story.add(Asset, kind="data")
    story.revise(asset, kind="service")
    dossier = story.dossier()
    dossier._earlier = lambda digest: b'{"title": "Of an older shape"}'
    assert kinds_told(dossier, asset) == [None, "service"]


def test_what_waits_for_signatures_is_told_and_nothing_else() -> None:
    story = Story()
    signed, waiting, rejected = (story.draft(Asset) for _ in range(3))
    story.draft(Asset)
    for record in (signed, waiting, rejected):
        story.submit(record)
    story.sign(signed)
    story.reject(rejected)
    found = list(story.dossier().submitted(Asset))
    assert [one.id for one in found] == [waiting]
    assert found[0].at_head
    story.sign(waiting)
    story.revise(waiting, kind="service", signed=False)
    story.submit(waiting)
    assert [one.content.kind.value for one in story.dossier().submitted(Asset)] == ["service"]
