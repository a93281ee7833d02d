#!/usr/bin/env python3
"""Says whether an Asepsis bundle is whole and unchanged. It needs Python 3.9 or later and nothing else.

    python verify.py [FOLDER or FILE.zip] [--checkpoint FILE]... [--all] [--quiet]

--checkpoint: one that was kept elsewhere; did this ledger come of it?   --all: verify the signature of every checkpoint
docs/format.md of Asepsis tells what each byte means. Ends with 0 if all agrees, 1 if not, 3 if it cannot be told.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import sys
import zipfile

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # Ed25519: RFC 8032, 5.1
D, ROOT = -121665 * pow(121666, P - 2, P) % P, pow(2, (P - 1) // 4, P)
MOST_LINE = 64 << 20

def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P

def times(n, p):
    q = (0, 1, 1, 0)
    while n:
        q, p, n = (add(q, p) if n & 1 else q), add(p, p), n >> 1
    return q

def point(data):
    """Return the point that 32 bytes stand for; None where they stand for none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    x = x if x * x % P == x2 else x * ROOT % P
    if len(data) != 32 or y >= P or x * x % P != x2 or (x == 0 and sign):
        return None
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P

BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))

def same(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0

def verifies(key, message, signature):
    """Return whether an Ed25519 signature fits; a key of small order is not taken."""
    a, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or len(signature) != 64 or s >= L or same(times(8, a), (0, 1, 1, 0)):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return same(times(s, BASE), add(r, times(k, a)))

class Report(dict):
    """What was found, told line by line: what agrees, what is wrong, what could not be checked; and how often."""

    quiet = False

    def __call__(self, mark, line):
        self[mark] = self.get(mark, 0) + 1
        if not self.quiet if mark.islower() else self[mark] <= 50:
            print(f"{mark:<10} {line}")

class Bundle:
    """The files of a bundle, in a folder or a zip; links, and names that climb out, are refused."""

    def __init__(self, path):
        self.path, self.zip = path, None if os.path.isdir(path) else zipfile.ZipFile(path)
        if self.zip:
            names = [one.filename for one in self.zip.infolist()]
        else:
            names = [os.path.relpath(os.path.join(top, one), path).replace(os.sep, "/")
                     for top, folders, files in os.walk(path)
                     for one in files + [link for link in folders if os.path.islink(os.path.join(top, link))]]
        bad = [one for one in names if one.startswith("/") or ".." in one.split("/") or "\\" in one
               or (not self.zip and os.path.islink(os.path.join(path, one)))]
        if bad or len(set(names)) != len(names):
            raise ValueError(f"a bundle must not have these names: {bad[:3] or 'one of them twice'}")
        self.names = set(names)

    def open(self, name):
        return self.zip.open(name) if self.zip else open(os.path.join(self.path, *name.split("/")), "rb")

    def lines(self, name):
        with self.open(name) as file:
            while line := file.readline(MOST_LINE):
                if not line.endswith(b"\n"):
                    raise ValueError(f"{name} has a line without an end, or one that is too long")
                yield line[:-1]

    def check_files(self, manifest, report):
        """Hold each file against the manifest, and those that are called by their digest against their name."""
        listed = {path: (size, digest) for path, size, digest in manifest["files"]}
        for name in sorted(self.names ^ set(listed) ^ {"manifest.json", "manifest.sig"}):
            report("WRONG", f"{name} is " + ("in the manifest and not in the bundle." if name in listed else "not in the manifest."))
        for name in sorted(self.names & set(listed)):
            found, count = hashlib.sha256(), 0
            with self.open(name) as file:
                while part := file.read(1 << 20):
                    found.update(part)
                    count += len(part)
            if (count, found.hexdigest()) != listed[name] or name.startswith("files/") and found.hexdigest() != name[6:]:
                report("WRONG", f"{name} is not what the manifest says: its bytes were changed.")

    def contents(self, report):
        """Return the digests of all contents, of those that retire a record, and the names on the name cards."""
        present, retiring, names = set(), set(), {}
        for path in sorted(one for one in self.names if one.startswith("contents/")):
            for data in self.lines(path):
                digest = hashlib.sha256(data).hexdigest()
                present.add(digest)
                if not re.match(rb'\{"salt":"[0-9a-f]{32}","value":', data):
                    report("WRONG", f"{path}: content {digest} is not a salt and a value.")
                elif path == "contents/cards.jsonl":
                    names[digest] = json.loads(data)["value"]["name"]
                elif b'"retired":' in data and "retired" in json.loads(data)["value"]:
                    retiring.add(digest)
        return present, retiring, names

class Ledger:
    """The entries in order: the tree over them, each record's chain, each signature, and what they name."""

    def __init__(self, report, scope, retiring, names, wanted):
        self.report, self.scope, self.retiring, self.names, self.wanted = report, scope, retiring, names, wanted
        self.peaks, self.size, self.bare, self.roots, self.keys, self.last = [], 0, 0, {}, [], ""
        self.records, self.revisions, self.needed, self.erased, self.labels, self.baselines = {}, {}, {}, set(), set(), set()

    def take(self, line):
        """Take in a line of entries.jsonl: an entry, or the bare hash of one that is kept from us."""
        if re.fullmatch(rb'"[0-9a-f]{64}"', line) and self.size:
            leaf, self.bare = bytes.fromhex(line[1:-1].decode()), self.bare + 1
        else:
            leaf = hashlib.sha256(b"\0" + line).digest()
            try:
                entry = json.loads(line)
                if json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() != line or entry["v"] != 1:
                    self.wrong("is not written in the one way that an entry is written")
                self.entry(entry, leaf.hex())
            except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
                self.wrong(f"cannot be read or names what is not there ({type(error).__name__}: {error})")
        rest = self.size
        while rest & 1:
            leaf, rest = hashlib.sha256(b"\1" + self.peaks.pop() + leaf).digest(), rest >> 1
        self.peaks.append(leaf)
        self.size += 1
        if self.size in self.wanted:
            self.roots[self.size] = self.root()

    def root(self):
        whole = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            whole = hashlib.sha256(b"\1" + peak + whole).digest()
        return whole

    def wrong(self, what):
        self.report("WRONG", f"Entry {self.size:,} {what}.")

    def entry(self, e, name):
        form = e["form"]
        if (form == "founding") != (self.size == 0) or e["at"] < self.last:
            self.wrong("is a founding in the wrong place, or goes back in time")
        self.last = e["at"]
        for field in ("card", "content", "reason", "name", "document", "source", "remainder"):
            if field in e and (form not in ("erasure-asked", "redaction") or field == "remainder"):
                self.needed.setdefault(e[field], f"{field} of entry {self.size:,}")
        if form == "founding":
            self.origin, self.demonstration = f"asepsis/{name[:32]}", e["origin"] == "demonstration"
        if form in ("founding", "key"):
            self.keys.append((self.size, bytes.fromhex(e["key"])))
        elif form == "redaction":
            self.erased.add(e.get("content") or e.get("file"))
            self.retiring |= {e["content"]} if e.get("remainder") in self.retiring else set()
        elif form == "baseline":
            self.baseline(e)
        elif form == "revision":
            self.revision(e, name)
        elif "revision" in e:
            revision = self.revisions[e["revision"]]
            record = revision["record"]
            if record["head"] != e["revision"]:
                self.wrong("is about a revision that is not the newest of its record")
            if form in ("submission", "approval"):
                return getattr(self, form)(e, revision, record)
            if record["state"] != "submitted" if form == "rejection" else record["effective"] is not None:
                self.wrong("rejects what is not submitted, or withdraws what was effective")
            record["state"] = "rejected" if form == "rejection" else "withdrawn"
        return None

    def revision(self, e, name):
        new = {"kind": e["kind"], "of": e.get("of"), "label": e.get("label"), "number": 0, "head": None, "state": "draft", "effective": None,
               "authors": frozenset()}
        record = self.records.setdefault(e["record"], new)
        told = (e["number"], e.get("before"), e["kind"], e.get("of"), e.get("label"))
        if told != (record["number"] + 1, record["head"], record["kind"], record["of"], None if record["number"] else record["label"]):
            self.wrong("does not go on from the revision before it")
        if record["number"] == 0 and (record["label"] is None or record["label"] in self.labels) or not 1 <= e["material"] <= e["number"]:
            self.wrong("has no label of its own, or a material that is none of its numbers")
        self.labels.add(record["label"])
        record["number"], record["head"], record["state"], record["authors"] = e["number"], name, "draft", record["authors"] | {e["by"]}
        self.revisions[name] = {"record": record, "content": e["content"], "progress": e["progress"], "slots": None, "filled": set()}

    def submission(self, e, revision, record):
        if record["state"] != "draft" or not e["slots"] and record["kind"] in ("Role", "Appointment") and self.size > 40:
            self.wrong("submits what is no draft, or asks for no signature where one is due")
        revision["slots"], record["state"] = e["slots"], "submitted"
        self.settle(e, revision, record)

    def approval(self, e, revision, record):
        slot = (revision["slots"] or [])[e["slot"]]
        if record["state"] != "submitted" or slot["meaning"] != e["meaning"] or e["slot"] in revision["filled"]:
            self.wrong("signs what is not submitted, or does not fit the slot that it fills")
        if slot.get("person", e["by"]) != e["by"] or slot["apart"] and e["by"] in record["authors"]:
            self.wrong("is a signature of somebody else than the slot asks for")
        if e["seen"] > self.size or e["how"] == "demonstration" and not self.demonstration:
            self.wrong("saw what was not there yet, or signs as only a demonstration may")
        revision["filled"].add(e["slot"])
        who = self.names.get(e["card"], "(the name is not in this bundle)")
        role = " or ".join(slot.get("roles", ["its author"])) + (f" ({e['stands_in']} stands in)" if "stands_in" in e else "")
        self.report("signed", f"{e['at'][:10]}  {record['label']}  {e['meaning']} as {role}: {who}")
        self.settle(e, revision, record)

    def settle(self, e, revision, record):
        if len(revision["filled"]) == len(revision["slots"]):
            record["effective"], record["state"] = e["revision"], "effective"
            record["authors"] = record["authors"] if revision["progress"] else frozenset()

    def baseline(self, e):
        self.baselines.add(self.size + 1)
        if self.bare:
            return self.report("UNCHECKED", f"Baseline at entry {self.size:,}: entries are kept from us, so its digest is not worked out.")
        lines = []
        for record, one in self.records.items():
            if one["of"] in (None, e.get("of")):
                retired = one["effective"] and self.revisions[one["effective"]]["content"] in self.retiring
                standing = "retired" if retired else "effective" if one["effective"] else "none"
                lines.append(f"{record} {one['effective'] or '-'} {one['head']} {one['state']} {standing}\n")
        if hashlib.sha256("".join(sorted(lines)).encode()).hexdigest() != e["dossier"]:
            self.wrong("is a baseline of another dossier than the entries before it make")
        return None

    def check_note(self, text, what, signed):
        """Hold a checkpoint against the tree and, where `signed`, against the key of its time."""
        head, _, tail = text.partition("\n\n")
        origin, size, root = head.split("\n")
        size, what = int(size), f"{what} over {int(size):,} entries"
        if origin != self.origin:
            return self.report("WRONG", f"{what} is of another ledger.")
        if size > self.size:
            return self.report("WRONG", f"{what}, and here are {self.size:,}: the end was CUT off, as by a restored backup.")
        if self.roots.get(size) != base64.b64decode(root, validate=True):
            return self.report("WRONG", f"{what} has another root: entries before it were changed (a FORK).")
        key = next(key for position, key in reversed(self.keys) if position < size)
        identity = hashlib.sha256(origin.encode() + b"\n\1" + key).digest()[:4]
        lines = [line.split(" ") for line in tail.splitlines() if line.startswith(f"\u2014 {origin} ")]
        mine = [one for one in (base64.b64decode(line[2]) for line in lines) if one[:4] == identity]
        if not mine:
            return self.report("WRONG", f"{what} has no signature of the ledger's key.")
        if signed and not all(verifies(key, f"{head}\n".encode(), one[4:]) for one in mine):
            return self.report("WRONG", f"{what}: its signature does not verify.")
        return self.report("agrees", f"{what}" + ("" if signed else " (its signature was not looked at: --all)"))

def check(bundle, kept, every, report):
    """Check all of a bundle, in the order of docs/format.md."""
    manifest = json.loads(bundle.open("manifest.json").read(MOST_LINE))
    bundle.check_files(manifest, report)
    present, retiring, names = bundle.contents(report)
    notes = [(json.loads(line)["note"], "the bundle's checkpoint") for line in bundle.lines("checkpoints.jsonl")]
    given = [(text, f"the checkpoint kept as {name}") for name, text in kept]
    ledger = Ledger(report, manifest, retiring, names, {int(note.split("\n")[1]) for note, _ in notes + given})
    for line in bundle.lines("entries.jsonl"):
        ledger.take(line)
    if ledger.size != manifest["size"] or ledger.size not in {int(note.split("\n")[1]) for note, _ in notes}:
        report("WRONG", f"Here are {ledger.size:,} entries, the manifest says {manifest['size']:,}, and no checkpoint covers them all.")
    signed = base64.b64decode(bundle.open("manifest.sig").read(9999))
    if not verifies(ledger.keys[-1][1], b"asepsis-bundle\n" + bundle.open("manifest.json").read(MOST_LINE), signed):
        report("WRONG", "manifest.json is not signed with the key of the ledger.")
    for note, what in notes:
        ledger.check_note(note, what, every or int(note.split("\n")[1]) in ledger.baselines | {ledger.size})
    for note, what in given:
        ledger.check_note(note, what, True)
    lost = [(digest, what) for digest, what in ledger.needed.items()
            if digest not in present and f"files/{digest}" not in bundle.names and digest not in ledger.erased]
    if lost and not manifest["left_out"]:
        report("WRONG", f"{len(lost):,} contents or files are missing, and the manifest does not say why; the first is the {lost[0][1]}.")
    elif lost:
        report("UNCHECKED", f"{len(lost):,} contents or files are not in this bundle, so they were not checked.")
    for what, why in manifest["left_out"]:
        report("UNCHECKED", f"Left out: {what} ({why}).")
    if ledger.bare:
        report("UNCHECKED", f"{ledger.bare:,} entries are here as bare hashes: they are of other products, or withheld.")
    if not given:
        report("note", "No checkpoint kept elsewhere was given: whoever holds the key could have written all this anew.")
    return ledger

def main():
    asks = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asks.add_argument("bundle", nargs="?", default=os.path.dirname(os.path.abspath(__file__)))
    asks.add_argument("--checkpoint", action="append", default=[], metavar="FILE")
    asks.add_argument("--all", action="store_true")
    asks.add_argument("--quiet", action="store_true", help="leave out what agrees")
    asked = asks.parse_args()
    report = Report(WRONG=0, UNCHECKED=0)
    report.quiet = asked.quiet
    try:
        kept = [(name, open(name, encoding="utf-8").read(65_536)) for name in asked.checkpoint]
        ledger = check(Bundle(asked.bundle), kept, asked.all, report)
        print(f"{ledger.size:,} entries, {len(ledger.records):,} records, last at {ledger.last}; root {ledger.root().hex()}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, StopIteration, zipfile.BadZipFile) as error:
        report("WRONG", f"The bundle cannot be read: {type(error).__name__}: {error}.")
    print(f"{report['WRONG']} wrong, {report['UNCHECKED']} not checked: " + ("NOT what was exported" if report["WRONG"] else "agrees"))
    return 1 if report["WRONG"] else 0

if __name__ == "__main__":
    sys.exit(main())
