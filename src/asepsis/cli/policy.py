"""Policy: what is in force, who set it, and how to set it otherwise."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asepsis.cli.opening import As, clock, hand, open_store
from asepsis.cli.output import Answer, Table, command

if TYPE_CHECKING:
    from asepsis.clauses.policy import InForce, Value
    from asepsis.store.models import Record

app = typer.Typer(no_args_is_help=True, help="See the numbers that you may set, and set them.")

PolicyProduct = Annotated[
    str | None, typer.Option("--product", metavar="CODE", help="For this product; without it, the organisation's.")
]


@command(app, "show")
def show(
    name: Annotated[str | None, typer.Argument(help="One value, for example quality.audit_cycle_months.")] = None,
    product: PolicyProduct = None,
) -> Answer:
    """Show which values are in force: each with who set it, the floor it cannot pass, and why.

    A value at its default is nobody's decision yet. Exits with 0, or 4 where there is no such value.
    """
    open_store()
    from asepsis.clauses.policy import POLICY, value_named
    from asepsis.store import queries

    of = queries.product(product) if product else None
    force = _in_force(of.id if of else None)
    found = [_told(one, force) for one in ([value_named(name)] if name else POLICY.values())]
    value = {"product": of.code if of else None, "digest": force.digest, "values": found}
    if name:
        one = found[0]
        return Answer(
            value,
            (
                f"{one['name']} is {one['value']} ({one['measure']}), {_SOURCES[one['source']]}.",
                f"It is {one['expected']}; its default is {one['default']}, "
                + (f"its floor {one['floor']}." if one["floor"] is not None else "and no floor is known."),
                *([one["why"]] if one["why"] else ()),
            ),
        )
    rows = ((one["name"], one["value"], _SOURCES[one["source"]], one["floor"], one["why"]) for one in found)
    return Answer(value, (Table.of("name|value|set by|floor|why", rows, ""),))


_SOURCES = {
    "default": "default, nobody's decision",
    "founding": "the founding of the ledger",
    "organisation": "the organisation's policy",
    "product": "the product's policy",
}


def _told(value: Value, force: InForce) -> dict[str, Any]:
    from asepsis.clauses.policy import told

    return {
        "name": value.name,
        "value": told(force[value.name]),
        "source": force.source(value.name),
        "measure": str(value.measure),
        "default": told(value.default),
        "floor": None if value.floor is None else told(value.floor),
        "expected": value.expected,
        "why": value.why,
    }


def _in_force(product: str | None) -> InForce:
    from asepsis.conformance.moments import policy_today

    return policy_today(product, clock())


@command(app, "set")
def set_(
    name: Annotated[str, typer.Argument(help="The value, for example quality.audit_cycle_months.")],
    to: Annotated[str, typer.Argument(metavar="VALUE", help="A number, yes or no, a word, or words joined by commas.")],
    why: Annotated[str, typer.Option("--why", help="Why this value and no other. An auditor will ask.")],
    person: As,
    product: PolicyProduct = None,
    effective: Annotated[
        str | None,
        typer.Option("--effective", metavar="DAY", help="The first day on which it holds; by default today."),
    ] = None,
    review_by: Annotated[
        str | None, typer.Option("--review-by", metavar="DAY", help="Look again by this day; by default in a year.")
    ] = None,
) -> Answer:
    """Write a value into the Policy record, as a draft: a new record, or a revision of the one that there is.

    It holds once management and quality have signed it. Exits with 0 when the draft is saved, 1 where the value is past its
    floor, 4 where it is none.
    """
    open_store()
    from asepsis.clauses.policy import parse, told
    from asepsis.store import acts, queries

    held = told(parse(name, to))
    by = hand(person)
    of = queries.product(product) if product else None
    row = _policy_record(of.id if of else None)
    before = (queries.head_value(row) if row is not None else None) or {}
    value = _with_value(before, name, held, why, effective, review_by)
    if row is None:
        from asepsis.statements.records import Policy

        _, label = acts.create(by, Policy, value, of.id if of else None)
    else:
        label = row.label
        acts.revise(by, row.id, value, before=row.head_name)
    answer = {"label": label, "name": name, "value": held}
    return Answer(answer, (f"{label} sets {name} to {held}, as a draft.", f"Next: asepsis record submit {label}"))


def _policy_record(product: str | None) -> Record | None:
    from asepsis.store.models import Record

    asked = Record.objects.filter(kind="Policy", product=product).exclude(standing="retired")
    return asked.exclude(head_state="withdrawn").order_by("number").first()


def _with_value(
    before: dict[str, Any], name: str, held: str, why: str, effective: str | None, review_by: str | None
) -> dict[str, Any]:
    """Return the content of a Policy with one value set; the others stay as they are."""
    from asepsis.cli import reading
    from asepsis.quality.domain import months_after

    first = effective or reading.today()
    others = [one for one in before.get("values", []) if one.get("name") != name]
    return {
        "title": "Policy",
        **before,
        "values": [*others, {"name": name, "set_to": held, "why": why}],
        "effective": first,
        "review_by": review_by or months_after(date.fromisoformat(first), 12).isoformat(),
    }
