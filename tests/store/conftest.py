"""A small ledger, made once and copied for each test; a cast with roles; a clock, ids and salts that are always the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from asepsis import processes
from asepsis.configuration.records import Supplier
from asepsis.quality.records import Appointment, ImprovementAction, Role
from asepsis.record.kind import Kind
from asepsis.record.slots import Meaning, SystemRole
from asepsis.settings import MACHINE
from asepsis.store import acts, queries
from asepsis.store.acts import Hand
from asepsis.store.changes import Actor, Approve, Receipt, Signed
from asepsis.store.rows import select
from tests.kinds import smallest
from tests.store import engine

processes.load()

BEGIN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
SEED = bytes(range(32))
TABLES = (
    "entry",
    "content",
    "storedfile",
    "checkpoint",
    "ledger",
    "product",
    "person",
    "record",
    "link",
    "holding",
    "facttaken",
    "baseline",
    "words",
)
ROLES = {
    "quality": SystemRole.QUALITY,
    "tess": SystemRole.TESTER,
    "sam": SystemRole.SECURITY,
    "sue": SystemRole.SECURITY,
    "dev": SystemRole.DEVELOPER,
    "rita": SystemRole.RELEASE_MANAGER,
    "regina": SystemRole.REGULATORY,
}


@dataclass
class Chance:
    """Ids and salts out of a counter: the same in each run, none twice."""

    name: str = "prepared"
    drawn: int = 0

    def _next(self) -> bytes:
        self.drawn += 1
        return hashlib.sha256(f"{self.name} {self.drawn}".encode()).digest()

    def id(self) -> str:
        return self._next().hex()[:32]

    def salt(self) -> bytes:
        return self._next()[:16]


@dataclass
class Clock:
    """A clock that goes on by a minute each time somebody looks."""

    now: datetime = BEGIN

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@dataclass
class Store:
    """A store of one's own in `home`, and everybody in it by name. `otto` is admitted and holds no role."""

    home: Path
    people: dict[str, str] = field(default_factory=dict)
    product: str = ""
    other: str = ""
    clock: Clock = field(default_factory=Clock)
    chance: Chance = field(default_factory=Chance)

    @property
    def file(self) -> Path:
        return self.home / "asepsis.sqlite3"

    def hand(self, name: str) -> Hand:
        return Hand(Actor(self.people[name]), self.clock, self.chance.salt, self.chance.id)

    def create(self, who: str, kind: type[Kind], *, product: str | None = None, **fields: Any) -> str:
        record, _ = acts.create(self.hand(who), kind, smallest(kind, **fields), product)
        return record

    def sign(
        self, who: str, record: str, meaning: Meaning = Meaning.APPROVED, slot: int | None = None, **more: Any
    ) -> Receipt:
        head = queries.row(record).head_name
        return self.hand(who).commit([Approve(record, head, meaning, Signed("passphrase", **more), slot)])

    def effective(self, who: str, kind: type[Kind], *signers: tuple[str, Meaning], **fields: Any) -> str:
        record = self.create(who, kind, **fields)
        acts.submit(self.hand(who), [record])
        for name, meaning in signers:
            self.sign(name, record, meaning)
        return record

    def action(self, *because: str, product: str | None = None, **fields: Any) -> str:
        """Return an effective improvement action: it rests on what it came from, and has progress to report."""
        return self.effective(
            "dev",
            ImprovementAction,
            ("quality", Meaning.APPROVED),
            product=product,
            because=list(because),
            due="2026-09-01",
            **fields,
        )

    def revise(self, who: str, record: str, **fields: Any) -> Receipt:
        value = {**(queries.head_value(queries.row(record)) or {}), **fields}
        return acts.revise(self.hand(who), record, value)

    def holds(self, name: str, role: SystemRole, *, deputy: str | None = None, product: str | None = None) -> str:
        """Give a person a role, from today on."""
        role_record = self.effective("ada", Role, ("ada", Meaning.APPROVED), title=role.value, acts_as=[role])
        return self.effective(
            "ada",
            Appointment,
            ("ada", Meaning.APPROVED),
            product=product,
            title=f"{name} as {role}",
            role=role_record,
            person=self.people[name],
            since="2026-01-05",
            deputy=self.people[deputy] if deputy else None,
        )

    def admit(self, name: str) -> str:
        self.people[name] = acts.admit(self.hand("ada"), name.capitalize(), "passport seen")
        return self.people[name]

    def spoil(self, *statements: engine.Statement) -> None:
        """Change what is kept behind the program's back, as whoever holds the machine can: without the triggers."""
        engine.spoil(self.home, statements)


def tables() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, sorted, without the numbers that the database gives to links and holdings."""
    found = {}
    for table in TABLES:
        rows = select(f"SELECT * FROM store_{table}")
        numbered = table in ("link", "holding")
        found[table] = sorted((row[1:] if numbered else row for row in rows), key=repr)
    return found


@contextmanager
def refused(error: type[Exception], match: str | None = None) -> Iterator[None]:
    """Hold that what follows is refused, and that nothing at all was saved."""
    before = tables()
    with pytest.raises(error, match=match):
        yield
    assert tables() == before


@contextmanager
def opened(home: Path, blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let Django use the store in `home`, and nothing else."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = engine.name_of(home)
    machine = MACHINE.model_copy(update={"home": home})
    with blocker.unblock(), override_settings(MACHINE=machine):
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = before


def copied(store: Store, home: Path) -> Store:
    engine.copy(store.home, home)
    return Store(home, dict(store.people), store.product, store.other, Clock(store.clock.now), Chance("test"))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Path:
    """A store with tables and nothing in them."""
    home = tmp_path_factory.mktemp("migrated")
    with opened(home, django_db_blocker):
        call_command("migrate", verbosity=0)
    return home


@pytest.fixture(scope="session")
def prepared(migrated: Path, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Store:
    """A ledger with a cast, each with a role, and two products."""
    store = copied(Store(migrated, chance=Chance("prepared")), tmp_path_factory.mktemp("prepared"))
    store.chance = Chance("prepared")
    with opened(store.home, django_db_blocker):
        store.people["ada"], _ = acts.found_ledger(
            store.home,
            acts.First("Ada"),
            time_zone="Europe/Zurich",
            clock=store.clock,
            salt=store.chance.salt,
            ids=store.chance.id,
            key_seed=SEED,
        )
        store.admit("otto")
        for name, role in ROLES.items():
            store.admit(name)
            store.holds(name, role)
        store.product = acts.found_product(store.hand("ada"), "GW", "Gateway")
        store.other = acts.found_product(store.hand("ada"), "PX", "Pump")
    return store


@pytest.fixture
def store(prepared: Store, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Store]:
    """A copy of the prepared ledger that a test may do with what it likes."""
    own = copied(prepared, tmp_path)
    with opened(tmp_path, django_db_blocker):
        yield own
    engine.drop(tmp_path)


@pytest.fixture
def empty(migrated: Path, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Path]:
    """The home of a store in which nothing was founded."""
    engine.copy(migrated, tmp_path)
    with opened(tmp_path, django_db_blocker):
        yield tmp_path
    engine.drop(tmp_path)


@pytest.fixture
def supplier(store: Store) -> str:
    """An effective record that others can rest on."""
    return store.effective("dev", Supplier, ("quality", Meaning.REVIEWED))
