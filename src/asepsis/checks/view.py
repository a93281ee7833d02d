"""What a check sees: dossier, facts, policy, the release looked at and the day; and what it asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast
from zoneinfo import ZoneInfo

from asepsis.record.dossier import Dossier, Item, Link, Pending
from asepsis.record.facts import Facts, TakenIn
from asepsis.record.history import History, Revision
from asepsis.record.kind import Kind, Ref
from asepsis.sentences import Named

if TYPE_CHECKING:
    from asepsis.clauses.catalogue import Catalogue
    from asepsis.clauses.policy import InForce
    from asepsis.configuration.records import Release

K = TypeVar("K", bound=Kind)
T = TypeVar("T")


class AbsentFactsError(Exception):
    """Facts that a check needs are not there, are stale or cannot be read: the runner makes this an unknown.

    `kind` and `subject` say which; `why` is `absent`, `stale` or `unreadable`.
    """

    def __init__(self, kind: str, subject: str, why: str = "absent") -> None:
        super().__init__(f"{kind} of {subject}: {why}")
        self.kind, self.subject, self.why = kind, subject, why


@dataclass(frozen=True, slots=True)
class Product:
    """The product itself, or the organisation, as what a gap can be about."""

    id: str
    label: str


class Reads:
    """A dossier that remembers which kinds it was asked for; `*` where a record was asked for that is not there.

    Whether a link holds, and what became of a record, depends on that record: so its kind counts as asked for.
    """

    def __init__(self, dossier: Dossier, kinds: set[str]) -> None:
        self._dossier, self._kinds = dossier, kinds

    @property
    def product(self) -> str | None:
        """Return the id of the product; `None` for the organisation's own dossier."""
        return self._dossier.product

    @property
    def position(self) -> int:
        """Return the position of the ledger that this is the state of."""
        return self._dossier.position

    @property
    def hidden(self) -> frozenset[str]:
        """Return the names of the kinds of which something is withheld, left out or erased."""
        return self._dossier.hidden

    @property
    def kinds(self) -> frozenset[type[Kind]]:
        """Return the kinds of which something is effective."""
        self._kinds.add("*")
        return self._dossier.kinds

    def get(self, ref: Ref[K] | str | None) -> Item[K] | None:
        """Return the record that `ref` names; `None` where it is not effective, is retired or is not there."""
        if ref is not None:
            self._kinds.add(self._dossier.kind_of(ref) or "*")
        item: Item[K] | None = self._dossier.get(ref)
        return item

    def all(self, kind: type[K]) -> tuple[Item[K], ...]:
        """Return the effective records of `kind`, in the order of their labels."""
        self._kinds.add(kind.__name__)
        return self._dossier.all(kind)

    def single(self, kind: type[K]) -> Item[K] | None:
        """Return the one record of a single kind that is in force."""
        self._kinds.add(kind.__name__)
        return self._dossier.single(kind)

    def items(self) -> Iterator[Item[Any]]:
        """Yield every effective record."""
        self._kinds.add("*")
        return self._dossier.items()

    def retired(self, kind: type[K]) -> tuple[Item[K], ...]:
        """Return the records of `kind` that were retired."""
        self._kinds.add(kind.__name__)
        return self._dossier.retired(kind)

    def back(self, target: Item[Any] | str, kind: type[K]) -> tuple[Item[K], ...]:
        """Return the effective records of `kind` that refer to `target`."""
        self._kinds.add(kind.__name__)
        return self._dossier.back(target, kind)

    def pending(self, kind: type[Kind]) -> tuple[Pending, ...]:
        """Return the newest revisions of `kind` that are not effective."""
        self._kinds.add(kind.__name__)
        return self._dossier.pending(kind)

    def with_heads(self, kind: type[K]) -> tuple[Item[K], ...]:
        """Return the effective records of a kind that warns, and each newest revision that counts before it is signed.

        A record may stand twice: as it is in force, and as it is being rewritten.
        """
        self._kinds.add(kind.__name__)
        heads = (one for one in self._dossier.warning_heads(kind) if isinstance(one, Item))
        return (*self._dossier.all(kind), *heads)

    def warning_heads(self, kind: type[K]) -> Iterator[Item[K] | Pending]:
        """Yield each newest revision of `kind` that counts before it is effective (`Dossier.warning_heads`)."""
        self._kinds.add(kind.__name__)
        return self._dossier.warning_heads(kind)

    def submitted(self, kind: type[K]) -> Iterator[Item[K]]:
        """Yield each newest revision of `kind` that waits for signatures."""
        self._kinds.add(kind.__name__)
        return self._dossier.submitted(kind)

    def broken_links(self, item: Item[Any]) -> tuple[Link, ...]:
        """Return the references of `item` that it rests on and whose target is not in force."""
        self._rests_on_targets(item)
        return self._dossier.broken(item)

    def links(self, item: Item[Any]) -> tuple[Link, ...]:
        """Return the references of `item`, each with whether it is broken or suspect."""
        self._rests_on_targets(item)
        return tuple(self._dossier.links(item))

    def sound(self, item: Item[Any], target: Item[Any] | str) -> bool:
        """Return whether `item` refers to `target` by a link that is neither broken nor suspect."""
        self._rests_on_targets(item)
        return self._dossier.sound(item, target if isinstance(target, str) else target.id)

    def suspect(self, item: Item[Any], field: str | None = None) -> bool:
        """Return whether a link of `item` (in `field`, if named) is suspect."""
        self._rests_on_targets(item)
        return any(link.suspect and field in (None, link.field) for link in self._dossier.links(item))

    def broken(self, item: Item[Any], field: str | None = None) -> bool:
        """Return whether a link of `item` (in `field`, if named) is broken."""
        self._rests_on_targets(item)
        return any(link.broken and field in (None, link.field) for link in self._dossier.links(item))

    def history(self, item: Item[Any] | str) -> History:
        """Return the chain of a record."""
        self._kinds.add(self._dossier.kind_of(item if isinstance(item, str) else item.id) or "*")
        return self._dossier.history(item)

    def versions(self, item: Item[K]) -> Iterator[tuple[Revision, K | None]]:
        """Yield each revision of a record that became effective, oldest first, with its content (`None`: not here)."""
        self._kinds.add(item.kind.__name__)
        return self._dossier.versions(item)

    def label(self, record: str) -> str | None:
        """Return how a record is called, whatever its state."""
        self._kinds.add(self._dossier.kind_of(record) or "*")
        return self._dossier.label(record)

    def labelled(self, label: str) -> str | None:
        """Return the id of the record that is called `label`."""
        record = self._dossier.labelled(label)
        self._kinds.add((record and self._dossier.kind_of(record)) or "*")
        return record

    def _rests_on_targets(self, item: Item[Any]) -> None:
        self._kinds |= self._dossier.kinds_below(item)


