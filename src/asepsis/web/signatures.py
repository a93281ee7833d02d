"""The signatures on a record: who, with which meaning, in which role, when; and who is still waited for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from asepsis.conformance import moments
from asepsis.quality.domain import qualified
from asepsis.quality.records import Appointment, Qualification, Role
from asepsis.readers import visible
from asepsis.record.dossier import Dossier
from asepsis.record.history import Approval, Head, History, Revision
from asepsis.record.slots import Slot, SystemRole
from asepsis.store import queries
from asepsis.web import then
from asepsis.web.moment import Moment
from asepsis.web.people import People

MONTHS = "quality.qualification_months"
NAMELESS = "somebody whose name was erased"
MOST = 200  # appointments, roles and qualifications of one person that are looked at
HOW = {
    "passphrase": "by passphrase",
    "directory": "by the password of the directory",
    "passkey": "by passkey",
    "sso": "by single sign-on",
    "copy": "as a true copy",
    "demonstration": "in a demonstration",
}


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature as the page shows it. `waits`: it is not there yet, and `name` is who may give it."""

    name: str
    meaning: str
    role: str
    revision: int
    minute: str = ""
    how: str = ""
    qualified: str = ""
    remark: str = ""
    waits: bool = False


class Signatures:
    """The signatures on one record at a moment."""

    def __init__(self, moment: Moment, history: History, people: People) -> None:
        self._moment, self._history, self._people = moment, history, people
        self._known: dict[str, Dossier] = {}

    def in_force(self) -> list[Signature]:
        """Return the signatures that carry what is effective."""
        found = list(self._history.approvals_in_force())
        cards = queries.values_of(approval.card for _, approval in found)
        return [self._given(revision, approval, cards) for revision, approval in found]

    def in_brief(self, cards: dict[str, dict[str, str]] | None = None) -> list[str]:
        """Return the signatures that carry what is effective, one line each: name, meaning, minute (11.50(b)).

        `cards` are the name cards by digest, where they were read for many records at once.
        """
        found = list(self._history.approvals_in_force())
        cards = queries.values_of(approval.card for _, approval in found) if cards is None else cards
        return [
            f"{cards.get(one.card, {}).get('name', NAMELESS)}, {one.meaning}, {self._moment.minute_of(one.at)}"
            for _, one in found
        ]

    def awaited(self) -> list[Signature]:
        """Return those of the submitted head: given ones first, then who is waited for."""
        head = self._history.head
        if self._history.head_state is not Head.SUBMITTED or head.slots is None:
            return []
        cards = queries.values_of(approval.card for approval in head.approvals)
        given = [self._given(head, approval, cards) for approval in head.approvals]
        return [*given, *self._waits(head, head.slots)]

    def _waits(self, head: Revision, slots: tuple[Slot, ...]) -> Iterator[Signature]:
        for number in head.open_slots:
            slot = slots[number]
            owner = self._people.owner(slot.person or str(slot.roles[0]))
            remark = "no author of it" if slot.apart else ""
            yield Signature(owner.words, str(slot.meaning), _role(slot), head.number, remark=remark, waits=True)

    def _given(self, revision: Revision, approval: Approval, cards: dict[str, dict[str, str]]) -> Signature:
        slot = (revision.slots or ())[approval.slot]
        remarks = []
        if approval.set > 1:
            remarks.append(f"one of a set of {approval.set}, {'opened' if approval.opened else 'not opened'}")
        if approval.stands_in:
            remarks.append(f"stands in for the only holder, as {approval.stands_in}")
        return Signature(
            cards.get(approval.card, {}).get("name", NAMELESS),
            str(approval.meaning),
            _role(slot),
            revision.number,
            self._moment.minute_of(approval.at),
            HOW.get(approval.how, approval.how),
            self._qualified(approval, slot.roles),
            "; ".join(remarks),
        )

    def _qualified(self, approval: Approval, roles: tuple[SystemRole, ...]) -> str:
        """Return whether the signer was qualified for the role on that day, as far as the records tell."""
        if not roles:
            return ""
        day = date.fromisoformat(self._moment.day_of(approval.at))
        dossier = self._of(approval.by)
        held = {
            str(one.content.role)
            for one in dossier.all(Appointment)
            if one.content.person == approval.by or one.content.deputy == approval.by
        }
        needs = [one.content for one in dossier.all(Role) if one.id in held and set(one.content.acts_as) & set(roles)]
        if not needs:
            return "not known whether qualified"
        shown = [one.content for one in dossier.all(Qualification)]
        most = moments.policy_of(dossier, self._moment_now()).number(MONTHS)
        if any(qualified(approval.by, role, day, shown, most) for role in needs):
            return "qualified" if any(role.skill_needs for role in needs) else "no skill is asked for"
        return "not shown to be qualified"

    def _moment_now(self) -> datetime:
        return datetime.fromisoformat(self._moment.at)

    def _of(self, person: str) -> Dossier:
        """Return the records that say what a person is appointed to and has shown."""
        if person not in self._known:
            ids = [row for scope in self._scopes() for row in self._ids(scope, person)]
            self._known[person] = then.dossier(self._moment, then.histories(self._moment, ids))
        return self._known[person]

    def _scopes(self) -> list[str | None]:
        product = self._moment.product
        return [None] if product is None else [None, product.id]

    def _ids(self, scope: str | None, person: str) -> list[str]:
        rows = visible.records().filter(product=scope).values_list("pk", flat=True)
        own = rows.filter(kind__in=["Appointment", "Qualification"], who=person)[:MOST]
        return [*own, *rows.filter(kind__in=["Role", "Policy"])[:MOST]]


def _role(slot: Slot) -> str:
    return " or ".join(slot.roles) if slot.roles else "its author"
