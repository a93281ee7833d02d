"""Notices and installations by the release that they are of: so much refers to a release that it is looked up once."""

from __future__ import annotations

from asepsis.checks import terms
from asepsis.checks.view import View
from asepsis.configuration.records import Fielded, Release
from asepsis.maintenance.records import Notice
from asepsis.record.dossier import Item


def notices_for(release: Item[Release], view: View) -> tuple[Item[Notice], ...]:
    """Return the notices for the users of a release that were sent."""
    return tuple(view.once("notices by release", _notices_by_release).get(release.id, ()))


def _notices_by_release(view: View) -> dict[str, list[Item[Notice]]]:
    found: dict[str, list[Item[Notice]]] = {}
    for notice in view.dossier.all(Notice):
        if notice.content.sent_on is not None and notice.content.sent_on <= view.today:
            for release in dict.fromkeys(notice.content.for_releases):
                found.setdefault(release, []).append(notice)
    return found


def in_use(release: Item[Release], view: View) -> int | None:
    """Return how many installations of a release are in use today; `None` where nobody brought in any."""
    return view.once("installations by release", _installations).get(release.id)


def _installations(view: View) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in view.dossier.all(Fielded):
        content = one.content
        count = content.count if content.since <= view.today and not terms.past(content.until, view) else 0
        found[content.release] = found.get(content.release, 0) + count
    return found
