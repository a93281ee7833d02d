"""Bring an existing product in from spreadsheets to its first board, and count: `python -m benchmarks.bring_in`.

Two workbooks and a folder of signed files are written as a maker might have them: who does what; the life cycle with 300
requirements, 150 risks, the threats, controls, assets and elements that these rest on, and their links; 20 procedures that
were signed elsewhere. They are read, matched by their headings, brought in and signed through the acts that the pages
call; then the board is made.

Counted are *forms*, records that a person fills in by hand, *tables*, and *signing acts*: one person signs a set at once.
The founding, the product and the admission of people are acts of the command line and listed apart.
"""

from __future__ import annotations

import io
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.generated import START, Clock, use_home

MOST_ACTS, MOST_SECONDS = 10, 2.0
REQUIREMENTS, RISKS, CONTROLS, ASSETS, ELEMENTS, PROCEDURES = 300, 150, 100, 40, 25, 20
PEOPLE = {
    "Anna Lind": "quality", "Rosa Keller": "regulatory", "Jonas Weber": "security", "Mei Tanaka": "architect",
    "Imke Brandt": "clinical", "Sven Holm": "safety", "Nadia Kovac": "developer", "Tomas Reyes": "tester",
}  # fmt: skip
MANAGEMENT, WRITER = "Ada Moser", "Nadia Kovac"
COLUMNS = {"former_id": "ID", "statement": "Requirement", "criterion": "Acceptance criterion"}  # as people call them


