"""A walk of random acts through a store: many people, many records, each act as likely to be refused as to be done."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from asepsis.configuration.records import Supplier
from asepsis.errors import AsepsisError
from asepsis.exchange.facts import Feeds, document_bytes
from asepsis.quality.records import ImprovementAction, Nonconformity, Procedure
from asepsis.record.kind import Kind, kind_named, references
from asepsis.record.slots import Meaning
from asepsis.store import acts, queries
from asepsis.store.changes import Signed, TakeIn
from asepsis.store.rows import select_in
from tests.kinds import smallest
from tests.store.conftest import Store

PEOPLE = ("quality", "quality", "quality", "quality", "dev", "dev", "dev", "ada", "tess", "sam", "rita", "otto")


@dataclass
class Walk:
    """What a walk did: acts that were done, those that were refused, and the dossiers that stood at some positions."""

    store: Store
    chance: random.Random
    records: list[str] = field(default_factory=list)
    done: int = 0
    refused: int = 0
    seen: dict[int, str] = field(default_factory=dict)

    def go(self, steps: int) -> None:
        deeds: list[Callable[[], object]] = [
            self._create, self._create, self._revise, self._revise, self._submit, self._submit, self._submit,
            self._sign, self._sign, self._sign, self._sign, self._reject, self._withdraw, self._retire, self._progress,
            self._look, self._comment, self._facts, self._baseline,
        ]  # fmt: skip
        while self.done < steps:
            try:
                self.chance.choice(deeds)()
                self.done += 1
            except AsepsisError:
                self.refused += 1
            if (self.done + self.refused) % 20 == 0:
                self.seen[queries.ledger().size - 1] = queries.dossier(self.store.product).digest

    def _who(self) -> acts.Hand:
        return self.store.hand(self.chance.choice(PEOPLE))

    def _some(self, *states: str) -> str:
        """Return a record, mostly one whose head is in one of `states`."""
        fit = [str(row[0]) for row in select_in("SELECT id FROM store_record WHERE head_state IN ({})", states)]
        fit = [one for one in sorted(fit) if one in self.records]
        if fit and self.chance.random() < 0.8:
            return self.chance.choice(fit)
        return self.chance.choice(self.records) if self.records else "0" * 32

    def _create(self) -> None:
        kind: type[Kind] = self.chance.choice((Supplier, Procedure, Nonconformity, ImprovementAction))
        product = self.chance.choice((None, self.store.product)) if kind in (Nonconformity, ImprovementAction) else None
        fields: dict[type[Kind], dict[str, Any]] = {
            Supplier: {},
            Procedure: {"review_by": "2027-01-01"},
            Nonconformity: {"about": [self._some()]},
            ImprovementAction: {"because": list(dict.fromkeys((self._some(), self._some())))},
        }
        persons = (self.store.people["sam"],) if self.chance.random() < 0.1 else None
        record, _ = acts.create(self._who(), kind, smallest(kind, **fields[kind]), product, persons=persons)
        self.records.append(record)

    def _revise(self) -> None:
        record = self._some()
        value = queries.head_value(queries.row(record)) or {}
        name = self.chance.choice(("title", "notes", "name", "what"))
        acts.revise(self._who(), record, {**value, name: f"{name} {self.chance.randrange(5)}"})

    def _submit(self) -> None:
        acts.submit(self._who(), dict.fromkeys(self._some("draft") for _ in range(self.chance.randint(1, 2))))

    def _sign(self) -> None:
        record = self._some("submitted")
        waiting = queries.history(record).head
        slots = [(waiting.slots or ())[number] for number in waiting.open_slots] if waiting.slots else []
        meaning = slots[0].meaning if slots else Meaning.APPROVED
        size = queries.ledger().size
        seen = self.chance.choice((None, size, size - 1, size - 5))
        acts.approve(self._who(), [record], meaning, Signed("passphrase", seen, self.chance.random() < 0.5))

    def _reject(self) -> None:
        acts.reject(self._who(), self._some("submitted"), "Not like this.")

    def _withdraw(self) -> None:
        acts.withdraw(self._who(), self._some("draft"), "Never mind.")

    def _retire(self) -> None:
        acts.retire(self._who(), self._some("effective"), "Old.")

    def _progress(self) -> None:
        day = f"2026-01-{self.chance.randint(1, 5):02}"
        acts.report_progress(self._who(), self._some("effective"), {"done_on": day}, "passphrase")

    def _look(self) -> None:
        row = queries.row(self._some("effective"))
        targets = references(kind_named(row.kind), queries.effective_value(row) or {})
        acts.review_links(self._who(), [(row.id, targets[0].target if targets else self._some())])

    def _comment(self) -> None:
        acts.comment(self._who(), self._some(), "Hm.")

    def _facts(self) -> None:
        document = document_bytes(Feeds(f"2026-01-0{self.chance.randint(1, 5)}T00:00:00Z", ()))
        acts.take_in(self._who(), [TakeIn("feeds", "organisation", document, None, "0" * 64, None)])

    def _baseline(self) -> None:
        acts.make_baseline(self._who(), self.chance.choice((None, self.store.product)))
