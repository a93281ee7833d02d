"""Fifty people at once: `python -m benchmarks.fifty [--records N] [--seconds N] [--postgresql]` prints what they met.

A ledger of N records is written with fifty people of six sorts: who reads, who writes and submits, who comments, who signs,
whose program revises, whose program brings bills in. Two server processes and the worker are started as `asepsis serve
--workers 2` starts them, and locust lets all fifty work at once (`benchmarks.crowd`). Locust is installed, from pins, into
a folder of its own, since nothing else needs it.

Afterwards each act that was acknowledged is looked for in the ledger: it stands there once, a revision directly on the one
that its writer saw, and `asepsis ledger verify` finds nothing. Who was too late was told so, which is no error.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from benchmarks.generated import Generated, use_home

ROOT = Path(__file__).parents[1]
WORKERS = 2
SHARED = 12  # records that several people revise: enough for them to meet
PARTS = {  # how many people of each sort there are, and what role they hold
    "reads": (16, "auditor"),
    "writes": (12, "developer"),
    "comments": (6, "tester"),
    "signs": (6, "security"),
    "revises": (7, "developer"),
    "imports": (3, "developer"),
}
CLASSES = {
    "reads": "Reader", "writes": "Writer", "comments": "Commenter", "signs": "Signer", "revises": "Reviser",
    "imports": "Importer",
}  # fmt: skip
PAGES = [
    ("board", "/p/BEN/"), ("acts", "/p/BEN/acts"), ("list", "/p/BEN/list/Threat"), ("list", "/p/BEN/list/Asset?state=draft"),
    ("list by rank", "/p/BEN/list/Threat?sort=rank"), ("record", "/r/BEN-THR-1"), ("record, trace", "/r/BEN-THR-1/trace"),
    ("trace", "/p/BEN/trace"), ("clause", "/p/BEN/clause/7.2"), ("gate", "/p/BEN/gate"), ("find", "/find?q=threat"),
    ("audit room", "/p/BEN/audit?kind=Requirement&seed=0123456789abcdef&of=100"), ("people", "/p/BEN/people"),
    ("ledger", "/ledger"), ("what is due", "/p/BEN/due"), ("what changed", "/p/BEN/since"),
]  # fmt: skip


# --- who works on what ------------------------------------------------------------------------------------------------


def cast(home: Path, records: int, wait: tuple[float, float]) -> dict[str, Any]:
    """Write the ledger, and return who works on it, as `benchmarks.crowd` reads it."""
    use_home(home)
    from asepsis.accounts import passphrase, secret, tokens
    from asepsis.quality.records import Appointment, Role
    from asepsis.record.slots import Meaning
    from asepsis.store import acts
    from asepsis.store.changes import Signed
    from asepsis.store.models import Record

    secret.make(home)
    generated = Generated(home)
    generated.found()
    generated.fill(records)
    hand, now = generated.hand, datetime.now(UTC)

    def signed(kind: Any, value: dict[str, Any]) -> str:
        record, _ = acts.create(hand, kind, value, None)
        acts.submit(hand, [record])
        acts.approve(hand, [record], Meaning.APPROVED, Signed("demonstration"))
        return record

    roles = {role: signed(Role, {"title": role, "acts_as": [role]}) for role in {role for _, role in PARTS.values()}}
    people: dict[str, list[dict[str, str]]] = {}
    for part, (many, role) in PARTS.items():
        for number in range(many):
            person = acts.admit(hand, f"{part.title()} {number + 1}", "at the bench")
            signed(Appointment, {"title": part, "role": roles[role], "person": person, "since": "2026-01-05"})
            words = secrets.token_urlsafe(16)
            account = passphrase.set_passphrase(person, words)
            _, token = tokens.make(person, "bench", list(tokens.Scope), now, days=1)
            told = {"person": person, "user_id": account.user_id, "passphrase": words, "token": token}
            people.setdefault(part, []).append(told)
    shared = list(Record.objects.filter(kind="Asset").order_by("number").values_list("label", flat=True)[:SHARED])
    return {"product": "BEN", "people": people, "shared": shared, "pages": PAGES, "wait": wait}


# --- serving and working ----------------------------------------------------------------------------------------------


@contextmanager
def served(home: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve the ledger with two processes and a worker, and give the address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "asepsis", "serve", "--workers", str(WORKERS), "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=(home / "serve.log").open("wb"))
    try:
        for _ in range(600):
            try:
                with urlopen(f"{address}/health/live", timeout=5) as answer:
                    if answer.status == 200:
                        break
            except OSError:
                time.sleep(0.1)
        yield address, server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def cpu_of(process: int) -> dict[str, float]:
    """Return the seconds of the processor that each process under one has used, by number and name."""
    ticks, found, waiting = os.sysconf("SC_CLK_TCK"), {}, [process]
    while waiting:
        one = waiting.pop()
        try:
            fields = Path(f"/proc/{one}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            waiting += [int(child) for child in Path(f"/proc/{one}/task/{one}/children").read_text("ascii").split()]
        except OSError:
            continue
        found[str(one)] = (int(fields[11]) + int(fields[12])) / ticks
    return found


def locust_in(folder: Path) -> Path:
    """Return locust, installed from its pins into `folder`."""
    program = folder / "bin" / "locust"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        uv, pins = Path(sys.executable).with_name("uv"), ROOT / "requirements" / "bench.txt"
        python = folder / "bin" / "python"
        subprocess.run([uv, "pip", "sync", "-q", "--python", python, "--require-hashes", pins], check=True)
    return program


def work(program: Path, folder: Path, address: str, seconds: int) -> dict[str, Any]:
    """Let the fifty work for some seconds, and return what locust measured."""
    users = [CLASSES[part] for part in PARTS]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ASEPSIS_")},
        "CROWD_CAST": str(folder / "cast.json"), "CROWD_NOTES": str(folder / "notes.jsonl"),
        "CROWD_STATS": str(folder / "stats.json"),
    }  # fmt: skip
    command = [
        program, "-f", ROOT / "benchmarks" / "crowd.py", *users, "--headless", "--only-summary", "--host", address,
        "--users", str(sum(many for many, _ in PARTS.values())), "--spawn-rate", "2", "--run-time", f"{seconds}s",
        "--stop-timeout", "30",
    ]  # fmt: skip
    subprocess.run([str(one) for one in command], env=environment, check=True, capture_output=True)
    return dict(json.loads((folder / "stats.json").read_text(encoding="utf-8")))


# --- what came of it --------------------------------------------------------------------------------------------------


def missing(folder: Path, first: int) -> tuple[Counter[str], list[str]]:
    """Return how many acts of each sort were acknowledged, and what of them does not stand in the ledger as it should.

    `first` is the first entry that the fifty can have made.
    """
    from asepsis.store import queries

    entries = [(name, fields) for _, name, fields in queries.entries(first, 10_000_000)]
    contents = queries.values_of(one["content"] for _, one in entries if "content" in one)
    titles, comments = Counter[str](), Counter[str]()
    chains: dict[str, list[str]] = {}
    named: dict[str, tuple[str, str]] = {}  # by title: which record, which revision
    for name, fields in entries:
        said = contents.get(fields.get("content", ""), {})
        if fields["form"] == "revision":
            titles[said["title"]] += 1
            chains.setdefault(fields["record"], []).append(name)
            named[said["title"]] = (fields["record"], name)
        elif fields["form"] == "comment":
            comments[said["text"]] += 1
    submitted = Counter(one["revision"] for _, one in entries if one["form"] == "submission")
    signed = Counter((one["revision"], one["by"]) for _, one in entries if one["form"] == "approval")
    documents = Counter(one["document"] for _, one in entries if one["form"] == "facts")
    acted, wrong = Counter[str](), list[str]()
    for told in map(json.loads, (folder / "notes.jsonl").read_text(encoding="utf-8").splitlines()):
        acted[told["what"]] += 1
        match told["what"]:
            case "revision":
                found, right = titles[told["mark"]], _follows(told, named, chains)
            case "comment":
                found, right = comments[told["mark"]], True
            case "submission":
                found, right = submitted[told["revision"]], True
            case "approval":
                found, right = signed[told["revision"], told["by"]], True
            case "facts":
                found, right = documents[told["document"]], True
            case _:
                continue
        if found != 1 or not right:
            wrong.append(f"stands {found} times{'' if right else ', on another revision'}: {told}")
    return acted, wrong


def _follows(told: dict[str, str], named: dict[str, tuple[str, str]], chains: dict[str, list[str]]) -> bool:
    """Return whether a revision stands directly on the one that its writer saw: nobody's work lies between them."""
    record, name = named.get(told["mark"], ("", ""))
    chain = chains.get(record, [])
    at = chain.index(name) if name in chain else -1
    before = chain[at - 1] if at > 0 else ""
    return at >= 0 and (before == told["before"] or not before)  # the first of a chain stands on what was there before