@dataclass
class Walk:
    """What people did, and how long the program took for it."""

    people: dict[str, str] = field(default_factory=dict)
    product: str = ""
    clock: Clock = field(default_factory=lambda: Clock(timedelta(seconds=1)))
    beforehand: int = 0
    forms: int = 0
    tables: list[str] = field(default_factory=list)
    acts: list[tuple[str, int, float]] = field(default_factory=list)  # who, how many signatures, seconds
    seconds: list[tuple[str, float]] = field(default_factory=list)

    def timed(self, what: str, do: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        found = do()
        self.seconds.append((what, time.perf_counter() - start))
        return found

    def hand(self, name: str) -> Any:
        from asepsis.store.acts import Hand
        from asepsis.store.changes import Actor

        return Hand(Actor(self.people[name]), self.clock)


# --- what a maker has -------------------------------------------------------------------------------------------------


def row(kind: str, former: str, **said: Any) -> dict[str, str]:
    """Return a row of a kind by its places: what every field needs, and what is said."""
    from asepsis.exchange.tables.places import texts_of
    from asepsis.record.kind import KINDS
    from tests.kinds import smallest

    value = smallest(KINDS[kind], former_id=former, **said)
    return texts_of(KINDS[kind], value, lambda identity: identity)


def sheets_of_the_life_cycle() -> dict[str, list[dict[str, str]]]:
    """Return the rows of each sheet; each refers to others by what they are called there."""
    found: dict[str, list[dict[str, str]]] = {}

    def add(kind: str, former: str, links: Mapping[str, str], **said: Any) -> None:
        texts = {**row(kind, former, **said), **links}
        found.setdefault(f"{kind}s", []).append(texts)

    add("ProductProfile", "P", {}, title="Bedside gateway")
    add("SecurityContext", "CTX", {"profile": "P"}, title="A ward's network")
    add("SystemModel", "MOD", {"context": "CTX"}, title="The gateway as it is")
    for n in range(ASSETS):
        add("Asset", f"AS-{n}", {}, title=f"Asset {n}")
    for n in range(ELEMENTS):
        add("Element", f"EL-{n}", {"model": "MOD", "assets": f"AS-{n % ASSETS}"}, title=f"Element {n}")
    for n in range(RISKS):
        links = {"element": f"EL-{n % ELEMENTS}", "because": f"AS-{n % ASSETS}", "harm": ""}
        add("Threat", f"TH-{n}", links, title=f"Threat {n}")
    for n in range(CONTROLS):
        add("Control", f"CO-{n}", {"mitigates": f"TH-{n % RISKS}; TH-{(n * 7) % RISKS}"}, title=f"Control {n}")
    for n in range(RISKS):
        links = {
            "threats": f"TH-{n}",
            "vulnerabilities": "",
            "controls": f"CO-{n % CONTROLS}",
            "owner": WRITER,
            "brought_by": "",
        }
        add("Risk", f"RI-{n}", links, title=f"Risk {n}")
    for n in range(REQUIREMENTS):
        links = {"because": f"CO-{n % CONTROLS}\nTH-{n % RISKS}"}
        add("Requirement", f"R-{n}", links, title=f"Requirement {n}", statement=f"The gateway does thing {n}.")
    return found


def sheets_of_people() -> dict[str, list[dict[str, str]]]:
    """Return who does what."""
    roles = [{"title": role.capitalize(), "acts_as": role} for role in PEOPLE.values()]
    appointed = [
        {"title": f"{name}, {role}", "role": role.capitalize(), "person": name, "since": "2026-01-05"}
        for name, role in PEOPLE.items()
    ]
    return {"Roles": roles, "Appointments": appointed}


def signed_elsewhere() -> tuple[dict[str, list[dict[str, str]]], dict[str, bytes]]:
    """Return procedures that were signed elsewhere, and their files."""
    files = {f"PR-{n}.pdf": b"%%PDF-1.7 procedure %d" % n for n in range(PROCEDURES)}
    rows = []
    for n, name in enumerate(files):
        texts = row("Procedure", f"PR-{n}", title=f"Procedure {n}")
        texts = {at: text for at, text in texts.items() if not at.startswith("document.") and at != "owner"}
        rows.append(
            texts
            | {"document.file": name, "document.shows": "the procedure", "taken_over.original.file": name}
            | {"taken_over.original.shows": "the signed copy", "taken_over.on": "2021-05-06"}
            | {"taken_over.signatures.role": "head of quality", "taken_over.signatures.meaning": "approved"}
            | {"taken_over.signatures.on": "2021-05-03"}
        )
    return {"Procedures": rows}, files


def workbook(sheets: Mapping[str, Sequence[Mapping[str, str]]]) -> bytes:
    """Return rows as an Excel file, with headings as people write them."""
    from asepsis.exchange.tables import workbook as books

    made = []
    for name, rows in sheets.items():
        places = list(dict.fromkeys(at for one in rows for at in one))
        heads = [COLUMNS.get(at, at.replace("_", " ").replace(".", " ").capitalize()) for at in places]
        made.append((name, [heads, *([one.get(at, "") for at in places] for one in rows)]))
    stream = io.BytesIO()
    books.write(stream, made)
    return stream.getvalue()


# --- the walk ---------------------------------------------------------------------------------------------------------


def bring(
    walk: Walk, who: str, name: str, data: bytes, product: str | None, files: Mapping[str, bytes] | None = None
) -> None:
    """Read a workbook, look what would become of it, take it in with all that is complete submitted."""
    from asepsis.exchange.source import Source
    from asepsis.exchange.tables import formats
    from asepsis.store import bringing, columns

    walk.tables.append(name)
    book = walk.timed(f"{name}: read", lambda: formats.read(Source(name, data)))
    found = columns.of_book(book, product, {})
    asked, given = found.asked, files or {}
    left = [f"{one.sheet.name}: {columns.left_out(one)}" for one in asked if columns.left_out(one)]
    if left or found.unknown:
        raise SystemExit(f"not matched: {left} {[one.name for one in found.unknown]}")
    made = walk.timed(
        f"{name}: look what would become of it",
        lambda: bringing.plan(walk.hand(who), asked, product, submit=True, file=given.get),
    )
    wrong = [one.problems[0].text() for one in made.of(bringing.Becomes.REFUSED)]
    wrong += [f"{one.place} lacks {one.lacks}" for one in made.receipts if one.lacks]
    if wrong:
        raise SystemExit("\n".join(wrong[:20]))
    count = len(made.receipts)
    walk.timed(f"{name}: one commit of {count:,} records, submitted", lambda: bringing.take(walk.hand(who), made))
    columns.keep(asked, product, walk.hand(who))
    again = columns.of_book(book, product, {})
    same = walk.timed(
        f"{name}: the same file again", lambda: bringing.plan(walk.hand(who), again.asked, product, file=given.get)
    )
    assert again.kept
    assert same.counts == {bringing.Becomes.UNCHANGED: count}, same.counts


def sign_all(walk: Walk) -> None:
    """Let each person sign all that waits for them in one act, until nothing waits."""
    from asepsis.record.history import unpack
    from asepsis.store import acts, queries, rights
    from asepsis.store.changes import Signed
    from asepsis.store.models import Record
    from asepsis.store.waiting import own_slots

    for name, person in walk.people.items():
        held = rights.held_by(person, START.date().isoformat())
        wanted = []
        for one in Record.objects.filter(head_state="submitted"):
            for slot in own_slots(unpack(bytes(one.history)), person, held):
                wanted.append(acts.Signature(one.id, one.head_name, slot.meaning, opened=True))
        if wanted:
            start = time.perf_counter()
            acts.sign(walk.hand(name), wanted, Signed("demonstration", queries.ledger().size))
            walk.acts.append((name, len(wanted), time.perf_counter() - start))


def walked(home: Path) -> tuple[Walk, Any]:
    """Walk from an empty home to the first board; return what it took, and the assessment."""
    use_home(home)
    from asepsis.conformance import moments
    from asepsis.store import acts
    from asepsis.store.models import Record

    walk = Walk()
    me, _ = acts.found_ledger(
        home, acts.First(MANAGEMENT), time_zone="Europe/Zurich", clock=walk.clock, origin="demonstration", key_seed=bytes(32)
    )  # fmt: skip
    walk.people[MANAGEMENT] = me
    for name in PEOPLE:
        walk.people[name] = acts.admit(walk.hand(MANAGEMENT), name, "passport seen")
    walk.product = acts.found_product(walk.hand(MANAGEMENT), "GW", "Bedside gateway")
    walk.beforehand = 2 + len(PEOPLE)
    bring(walk, MANAGEMENT, "people.xlsx", workbook(sheets_of_people()), None)
    sign_all(walk)
    bring(walk, WRITER, "life-cycle.xlsx", workbook(sheets_of_the_life_cycle()), walk.product)
    procedures, files = signed_elsewhere()
    bring(walk, WRITER, "procedures.xlsx", workbook(procedures), None, files)
    sign_all(walk)
    waiting = Record.objects.exclude(head_state="effective").count()
    if waiting:
        raise SystemExit(f"{waiting} records are not effective")
    found = walk.timed("the first board", lambda: moments.assess_product(moments.Asked(walk.product), walk.clock()))
    return walk, found


def main() -> None:
    """Print what was counted and measured."""
    with tempfile.TemporaryDirectory(prefix="asepsis-bring-") as folder:
        walk, found = walked(Path(folder) / "home")
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n")
    for what, seconds in walk.seconds:
        print(f"{what:64} {seconds:7.2f} s")
    print(f"\n{'who signs, in one act':40} {'signatures':>10} {'seconds':>8}")
    for who, count, seconds in walk.acts:
        print(f"{who:40} {count:10,} {seconds:8.2f}")
    verdicts = Counter(str(one.verdict) for one in found.obligations)
    print(f"\nfirst board: {', '.join(f'{count} {what}' for what, count in verdicts.most_common())}")
    print(f"acts of the command line beforehand {walk.beforehand}, tables {len(walk.tables)}, forms {walk.forms}")
    print(f"signing acts {len(walk.acts)} (at most {MOST_ACTS})")
    commit = next(seconds for what, seconds in walk.seconds if what.startswith("life-cycle.xlsx: one commit"))
    print(f"one commit of the life cycle {commit:.2f} s (at most {MOST_SECONDS:.0f} s)")
    if len(walk.acts) > MOST_ACTS or commit > MOST_SECONDS:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
