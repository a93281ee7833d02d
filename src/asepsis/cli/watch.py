"""The watch: which releases that people use advisories touch, what is new of it, and what matters most."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asepsis.cli.opening import As, Reader, clock, hand, open_store
from asepsis.cli.output import Answer, Part, Table, command, progress

if TYPE_CHECKING:
    from asepsis.cli.telling import Teller
    from asepsis.jobs.matches import Laid
    from asepsis.jobs.shelf import Shelf
    from asepsis.jobs.watch import Strike, Told, Watch
    from asepsis.reports.watch import Use
    from asepsis.store.models import Product

app = typer.Typer(no_args_is_help=True, help="Watch which releases in the field advisories touch, and what is new.")
Products = Annotated[
    list[str] | None, typer.Option("--product", metavar="CODE", help="Only this product; may be given several times.")
]
MOST_ROWS = 200


@command(app, "update")
def update(
    person: As,
    products: Products = None,
    release: Annotated[
        str | None, typer.Option("--release", metavar="LABEL", help="Only the bills of this release.")
    ] = None,
) -> Answer:
    """Lay the bills of each supported release, and of the open one, against the feeds, and take in what is found.

    It uses what `asepsis feeds update` fetched, and no network. What is taken in are facts, `matches` and `feeds`: they name
    each component that could not be looked up, and how old the data is. Candidates by CPE, or by supplier and product name, as
    advisories on medical devices give them, are told and are no matches. The same bills and feeds change nothing. Who does it
    holds developer, tester or security. Exits with 0 when all was looked up, 1 where it is refused, 3 where something could
    not be looked up: a component that no feed covers, a bill whose components were not taken in, no feed at all.
    """
    open_store()
    from asepsis.cli.reading import record
    from asepsis.cli.telling import Teller
    from asepsis.jobs import matches

    by, teller, shelf, now = hand(person), Teller(person), _shelf(), clock()
    wanted = None if release is None else record(release, person)
    done: list[Laid] = []
    chosen = [one for one in _products(products, person) if wanted is None or wanted.product == one.id]
    with progress("Laying bills against feeds", len(chosen)) as come:
        for at, one in enumerate(chosen, start=1):
            only = None if wanted is None else wanted.id
            done += matches.lay(by, one.id, shelf, now, release=only, hidden=teller.hidden)
            come(at)
    value = [_laid(one, teller) for one in done]
    rows = [
        (
            one.release.label, one.bill.label if one.bill else None, one.looked_up + len(one.not_looked_up), one.matches,
            one.new, len(one.not_looked_up), "nothing new" if one.position < 0 else f"entry {one.position:,}",
        )
        for one in done
        if one.why is None
    ]  # fmt: skip
    table = Table.of(
        "release|bill|components|matches|new|not looked up|taken in", rows, "Nothing was laid against feeds."
    )
    parts: list[Part] = [table]
    parts += [f"{one.why.text(teller.shown)} {one.why.next(teller.shown)}" for one in done if one.why is not None]
    waiting = [
        (one.release.label, each.component, each.version, each.vulnerability, each.result, each.kinship)
        for one in done
        for each in one.candidates
    ]
    if waiting:
        told = f"Candidates by CPE or name, for a person to confirm; they are no matches: {len(waiting):,}"
        headings = "release|component|version|vulnerability|result|what speaks for it"
        parts.append(Table.of(headings, waiting[:MOST_ROWS], "", title=told))
    return Answer({"laid": value}, tuple(parts), 0 if done and all(one.is_whole for one in done) else 3)


@command(app, "list")
def listed(
    products: Products = None,
    new: Annotated[bool, typer.Option("--new", help="Only what was not there when you last looked.")] = False,
    reader: Reader = None,
) -> Answer:
    """List what is open in supported releases: exploited, in use, reachable and harmful first, each with its reasons.

    A line is one vulnerability of one component, with the releases, markets and sites where it is; what a statement closes is not
    there. The day is that of the update policy, with the worst taken for what nobody has judged. It tells what `asepsis
    watch update` took in. Exits with 0 when nothing is open, 1 when something is, 3 when nothing is and something is not known.
    """
    open_store()
    from asepsis.cli.telling import Teller

    seen, teller = _watch(products, reader), Teller(reader)
    lines = seen.told(seen.new if new else seen.rows)
    unknown = seen.unknown
    value = {
        "looked": max((one.at for one in seen.looked.values()), default=None),
        "open": [_line(one, teller) for one in lines],
        "unknown": [{"what": one.text(teller.shown), "next": one.next(teller.shown)} for one in unknown],
    }
    rows = [
        (
            one.line.product.label, one.line.advisory, one.line.component,
            ", ".join(each.label for each in one.line.releases), one.line.due, "new" if one.is_new else "",
            _reasons(one, teller),
        )
        for one in lines[:MOST_ROWS]
    ]  # fmt: skip
    empty = "Nothing is new since you last looked." if new and seen.rows.exists() else "Nothing is open."
    parts: list[Part] = [Table.of("product|advisory|component|releases|due|new|why", rows, empty)]
    if len(lines) > MOST_ROWS:
        parts.append(f"{len(lines) - MOST_ROWS:,} more are shown with --json.")
    parts += [f"{one.text(teller.shown)} {one.next(teller.shown)}" for one in unknown]
    return Answer(value, tuple(parts), 1 if lines else 3 if unknown else 0)


@command(app, "looked")
def looked(person: As, products: Products = None) -> Answer:
    """Keep that you have looked through what is open now: from here on only what comes after is new. Exits with 0."""
    open_store()
    seen = _watch(products, person)
    lines, new = seen.rows.count(), seen.new.count()
    seen.look(clock())
    return Answer({"lines": lines, "new": new}, (f"{lines:,} lines are looked through, {new:,} of them were new.",))


@command(app, "find")
def find(
    advisories: Annotated[list[str], typer.Argument(metavar="ADVISORY...", help="CVE, GHSA or any other name of it.")],
    products: Products = None,
    reader: Reader = None,
) -> Answer:
    """Find the releases, supported or not, whose bills advisories of these names touch, from what was fetched of feeds.

    Exits with 0 when none is touched, 1 when one is or may be, 3 where no feed was fetched.
    """
    open_store()
    from asepsis.cli.telling import Teller
    from asepsis.jobs import feeds, watch

    shelf = _shelf()
    feeds.document(shelf)  # where no feed was fetched, finding nothing says nothing
    seen = {one.id for one in _products(products, reader)}
    found = watch.strikes(advisories, shelf, seen, clock(), hidden=Teller(reader).hidden)
    value = [_strike(one) for one in found]
    rows = [
        (one.product.code, one.release.label, one.bill.label, ", ".join(one.components), _in_use(one)) for one in found
    ]
    empty = f"No bill whose components were taken in is touched by {', '.join(advisories)}."
    return Answer(
        {"touched": value}, (Table.of("product|release|bill|components|in use", rows, empty),), int(bool(found))
    )


# --- what is asked ------------------------------------------------------------------------------------------------------


def _shelf() -> Shelf:
    from asepsis.jobs.shelf import Shelf
    from asepsis.store import queries

    return Shelf(queries.home() / "feeds")


def _products(codes: list[str] | None, reader: str | None) -> Iterator[Product]:
    """Yield the products of these codes, or all, as far as the reader holds a role in them; without a reader all."""
    from asepsis.readers import viewer
    from asepsis.store import queries, refusals
    from asepsis.store.models import Product

    own = None if reader is None else viewer.of_person(queries.person(reader).id).products
    for one in Product.objects.order_by("code") if codes is None else [queries.product(code) for code in codes]:
        if own is None or one.id in own:
            yield one
        elif codes is not None:
            raise refusals.UnknownProductError(product=one.code)


def _watch(codes: list[str] | None, reader: str | None) -> Watch:
    """Return the watch over the products that were asked for, worked out anew where something happened since."""
    from asepsis.jobs.watch import Watch, bring_up_to_date
    from asepsis.readers import viewer
    from asepsis.store import queries

    products = [one.id for one in _products(codes, reader)]
    for one in products:
        bring_up_to_date(one, clock())
    person = None if reader is None else viewer.of_person(queries.person(reader).id)
    return Watch(person, products)


# --- how it is told -----------------------------------------------------------------------------------------------------


def _reasons(told: Told, teller: Teller) -> str:
    return "; ".join(one.text(teller.shown) for one in told.line.reasons) + "."


def _line(told: Told, teller: Teller) -> dict[str, Any]:
    line = told.line
    return {
        "key": line.key,
        "new": told.is_new,
        "product": line.product.label,
        "advisory": line.advisory,
        "aliases": list(line.aliases),
        "component": line.component,
        "result": line.result,
        "fixed": list(line.fixed),
        "since": line.since.isoformat(),
        "exploited": line.exploited.isoformat() if line.exploited else None,
        "epss": line.epss,
        "releases": [one.label for one in line.releases],
        "in_use": [_use(one) for one in line.uses],
        "statement": line.statement.label if line.statement else None,
        "hazards": [one.label for one in line.hazards],
        "due": line.due.isoformat() if line.due else None,
        "reasons": [one.text(teller.shown) for one in line.reasons],
    }


def _use(one: Use) -> dict[str, Any]:
    return {"release": one.release.label, "market": one.market, "site": one.site, "count": one.count}


def _in_use(one: Strike) -> str:
    return ", ".join(f"{use.count:,} at {use.site} ({use.market})" for use in one.uses)


def _laid(one: Laid, teller: Teller) -> dict[str, Any]:
    import msgspec

    return {
        "product": one.product,
        "release": one.release.label,
        "bill": one.bill.label if one.bill else None,
        "matches": one.matches,
        "new": one.new,
        "looked_up": one.looked_up,
        "not_looked_up": list(one.not_looked_up),
        "candidates": msgspec.to_builtins(one.candidates),
        "entry": one.position if one.position >= 0 else None,
        "why": one.why.text(teller.shown) if one.why is not None else None,
        "next": one.why.next(teller.shown) if one.why is not None else None,
    }


def _strike(one: Strike) -> dict[str, Any]:
    return {
        "product": one.product.code,
        "release": one.release.label,
        "bill": one.bill.label,
        "components": list(one.components),
        "in_use": [_use(each) for each in one.uses],
    }
