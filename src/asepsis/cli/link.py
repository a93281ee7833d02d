"""Links that need a look: those whose target changed since it was signed, and those whose target is gone."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asepsis.cli.opening import As, ProductOption, Reader, hand, open_store
from asepsis.cli.output import Answer, Part, Table, command
from asepsis.errors import RefusedError
from asepsis.sentences import Sentence

if TYPE_CHECKING:
    from asepsis.cli.reading import Sight
    from asepsis.record.diff import FieldChange
    from asepsis.store.models import Record
    from asepsis.store.unsound import Unsound

app = typer.Typer(no_args_is_help=True, help="See which links are suspect or broken, and review them as a set.")


class NoSuspectError(RefusedError):
    """None of the links that somebody would let stand is suspect."""

    code = "link-sound"
    sentence = Sentence("No link of {records} is suspect.", next="`asepsis link list` shows those that are.")


class UntoldLinksError(RefusedError):
    """It was not said which links were looked at."""

    code = "links-untold"
    exit_code = 2
    sentence = Sentence(
        "It is not said which links you looked at.", next="Name records, or --caused-by one that changed."
    )


@dataclass(frozen=True, slots=True)
class Cause:
    """One record that changed, from which revision to which, and the links that it made suspect."""

    target: Record
    before: int
    after: int
    changes: tuple[FieldChange, ...]
    links: tuple[Unsound, ...]


@command(app, "list")
def listed(product: ProductOption = None, reader: Reader = None) -> Answer:
    """List suspect links, together with the change that made them so, and broken ones.

    A link is suspect when its target became another, in something that matters, since the referring record was signed or
    looked at. It is broken when its target is not effective. Exits with 0 where all links are sound, 1 where not.
    """
    open_store()
    from asepsis.cli import changes
    from asepsis.cli.names import StoreNames
    from asepsis.cli.product import chosen

    of = chosen(product, "A list of links")
    found, broken = _look(of.id, reader)
    names = StoreNames()
    parts: list[Part] = []
    for cause in found:
        told = (
            f"{cause.target.label} became another, from revision {cause.before} to {cause.after}: {cause.target.title}"
        )
        parts += [told, *changes.parts(cause.changes, coloured=sys.stdout.isatty())]
        rows = ((link.label, link.title, link.field) for link in cause.links)
        parts.append(Table.of("suspect|title|field", rows, ""))
    if broken:
        rows = ((link.label, link.title, f"{link.field}: {names.shown(link.target)}") for link in broken)
        parts.append(Table.of("broken|title|refers to", rows, ""))
    if found:
        parts.append("Next: asepsis link review LABEL..., or --caused-by LABEL for all that one change made suspect.")
    value = {
        "product": of.code,
        "causes": [_cause_value(one) for one in found],
        "broken": [_link_value(one, names) for one in broken],
    }
    sound = not found and not broken
    return Answer(value, tuple(parts) or (f"All links of {of.code} are sound.",), 0 if sound else 1)


@command(app, "review")
def review(
    person: As,
    labels: Annotated[
        list[str] | None, typer.Argument(metavar="[LABEL]...", help="Records whose suspect links you looked at.")
    ] = None,
    caused_by: Annotated[
        str | None,
        typer.Option("--caused-by", metavar="LABEL", help="All that the change of this record made suspect."),
    ] = None,
    product: ProductOption = None,
) -> Answer:
    """Let suspect links stand after looking at what changed, as one set: they are sound again until the next change.

    Who does it holds a role that signs the referring record. A record that has to change is revised instead.
    Exits with 0 when it is on record, 1 where nothing is suspect or the role is not held.
    """
    open_store()
    from asepsis.cli.product import chosen
    from asepsis.store import acts, queries

    if not labels and caused_by is None:
        raise UntoldLinksError
    by = hand(person)
    size = queries.ledger().size
    wanted = {queries.row(label).id for label in labels or ()}
    cause = queries.row(caused_by) if caused_by else None
    of = chosen(product, "A review of links")
    links = {
        (link.source, link.target): link
        for one in _look(of.id, person)[0]
        for link in one.links
        if (not wanted or link.source in wanted) and (cause is None or link.target == cause.id)
    }
    if not links:
        raise NoSuspectError(records=[*(labels or ()), *([caused_by] if caused_by else ())])
    acts.review_links(by, list(links), size)
    value = {"reviewed": [{"record": record, "target": target} for record, target in links]}
    told = sorted({link.label for link in links.values()})
    return Answer(value, (f"{len(links)} links stand as they are: {', '.join(told)}.",))


def _look(product: str, reader: str | None) -> tuple[list[Cause], list[Unsound]]:
    """Return what made links suspect, and the broken links, as far as the reader may see them."""
    from asepsis.cli.reading import Sight
    from asepsis.store.unsound import unsound

    links = unsound(product)
    hidden = _hidden(links, Sight(reader))
    links = [link for link in links if link.source not in hidden and link.target not in hidden]
    by_target: dict[str, list[Unsound]] = {}
    for link in links:
        if not link.broken:
            by_target.setdefault(link.target, []).append(link)
    causes = [_cause(target, tuple(suspect)) for target, suspect in by_target.items()]
    return sorted(causes, key=lambda one: one.target.label), [link for link in links if link.broken]


def _hidden(links: list[Unsound], sight: Sight) -> set[str]:
    from asepsis.store.models import Record

    named = {one for link in links for one in (link.source, link.target)}
    return {row.id for row in Record.objects.filter(embargoed=True) if row.id in named and not sight.sees(row)}


def _cause(target: str, links: tuple[Unsound, ...]) -> Cause:
    """Return the change of a record since the earliest moment at which one of its referrers was looked at."""
    from asepsis.cli import changes
    from asepsis.store import queries

    row = queries.row(target)
    first, last = min(link.before for link in links), links[0].after
    old, new = queries.said(row, first), queries.said(row, last)
    return Cause(row, first, last, changes.between(row.kind, old, new), links)


def _cause_value(cause: Cause) -> dict[str, Any]:
    from asepsis.cli import changes

    return {
        "record": cause.target.id,
        "label": cause.target.label,
        "before": cause.before,
        "after": cause.after,
        "changes": [changes.value(one) for one in cause.changes],
        "suspect": [{"record": one.source, "label": one.label, "field": one.field} for one in cause.links],
    }


def _link_value(link: Unsound, names: Any) -> dict[str, Any]:
    told = names.told(link.target)
    return {
        "record": link.source,
        "label": link.label,
        "field": link.field,
        "target": link.target,
        "target_label": told[0] if told else None,
    }