class View:
    """Dossier, facts, policy, the release looked at, now and its day in the organisation's time zone.

    `reads` holds the names of the kinds and facts that were asked for, and which of `release`, `policy`, `now`, `today`
    and `files`: the check runs again only when one of them was touched or is another.
    """

    def __init__(
        self,
        dossier: Dossier,
        facts: Facts,
        policy: InForce,
        catalogue: Catalogue,
        *,
        product: Named,
        release: Item[Release] | None,
        now: datetime,
        zone: ZoneInfo,
        stored: frozenset[str] | None = None,
        shared: dict[str, tuple[Any, frozenset[str]]] | None = None,
    ) -> None:
        self.reads: set[str] = set()
        self._shared = {} if shared is None else shared
        self.dossier = Reads(dossier, self.reads)
        self.catalogue = catalogue
        self.product = product
        self.zone = zone
        self._policy = policy
        self._release = release
        self._now = now
        self._facts = facts
        self._stored = stored

    @property
    def release(self) -> Item[Release] | None:
        """Return the release looked at."""
        self.reads.add("release")
        return self._release

    @property
    def policy(self) -> InForce:
        """Return the policy in force."""
        self.reads.add("policy")
        return self._policy

    @property
    def now(self) -> datetime:
        """Return the instant that counts as now."""
        self.reads.add("now")
        return self._now

    @property
    def today(self) -> date:
        """Return the day of `now` in the organisation's time zone."""
        self.reads.add("today")
        return self._today

    @cached_property
    def _today(self) -> date:
        return self._now.astimezone(self.zone).date()

    def once(self, what: str, make: Callable[[View], T]) -> T:
        """Return what `make` gives, worked out once for all checks of an assessment; what it read counts for each."""
        if what not in self._shared:
            before = set(self.reads)
            self.reads.clear()
            try:
                self._shared[what] = make(self), frozenset(self.reads)
            finally:
                self.reads |= before
        made, reads = self._shared[what]
        self.reads |= reads
        return cast("T", made)

    def day(self, instant: str | datetime) -> date:
        """Return the day on which an instant falls in the organisation's time zone."""
        at = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        return at.astimezone(self.zone).date()

    def taken_in(self, kind: str, subject: str) -> TakenIn | None:
        """Return which document of facts is in force, without reading it."""
        self.reads.add(kind)
        return self._facts.get(kind, subject)

    def facts_of(self, kind: str) -> tuple[TakenIn, ...]:
        """Return every document of one kind of facts that is in force."""
        self.reads.add(kind)
        return self._facts.of(kind)

    def fact(self, kind: str, subject: str) -> Any:
        """Return the fact document of `kind` for `subject`, as its shape. Raises `AbsentFactsError`."""
        taken = self.taken_in(kind, subject)
        if taken is None:
            raise AbsentFactsError(kind, subject)
        return self.document(taken)

    def document(self, taken: TakenIn) -> Any:
        """Return the document that was taken in. Raises `AbsentFactsError` where its bytes are gone."""
        document = self._facts.document(taken)
        if document is None:
            raise AbsentFactsError(taken.kind, taken.subject, "unreadable")
        return document

    def stored(self, digest: str) -> bool:
        """Return whether the bytes of a file are kept here."""
        self.reads.add("files")
        return self._stored is None or digest in self._stored
