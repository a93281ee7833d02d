"""Ledgers of any size for measuring: effective, linked records of the chain from asset to test case, signed by one hand."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

LINKS = 3
START = datetime(2026, 2, 1, tzinfo=UTC)


def use_home(home: Path) -> None:
    """Let Django use the store in `home`, with its tables made. Call it before anything of the store is imported."""
    home.mkdir(parents=True, exist_ok=True)
    os.environ["ASEPSIS_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "asepsis.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    import asepsis.processes

    asepsis.processes.load()


class Clock:
    """A clock that goes on by `step` each time it is read."""

    def __init__(self, step: timedelta = timedelta(seconds=1)) -> None:
        self.at = START
        self.step = step

    def __call__(self) -> datetime:
        self.at += self.step
        return self.at


def ids() -> Iterator[str]:
    """Yield ids, the same each time."""
    return (sha256(str(number).encode()).hexdigest()[:32] for number in itertools.count())


@dataclass
class Generated:
    """A ledger that is being filled."""

    home: Path
    clock: Clock = field(default_factory=Clock)
    records: dict[str, list[str]] = field(default_factory=dict)

    def found(self) -> None:
        """Found the ledger, with one person who holds every role, and one product."""
        from asepsis.record.slots import Meaning, SystemRole
        from asepsis.store import acts
        from asepsis.store.changes import Actor, Signed

        self.ids = ids()
        me, _ = acts.found_ledger(
            self.home,
            acts.First("One Hand"),
            time_zone="Europe/Zurich",
            clock=self.clock,
            origin="demonstration",
            ids=lambda: next(self.ids),
            key_seed=bytes(32),
        )
        self.me = Actor(me)
        self.hand = acts.Hand(self.me, self.clock, new_id=lambda: next(self.ids))
        self.product = acts.found_product(self.hand, "BEN", "Measured")
        from asepsis.quality.records import Appointment, Role

        roles = {"title": "All", "acts_as": [str(role) for role in SystemRole if role.working]}
        role, _ = acts.create(self.hand, Role, roles, None)
        acts.submit(self.hand, [role])
        acts.approve(self.hand, [role], Meaning.APPROVED, Signed("demonstration"))
        appointment = {"title": "All", "role": role, "person": me, "since": "2025-01-01"}
        appointed, _ = acts.create(self.hand, Appointment, appointment, None)
        acts.submit(self.hand, [appointed])
        acts.approve(self.hand, [appointed], Meaning.APPROVED, Signed("demonstration"))

    def changes(self, count: int) -> Iterator[list[Any]]:
        """Yield, for each of `count` records, the changes that write, submit and sign it."""
        from asepsis.record.kind import KINDS
        from asepsis.record.slots import Meaning
        from asepsis.store.changes import LATEST, Approve, Signed, Submit, Write
        from tests.kinds import smallest

        model = self._model()
        yield from model
        shares = (
            ("Asset", 10),
            ("Element", 15),
            ("Threat", 20),
            ("Control", 15),
            ("Requirement", 20),
            ("TestCase", 20),
        )
        templates = {name: smallest(KINDS[name]) for name, _ in shares}
        for name, share in shares:
            made = self.records.setdefault(name, [])
            for _ in range(count * share // 100):
                record = next(self.ids)
                value = {**templates[name], **self._links(name, len(made)), "title": f"{name} number {len(made) + 1}"}
                slots = KINDS[name].meta.signed
                if callable(slots):
                    slots = slots(_As(value), None)  # type: ignore[arg-type]  # these kinds look at nothing else
                changes: list[Any] = [Write(record, name, value, self.product), Submit(record)]
                changes += [Approve(record, LATEST, Meaning(slot.meaning), Signed("demonstration")) for slot in slots]
                made.append(record)
                yield changes

    def _model(self) -> Iterator[list[Any]]:
        from asepsis.record.kind import KINDS
        from asepsis.record.slots import Meaning
        from asepsis.store.changes import LATEST, Approve, Signed, Submit, Write
        from tests.kinds import smallest

        for name, over in (("TestPlan", {}), ("SystemModel", {"context": None})):
            record = next(self.ids)
            self.records[name] = [record]
            value = {**smallest(KINDS[name]), **over}
            if name == "SystemModel":
                context, profile = next(self.ids), next(self.ids)
                yield [Write(profile, "ProductProfile", smallest(KINDS["ProductProfile"]), self.product)]
                yield [
                    Write(
                        context,
                        "SecurityContext",
                        {**smallest(KINDS["SecurityContext"]), "profile": profile},
                        self.product,
                    )
                ]
                value["context"] = context
            yield [Write(record, name, value, self.product)]
        del LATEST, Approve, Signed, Submit, Meaning

    def _links(self, name: str, number: int) -> dict[str, Any]:
        def some(kind: str) -> list[str]:
            made = self.records[kind]
            return [made[(number * 7 + step * 13) % len(made)] for step in range(min(LINKS, len(made)))]

        match name:
            case "Element":
                return {"model": self.records["SystemModel"][0], "assets": list(dict.fromkeys(some("Asset")))}
            case "Threat":
                return {"element": some("Element")[0], "because": list(dict.fromkeys(some("Asset")[:2])), "harm": None}
            case "Control":
                return {"mitigates": list(dict.fromkeys(some("Threat")))}
            case "Requirement":
                return {"because": list(dict.fromkeys(some("Control"))), "law": None}
            case "TestCase":
                return {"plan": self.records["TestPlan"][0], "verifies": list(dict.fromkeys(some("Requirement")))}
            case _:
                return {}

    def fill(self, count: int, at_once: int = 2_000) -> None:
        """Write `count` records, `at_once` in one commit."""
        from asepsis.store.door import commit

        waiting: list[Any] = []
        for number, changes in enumerate(self.changes(count), start=1):
            waiting += [_clean(change) for change in changes]
            if number % at_once == 0:
                commit(waiting, self.me, self.clock)
                waiting = []
        if waiting:
            commit(waiting, self.me, self.clock)


class _As:
    """A content as far as the slots of a kind look at it."""

    def __init__(self, value: dict[str, Any]) -> None:
        self.__dict__.update(value)


def _clean(change: Any) -> Any:
    from dataclasses import replace

    value = getattr(change, "value", None)
    if isinstance(value, dict):
        return replace(change, value={name: one for name, one in value.items() if one is not None})
    return change
