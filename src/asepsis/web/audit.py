"""The audit room: ten records drawn at random so that anybody can draw them again, each with its whole chain."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from asepsis.conformance import trace as traces
from asepsis.readers import visible
from asepsis.readers.reach import reached
from asepsis.record.dossier import Item, label_key
from asepsis.record.kind import KINDS
from asepsis.record.slots import SystemRole
from asepsis.store import checkpoints, queries
from asepsis.store.models import Holding, Record
from asepsis.web import remarks, then
from asepsis.web.moment import Moment, of_product
from asepsis.web.page import Frame, framed, page, shown
from asepsis.web.signatures import Signatures
from asepsis.web.trace import COLUMN, Found, gaps_of
from asepsis.web.words import Words

DRAWN = 10
TRIES = 400  # numbers that are drawn at most, for some lead to nothing
SEED = re.compile(r"[0-9a-f]{16}")
KIND = "Requirement"
THROUGH = (
    *COLUMN,
    "SystemModel",
)  # kinds that a chain is followed through: an element is of its model, that of a context


@dataclass(frozen=True, slots=True)
class Asked:
    """A draw: which kind, with which seed, out of the numbers from 1 to `of`; and which record is walked."""

    kind: str
    seed: str
    of: int
    walk: str = ""

    def numbers(self) -> Iterator[int]:
        """Yield numbers from 1 to `of` at random, none twice: the same for the same seed.

        The nth is the SHA-256 of `seed:n`, taken as a number, modulo `of`, plus 1; so it can be drawn again with anything.
        """
        seen = set()
        for nth in range(TRIES if self.of else 0):
            number = int.from_bytes(sha256(f"{self.seed}:{nth}".encode()).digest()) % self.of + 1
            if number not in seen:
                seen.add(number)
                yield number

    def address(self, **other: str) -> str:
        """Return the words of the address of this draw, but for `other`."""
        words = {"kind": self.kind, "seed": self.seed, "of": str(self.of), "walk": self.walk} | other
        return "?" + urlencode({name: word for name, word in words.items() if word})


@dataclass(frozen=True, slots=True)
class Drawn:
    """One record of the sample: with what was found about it, and whether it is the one that is walked."""

    row: Record
    gaps: tuple[Found, ...]
    here: bool


@dataclass(frozen=True, slots=True)
class Link:
    """One record of a chain: in which column, who signed it, and what was found about it."""

    column: str
    item: Item[Any]
    row: Record
    signed: list[str]
    gaps: tuple[Found, ...]
    picked: bool


@page
def audit(request: HttpRequest, code: str, position: int | None = None) -> HttpResponse:
    """Give a sample with the chain of one of its records; without a seed, draw one and go to its address."""
    moment = of_product(code, position)
    asked = _asked(moment, request)
    if asked is None:
        kind = request.GET.get("kind", KIND) if request.GET.get("kind") in COLUMN else KIND
        drawn = Asked(kind, secrets.token_hex(8), newest(moment, kind))
        if drawn.of:
            return HttpResponseRedirect(moment.to(f"audit{drawn.address()}"))
        asked = drawn
    verdicts, words = framed(moment, "audit").verdicts, Words(moment)
    rows = sample(moment, asked)
    walked = next((row for row in rows if row.label == asked.walk), rows[0] if rows else None)
    chain = list(chain_of(moment, walked, words, verdicts)) if walked else []
    gaps = gaps_of(verdicts, frozenset(row.id for row in rows))
    frame: Frame = framed(moment, "audit", verdicts=verdicts)
    return shown(
        request,
        "audit",
        frame,
        words,
        asked=asked,
        sample=[Drawn(row, _told(gaps.get(row.id, ()), words), row is walked) for row in rows],
        addresses={row.label: asked.address(walk=row.label) for row in rows},
        walked=walked,
        chain=chain,
        again=f"?kind={asked.kind}",
        kinds=[kind for _, kinds in traces.CHAIN for kind in kinds if kind in KINDS],
        checkpoint=checkpoints.newest(),
        ends=ends(moment, frame),
        remarks=remarks.told(moment),
        sorts=[str(one) for one in remarks.Sort],
    )


def _asked(moment: Moment, request: HttpRequest) -> Asked | None:
    """Return the draw that an address tells; `None` where it tells none that makes sense."""
    kind, seed, of = (request.GET.get(name, "") for name in ("kind", "seed", "of"))
    if kind not in COLUMN or not SEED.fullmatch(seed) or not of.isdecimal() or not 0 < len(of) < 10 or not int(of):
        return None
    return Asked(kind, seed, int(of), request.GET.get("walk", "")[:40])


def newest(moment: Moment, kind: str) -> int:
    """Return the highest number of a kind that there was at the moment: the next one is not in the draw."""
    product = moment.product.id if moment.product else None
    rows = visible.records().filter(product=product, kind=kind, number__isnull=False).order_by("-number")
    if not moment.past:
        return int(rows.values_list("number", flat=True).first() or 0)
    for row in rows[:TRIES]:
        if then.histories(moment, [row.id]):
            return int(row.number or 0)
    return 0


def sample(moment: Moment, asked: Asked) -> list[Record]:
    """Return the records of a draw in the order in which they were drawn; numbers that lead to nothing are passed over."""
    product = moment.product.id if moment.product else None
    numbers = list(asked.numbers())
    rows = visible.records().filter(product=product, kind=asked.kind, number__in=numbers)
    by_number = {row.number: row for row in rows}
    there = then.histories(moment, [row.id for row in by_number.values()])
    found = [by_number[one] for one in numbers if one in by_number and by_number[one].id in there]
    return found[:DRAWN]


def chain_of(moment: Moment, row: Record, words: Words, verdicts: Any) -> Iterator[Link]:
    """Yield what a record rests on and what hangs on it, in the order of the life cycle, with who signed each."""
    around = dict.fromkeys([row.id, *reached(row.id, down=True, only=THROUGH)])
    around |= dict.fromkeys(reached(row.id, down=False, only=THROUGH))
    chains = then.histories(moment, around)
    dossier, rows = then.dossier(moment, chains), visible.by_id(chains)
    gaps = gaps_of(verdicts, frozenset(chains))
    words.know(chains)
    cards = queries.values_of(one.card for chain in chains.values() for _, one in chain.approvals_in_force())
    items = [one for one in dossier.items() if one.kind.__name__ in COLUMN and one.id in rows]
    for item in sorted(items, key=lambda one: (COLUMN[one.kind.__name__], label_key(one.label))):
        column = traces.CHAIN[COLUMN[item.kind.__name__]][0]
        signed = Signatures(moment, chains[item.id], words.people).in_brief(cards)
        yield Link(column, item, rows[item.id], signed, _told(gaps.get(item.id, ()), words), item.id == row.id)


def _told(found: Iterable[Found], words: Words) -> tuple[Found, ...]:
    return tuple(one for one in found if not words.hidden(one.note))


def ends(moment: Moment, frame: Frame) -> str | None:
    """Return the last day on which the reader, who audits, may read here; `None` where no day is set or they work too."""
    reader = frame.viewer
    if reader.works or SystemRole.AUDITOR not in reader.roles:
        return None
    held = Holding.objects.filter(person=reader.person, role=str(SystemRole.AUDITOR))
    days = list(held.values_list("until", flat=True)[:20])
    return None if None in days else max((one for one in days if one), default=None)