@contextmanager
def database(on_postgresql: bool) -> Iterator[str]:
    """Have the ledger kept by SQLite in its home, or by a PostgreSQL server of its own; give its name."""
    if not on_postgresql:
        import sqlite3

        yield f"SQLite {sqlite3.sqlite_version}"
        return
    from tests.store.engine import _folders
    from tests.store.postgresql import serving

    with _folders() as folders, serving(folders) as address:
        import psycopg

        with psycopg.connect(address) as server:
            version = str(server.execute("SHOW server_version").fetchone()[0])  # type: ignore[index]
        os.environ["ASEPSIS_DATABASE"] = address
        yield f"PostgreSQL {version}"


def main() -> None:
    """Print the table, and what is wrong."""
    asks = argparse.ArgumentParser(prog="python -m benchmarks.fifty", description=__doc__)
    asks.add_argument("--records", type=int, default=1_000)
    asks.add_argument("--seconds", type=int, default=120)
    asks.add_argument(
        "--wait", type=float, nargs=2, default=(1.0, 4.0), metavar=("LEAST", "MOST"), help="between two acts"
    )
    asks.add_argument("--postgresql", action="store_true")
    asks.add_argument(
        "--locust", type=Path, default=ROOT / ".venv" / "locust", help="the folder that it is installed in"
    )
    asked = asks.parse_args()
    program = locust_in(asked.locust)
    folder = Path(tempfile.mkdtemp(prefix="asepsis-fifty-"))
    try:
        with database(asked.postgresql) as engine:
            _measured(asked, program, folder, engine)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measured(asked: argparse.Namespace, program: Path, folder: Path, engine: str) -> None:
    home = folder / "home"
    people = cast(home, asked.records, tuple(asked.wait))
    (folder / "cast.json").write_text(json.dumps(people), encoding="utf-8")
    from django.db import connection

    from asepsis.store import queries

    first = queries.ledger().size
    connection.close()
    with served(home) as (address, server):
        began, load = cpu_of(server.pid), os.getloadavg()[0]
        found = work(program, folder, address, asked.seconds)
        ended = cpu_of(server.pid)
    acted, wrong = missing(folder, first)
    connection.close()
    verified = subprocess.run([sys.executable, "-m", "asepsis", "ledger", "verify"], capture_output=True, text=True)
    spent = {one: seconds - began.get(one, 0.0) for one, seconds in ended.items()}
    log = (home / "serve.log").read_text(encoding="utf-8", errors="replace")
    print(
        f"{engine}, {asked.records:,} records, {os.cpu_count()} processors, "
        f"load {load:.1f} before, {os.getloadavg()[0]:.1f} after"
    )
    print(f"{'':26}{'answers':>9}{'errors':>8}{'median ms':>11}{'p95 ms':>9}{'most ms':>9}")
    for line in (*found["lines"], {"name": "all", "most": 0, **found}):
        print(
            f"{line['name']:26}{line['count']:9}{line['failures']:8}{line['median']:11.0f}{line['p95']:9.0f}{line['most']:9.0f}"
        )
    told = ", ".join(f"{many:,} {what}" for what, many in sorted(acted.items()))
    print(f"acknowledged: {told}")
    print(
        f"processor: {sum(spent.values()):.1f} s by process {sorted((round(one, 1) for one in spent.values()), reverse=True)}, "
        f"{sum(spent.values()) / max(1, found['count']) * 1000:.1f} ms for each answer"
    )
    print(f"not in the ledger as acknowledged: {len(wrong)}", *wrong[:20], sep="\n  ")
    print(f"errors: {len(found['errors'])}", *found["errors"][:20], sep="\n  ")
    print(f"ledger verify: {verified.returncode}", *verified.stdout.splitlines()[:3], sep="\n  ")
    print(f"the server's log: {len(log.splitlines())} lines", *log.splitlines()[-12:], sep="\n  ")
    if wrong or found["errors"] or verified.returncode:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
