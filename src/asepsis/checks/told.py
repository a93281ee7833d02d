"""What the documents of a release tell their readers of, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from asepsis.checks import terms
from asepsis.checks.view import View
from asepsis.development.records import Anchor, ReleaseDocument
from asepsis.record.dossier import Item


@dataclass(frozen=True, slots=True)
class Telling:
    """A place in a document that tells of a record; `sound` while the record has not changed since it was written."""

    document: Item[ReleaseDocument]
    anchor: Anchor
    sound: bool


def tellings(view: View) -> Mapping[str, tuple[Telling, ...]]:
    """Return where the effective documents of the release looked at tell of which record, by its id."""
    return view.once("tellings", _tellings)


def _tellings(view: View) -> Mapping[str, tuple[Telling, ...]]:
    found: dict[str, list[Telling]] = {}
    for document in terms.of_release(ReleaseDocument, view):
        sound = {
            link.target: not (link.broken or link.suspect)
            for link in view.dossier.links(document)
            if link.field == "anchors.tells_of"
        }
        for anchor in document.content.anchors:
            for target in anchor.tells_of:
                found.setdefault(target, []).append(Telling(document, anchor, sound[target]))
    return {target: tuple(places) for target, places in found.items()}


def told_of(record: str, view: View, *parts: str) -> tuple[Telling, ...]:
    """Return where a record is told of, in `parts` (`5.8.2 d`, `E.2.2` with its letters) or anywhere."""
    return tuple(one for one in tellings(view).get(record, ()) if not parts or is_part(one.anchor.item, *parts))


def is_told(record: str, view: View, *parts: str) -> bool:
    """Return whether a record is told of in one of `parts` by a text that was not made suspect."""
    return any(one.sound for one in told_of(record, view, *parts))


def is_part(item: str, *parts: str) -> bool:
    """Return whether a content item is one of `parts`, or a letter of one."""
    return any(item == part or item.startswith(f"{part} ") for part in parts)


def anchors(view: View, *parts: str) -> Iterator[tuple[Item[ReleaseDocument], Anchor]]:
    """Yield each anchor of `parts` in the effective documents of the release looked at, with its document."""
    for document in terms.of_release(ReleaseDocument, view):
        for anchor in document.content.anchors:
            if is_part(anchor.item, *parts):
                yield document, anchor
