"""The same generated set for the tools that people use today, and how each checks it: whole process, in its own format.

A peer that is not installed is said to be absent. `ASEPSIS_PEERS` may name the folder of a virtual environment's
programs; without it they are looked for on the path.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

LINKS = 3


@dataclass(frozen=True)
class Peer:
    """One tool: how the set is written for it, and the command that checks or builds it."""

    name: str
    program: str
    write: Callable[[Path, int], None]
    command: Callable[[str, Path], list[str]]
    times: int  # how many times faster we mean to be


def targets(number: int) -> Iterator[int]:
    """Yield the numbers of the items that item `number` links to: up to three, all before it."""
    yield from dict.fromkeys((number * 7 + step * 13) % number for step in range(min(LINKS, number)) if number)


CHAIN = (
    ("AST", 10),
    ("ELM", 15),
    ("THR", 20),
    ("CTL", 15),
    ("REQ", 20),
    ("TST", 20),
)  # as `generated` shares its kinds


def write_doorstop(folder: Path, count: int) -> None:
    """Write a document for each kind of the chain, each linking to the one before, as doorstop's own trees are made."""
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    before: tuple[str, int] | None = None
    for prefix, share in CHAIN:
        place, many = folder / prefix.lower(), count * share // 100
        place.mkdir()
        parent = f"  parent: {before[0]}\n" if before else ""
        (place / ".doorstop.yml").write_text(
            f"settings:\n  digits: 6\n{parent}  prefix: {prefix}\n  sep: ''\nattributes: {{}}\nextensions: {{}}\n",
            encoding="utf-8",
        )
        for number in range(many):
            links = [f"- {before[0]}{one + 1:06}: null\n" for one in _spread(number, before[1])] if before else []
            (place / f"{prefix}{number + 1:06}.yml").write_text(
                f"active: true\nderived: false\nheader: ''\nlevel: 1.{number + 1}\n"
                + (f"links:\n{''.join(links)}" if links else "links: []\n")
                + f"normative: true\nref: ''\nreviewed: null\ntext: |\n  Item number {number + 1} says what is asked.\n",
                encoding="utf-8",
            )
        before = prefix, many


def _spread(number: int, many: int) -> Iterator[int]:
    """Yield up to three of `many` items that an item links to."""
    yield from dict.fromkeys((number * 7 + step * 13) % many for step in range(min(LINKS, many)))


def write_strictdoc(folder: Path, count: int) -> None:
    """Write one document of requirements with their parents."""
    parts = ["[DOCUMENT]\nTITLE: Measured\n"]
    for number in range(count):
        relations = "".join(f"- TYPE: Parent\n  VALUE: R-{one + 1}\n" for one in targets(number))
        parts.append(
            f"\n[REQUIREMENT]\nUID: R-{number + 1}\nTITLE: Item number {number + 1}\n"
            f"STATEMENT: Item number {number + 1} says what is asked.\n"
            + (f"RELATIONS:\n{relations}" if relations else "")
        )
    (folder / "measured.sdoc").write_text("".join(parts), encoding="utf-8")


def write_sphinx_needs(folder: Path, count: int) -> None:
    """Write one page of needs with their links."""
    (folder / "conf.py").write_text(
        'project = "Measured"\nextensions = ["sphinx_needs"]\nneeds_id_regex = "^[A-Z0-9_]+"\n', encoding="utf-8"
    )
    parts = ["Measured\n========\n"]
    for number in range(count):
        links = ", ".join(f"R_{one + 1}" for one in targets(number))
        parts.append(
            f"\n.. req:: Item number {number + 1}\n   :id: R_{number + 1}\n"
            + (f"   :links: {links}\n" if links else "")
            + f"\n   Item number {number + 1} says what is asked.\n"
        )
    (folder / "index.rst").write_text("".join(parts), encoding="utf-8")


PEERS = (
    Peer("doorstop", "doorstop", write_doorstop, lambda program, folder: [program, "-j", str(folder)], 200),
    Peer(
        "sphinx-needs",
        "sphinx-build",
        write_sphinx_needs,
        lambda program, folder: [program, "-q", "-b", "html", str(folder), str(folder / "out")],
        30,
    ),
    Peer(
        "StrictDoc",
        "strictdoc",
        write_strictdoc,
        lambda program, folder: [program, "export", str(folder), "--output-dir", str(folder / "out")],
        200,
    ),
)


def found(peer: Peer) -> str | None:
    """Return where the program of a peer is; `None` where it is not installed."""
    beside = os.environ.get("ASEPSIS_PEERS")
    if beside and (Path(beside) / peer.program).exists():
        return str(Path(beside) / peer.program)
    return shutil.which(peer.program)
