"""Says whether an Asepsis bundle is whole and unchanged. It needs Python 3.9 or later and nothing else.

    python verify.py [FOLDER or FILE.zip] [--checkpoint FILE]... [--all] [--quiet]
--checkpoint: one that was kept elsewhere; did this ledger come of it?   --all: verify the signature of every checkpoint
docs/format.md of Asepsis tells what each byte means. Ends with 0 if all agrees, 1 if not, 3 if there is nothing to read."""
from __future__ import annotations
import argparse, base64, datetime, functools, hashlib, json, os, pathlib, re, sys, zipfile, zlib
from typing import Any, Iterator

FORMS = {form: fields.split() for form, fields in {  # each form with its fields, beside v, form, at, by and of
    "founding": "origin clock_offset_s? key time_zone", "product": "product code name", "admission": "person card", "key": "key why",
    "renaming": "person card", "revision": "record kind version number label? before? content material progress", "embargo": "record to",
    "submission": "revision slots", "approval": "revision slot meaning card how seen set opened stands_in?", "baseline": "release? dossier",
    "rejection": "revision reason", "withdrawal": "revision reason", "looked": "record target seen set", "disclosure": "record to",
    "facts": "kind subject source document as_of?", "comment": "record content", "erasure-asked": "content? file? ground remainder?",
    "redaction": "content? file? ground asked remainder?"}.items()}
TYPES = {name: kind for kind, names in {  # of the values of fields; all others are texts
    int: "v version number material slot seen set clock_offset_s", bool: "progress opened", list: "to slots"}.items() for name in names.split()}
ORGANISATION, OWN = "founding admission renaming key".split(), "name card reason remainder content".split()  # no `of`; name contents
UNSIGNED = "Attestation Decision Exploitability Fielded ReleaseDecision Review Risk Threat".split()  # may wait for no approval
FOUNDING, MOST, NONE = 6, 64 << 20, 1 << 63  # entries of the founding, whose submissions wait for none; bytes of a line; no entry
TEXT, PLAIN = re.compile(r"[A-Za-z0-9._:+@/-]{1,200}"), re.compile(r"(contents/|files/)?[A-Za-z0-9_]+(\.[a-z]+)?")
INSTANT, CONTENT = re.compile(r"[0-9-]{10}T[0-9:]{8}\.[0-9]{6}Z"), re.compile(rb'\{"salt":"[0-9a-f]{32}","value":')
BASE64 = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
NOTE = re.compile(f"((asepsis/[0-9a-f]{{32}})\n(0|[1-9][0-9]{{0,15}})\n({BASE64})\n)\n((?:\u2014 [^ +\n]+ {BASE64}\n){{1,100}})")
FAULTS = (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile)
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # Ed25519: RFC 8032, 5.1
D, ROOT = -121665 * pow(121666, P - 2, P) % P, pow(2, (P - 1) // 4, P)

def owe(fits: Any, what: str) -> None:
    if not fits:
        raise ValueError(what)
def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()
def read_entry(line: bytes) -> dict[str, Any]:  # its fields; raises ValueError that tells what is broken
    e: dict[str, Any] = json.loads(line)
    written = json.dumps(e, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    owe(type(e) is dict and written == line and len(line) <= 65_536 and e["v"] == 1, "is not written in the one way in which an entry is")
    asked = FORMS[e["form"]] + ([] if e["form"] in ORGANISATION else ["of?"])
    fields = {"v", "form", "at", "by"}.union(one.rstrip("?") for one in asked if one[-1] != "?" or one[:-1] in e)
    owe(fields == e.keys() and ("ground" not in e or ("content" in e) != ("file" in e)), "has other fields than its form")
    for name, value in e.items():
        fits = TEXT.fullmatch(value) if type(value) is str else type(value) is not int or 0 <= value < 2**53
        owe(fits and type(value) is TYPES.get(name, str), f"has a {name} that is none")
    owe(all(INSTANT.fullmatch(e[one]) and datetime.datetime.fromisoformat(e[one][:-1]) for one in ("at", "as_of") if one in e), "is of no day")
    owe(all(sorted(slot)[:2] == ["apart", "meaning"] and len(slot) == 3 for slot in e.get("slots", [])), "has a slot that is none")
    if e["form"] == "revision":
        owe(("label" in e) == (e["number"] == 1) == ("before" not in e), "has a label or a revision before it against its number")
        owe(1 <= e["material"] <= e["number"] > e["progress"], "has a material or progress that its number forbids")
    return e
def add(p: Any, q: Any) -> Any:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    return (b - a) * (d - c) % P, (d + c) * (b + a) % P, (d - c) * (d + c) % P, (b - a) * (b + a) % P
def times(n: int, p: Any) -> Any:
    rest = times(n >> 1, add(p, p)) if n else (0, 1, 1, 0)
    return add(rest, p) if n & 1 else rest
def point(data: bytes) -> Any:  # that 32 bytes stand for; None where they stand for none
    sign, y = divmod(int.from_bytes(data, "little"), 1 << 255)
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    x = x if x * x % P == x2 else x * ROOT % P
    x = x if x & 1 == sign else P - x
    return None if len(data) != 32 or y >= P or x * x % P != x2 or x == P else (x, y, 1, x * y % P)
def verifies(key: bytes, message: bytes, signature: bytes) -> bool:  # return whether an Ed25519 signature fits; a key of small order is not taken
    a, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or len(signature) != 64 or s >= L or times(8, a)[0] == 0:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    p, q = times(s, point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))), add(r, times(k, a))
    return bool((p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0)
class UnreadableError(Exception):
    """There is no bundle to verify."""
class Report:  # tells what was found: what agrees, what is WRONG and at which entry first, what could not be checked
    def __init__(self, quiet: bool = False, say: Any = print) -> None:
        self.quiet, self.say, self.since, self.first, self.counts = quiet, say, NONE, NONE, {"WRONG": 0, "UNCHECKED": 0}
    def __call__(self, mark: str, line: str, entry: int = NONE, since: int = NONE) -> None:
        self.counts[mark], self.first, self.since = self.counts.get(mark, 0) + 1, min(self.first, entry), min(self.since, since)
        if not self.quiet if mark.islower() else self.counts[mark] <= 50:
            self.say(f"{mark:<10} {line}")
class Bundle:  # its files, in a folder or a zip; what is no plain file with a plain name is told, and never opened
    def __init__(self, path: str, report: Report) -> None:
        self.path, self.report, self.names = path, report, set()  # type: ignore[var-annotated]
        try:
            self.zip: Any = None if os.path.isdir(path) else zipfile.ZipFile(path)
            owe("manifest.json" in dict(found := self.members()), "there is no manifest.json in it; perhaps a folder was packed around it")
            for name, plain in found:
                if not plain or not PLAIN.fullmatch(name) or name in self.names:
                    report("WRONG", f"{name!r} is no plain file of a bundle: a link, there twice, or named as none may be.")
                self.names |= {name} if plain and PLAIN.fullmatch(name) else set()
            with self.open("manifest.json") as told, self.open("manifest.sig") as signature:
                self.signed, self.signature = told.read(MOST), signature.read(MOST)
            told = json.loads(self.signed)
            owe(told["format"] == "asepsis-bundle/1", f"its format is {told['format']!r} and not asepsis-bundle/1")
            self.listed, self.left_out = {name: (size, digest) for name, size, digest in told["files"]}, dict(told["left_out"])
            self.product, self.told = told["scope"].get("product"), [told[one] for one in ("size", "at", "time_zone")]
        except FAULTS as error:
            raise UnreadableError(f"{path} cannot be read as a bundle: {error}") from error
    def members(self) -> list[tuple[str, bool]]:  # each name, and whether it is a plain file
        if self.zip:
            found, most = [one for one in self.zip.infolist() if not one.is_dir()], os.path.getsize(self.path)
            owe(sum(one.file_size for one in found) <= 1_100 * most, "it says that it holds more bytes than it can")
            return [(one.filename, one.external_attr >> 28 in (0, 8) and not one.flag_bits & 1) for one in found]
        paths = [one for one in pathlib.Path(self.path).rglob("*") if one.is_symlink() or not one.is_dir()]
        return [(one.relative_to(self.path).as_posix(), one.is_file() and not one.is_symlink()) for one in paths]
    def open(self, name: str) -> Any:
        owe(name in self.names, f"there is no {name} in it")
        return self.zip.open(name) if self.zip else pathlib.Path(self.path, name).open("rb")
    def parts(self, name: str, lines: bool = True) -> Iterator[bytes]:  # and hold it against the manifest
        found = hashlib.sha256()
        try:
            with self.open(name) as file:
                while part := file.readline(MOST) if lines else file.read(1 << 20):
                    found.update(part)
                    owe(not lines or part.endswith(b"\n"), "it has a line without an end, or one that is too long")
                    yield part[:-1] if lines else part
                owe((file.tell(), found.hexdigest()) == self.listed.get(name), "it is not what the manifest lists")
                owe(name[:6] != "files/" or name[6:] == found.hexdigest(), "its name is not its digest")
        except FAULTS as error:
            self.report("WRONG", f"{name} was changed: {error}.")
class Record:  # what the entries so far say of one record: its newest revision, and what of it is effective
    __slots__ = "kind of label number head content material progress by authors slots open state effective counts matter".split()
class Ledger:  # the entries in order: the tree over them, each record's chain, each signature, and what they name
    def __init__(self, bundle: Bundle, report: Report, wanted: set[int]) -> None:
        self.bundle, self.report, self.wanted, self.last, self.size, self.bare, self.sources, self.unsure = bundle, report, wanted, "", 0, 0, 0, 0
        self.records, self.heads, self.codes, self.cards, self.asked = {}, {}, {None: "ORG"}, {}, {}  # type: ignore[var-annotated]
        self.present, self.lost, self.documents, self.erased, self.retiring = {}, {}, {}, {}, set()  # type: ignore[var-annotated]
        self.peaks, self.keys, self.baselines, self.names, self.labels = [], [], set(), {}, set()  # type: ignore[var-annotated]
        self.roots, self.founding = {0: sha()}, dict.fromkeys(("name", "at", "origin", "time_zone"))
        for path in sorted(one for one in bundle.names if one.startswith("contents/")):
            for data in bundle.parts(path):
                self.content(path, data, sha(data).hex())
        for line in bundle.parts("entries.jsonl"):
            self.take(line, self.size > 0 and re.fullmatch(rb'"[0-9a-f]{64}"', line) is not None)
    def content(self, path: str, data: bytes, digest: str) -> None:  # is it one, does it retire its record, whose name does it hold
        try:
            owe(CONTENT.match(data) and digest not in self.present, "is no salt and value, or there twice")
            if path == "contents/cards.jsonl":
                self.names[digest] = str(json.loads(data)["value"]["name"])
            elif b'"retired":' in data and "retired" in json.loads(data)["value"]:
                self.retiring.add(digest)
        except FAULTS as error:
            self.report("WRONG", f"The content {digest} in {path} {error}.")
        self.present[digest] = -1  # no entry names it so far
    def take(self, line: bytes, bare: bool) -> None:  # an entry, or the bare hash of one that is kept from us
        leaf, self.bare = bytes.fromhex(line[1:-1].decode()) if bare else sha(b"\0", line), self.bare + bare
        try:
            [] if bare else self.follow(read_entry(line), leaf.hex())
        except FAULTS as error:
            self.report("WRONG", f"Entry {self.size:,} {error if type(error) is ValueError else f'is none ({error!r})'}.", self.size)
        rest, self.size = self.size, self.size + 1
        while rest & 1:
            leaf, rest = sha(b"\1", self.peaks.pop(), leaf), rest >> 1
        self.peaks.append(leaf)
        self.roots.update({self.size: self.root()} if self.size in self.wanted else {})
    def root(self) -> Any:
        return functools.reduce(lambda whole, peak: sha(b"\1", peak, whole), reversed(self.peaks or [sha()]))
    def follow(self, e: dict[str, Any], name: str) -> None:  # hold it against those before it
        form, of, what = e["form"], e.get("of"), e.get("content") or e.get("file")
        owe((form == "founding") == (self.size == 0) and e["at"] >= self.last, "is a founding in the wrong place, or goes back in time")
        owe(of in (None, self.bundle.product) and e.get("seen", 0) <= self.size, "is of another product, or saw what was not there yet")
        self.last = e["at"]
        for digest in [e[one] for one in OWN if one in e and (one != "content" or "ground" not in e) and (one != "card" or "person" in e)]:
            (self.present if digest in self.present else self.lost)[digest] = self.size
        if form in ("founding", "key"):
            self.keys.append((self.size, bytes.fromhex(e["key"])))
            self.founding = self.founding if self.size else {**e, "name": f"asepsis/{name[:32]}"}
        elif form == "facts":
            self.documents[e["document"]], self.sources = self.size, self.sources + (f"files/{e['source']}" not in self.bundle.names)
        elif form == "product":
            owe(of == e["product"] and of not in self.codes and e["code"] not in self.codes.values(), "has the id or code of another product")
            self.codes[of] = e["code"]
        elif form in ("admission", "renaming"):
            owe((e["person"] in self.cards) == (form == "renaming") and e["person"].strip("0"), "admits who is here, or renames who is not")
            self.cards[e["person"]] = e["card"]
        elif form in ("erasure-asked", "redaction"):
            owe(form == "erasure-asked" or self.asked.get(e["asked"]) == what, "erases what nobody asked to erase")
            (self.erased if form == "redaction" else self.asked)[what if form == "redaction" else name] = what
        elif form in ("baseline", "revision"):
            getattr(self, form)(e, name, self.records.get(e.get("record")))
        else:
            record = self.heads.get(e["revision"]) if "revision" in e else self.records.get(e["record"])
            owe(record and record.of == of, "is about what is no newest revision of a record, or about none of its product")
            self.about(form, e, record, e["by"])
    def revision(self, e: dict[str, Any], name: str, r: Any) -> None:
        if r is None:
            label, of = e.get("label", ""), e.get("of")
            owe(label not in self.labels and label.split("-")[0] == self.codes.get(of), "has another's label, or goes on from nothing")
            self.labels.add(label)
            r = self.records[e["record"]] = Record()
            r.kind, r.of, r.label, r.authors, r.effective, r.counts, r.matter = e["kind"], of, label, (), None, None, 0
        else:
            told = (e["number"], e.get("before"), e["kind"], e.get("of"))
            owe(told == (r.number + 1, r.head, r.kind, r.of), "does not go on from the revision before it")
            owe(e["material"] in ((r.matter,) if e["progress"] else (r.material, e["number"])), "has a material that no revision explains")
            del self.heads[r.head]
        r.number, r.head, r.content, r.material, r.progress, r.by = e["number"], name, e["content"], e["material"], e["progress"], e["by"]
        r.authors += (r.by,) if not r.progress and r.by not in r.authors else ()
        r.state, self.heads[name] = "draft", r
    def about(self, form: str, e: dict[str, Any], r: Any, by: str) -> None:
        if form == "submission":
            slots, free = e["slots"], r.kind in UNSIGNED or self.size < FOUNDING
            own = [{"apart": False, "meaning": "authored", "person": r.by}]
            owe(r.state == "draft", "submits what is no draft")
            owe(slots == own if r.progress else slots or free, f"asks for other signatures than progress needs, or a {r.kind} for none")
            r.slots, r.open, r.state = slots, set(range(len(slots))), "submitted"
        elif form == "approval":
            slot = r.slots[e["slot"]] if r.state == "submitted" and e["slot"] in r.open else {}
            owe(slot.get("meaning") == e["meaning"] and slot.get("person", by) == by, "is no signature that its revision waits for")
            owe(not (slot["apart"] and by in r.authors), "is an author's, where somebody else has to sign")
            owe("stands_in" not in e or (slot["apart"] and "roles" in slot), "stands in where nobody may")
            owe(self.cards.get(by) == e["card"], "bears another name card than its signer had")
            owe(e["how"] != "demonstration" or self.founding["origin"] == "demonstration", "is signed as only a demonstration may be")
            r.open.remove(e["slot"])
            role = " or ".join(slot.get("roles", ["its author"])) + (f" ({e['stands_in']} stands in)" if "stands_in" in e else "")
            self.report("signed", f"{e['at'][:10]}  {r.label}  {e['meaning']} as {role}: {self.names.get(e['card'], '(no name here)')}")
        elif form in ("rejection", "withdrawal"):
            takes = form == "withdrawal" and not r.effective and r.state != "withdrawn" and by in r.authors
            owe(takes or (form == "rejection" and r.state == "submitted"), "rejects what is not submitted, or withdraws what it must not")
            r.state = "withdrawn" if takes else "rejected"
        owe(form != "looked" or (r.effective and (e["target"] in self.records or self.bare)), "looks at a link that is none")
        if r.state == "submitted" and not r.open:
            r.effective, r.counts, r.matter, r.authors = r.head, r.content, r.material, r.authors if r.progress else ()
            r.state, r.slots, r.open = "effective", None, None
    def baseline(self, e: dict[str, Any], _: str, __: Any) -> None:
        found = {one: r for one, r in self.records.items() if r.of in (None, e.get("of"))}
        standing = {one: ("retired" if r.counts in self.retiring else "effective") if r.effective else "none" for one, r in found.items()}
        lines = (f"{one} {r.effective or '-'} {r.head} {r.state} {standing[one]}\n" for one, r in found.items())
        agrees = sha("".join(sorted(lines)).encode()).hex() == e["dossier"]
        owe(agrees or self.bare or any(r.effective and r.counts not in self.present for r in found.values()), "is a baseline of another dossier")
        self.unsure, self.baselines = self.unsure + (not agrees), self.baselines.union([self.size + 1])
    def hold(self, note: Any, what: str, given: bool, signed: bool, agreed: int) -> int:  # against the tree and the key of its time
        size, key = int(note[3]), [b"", *(key for position, key in self.keys if position < max(int(note[3]), 1))][-1]
        mine = [base64.b64decode(line.split(" ")[2]) for line in note[5].splitlines() if line.split(" ")[1] == note[2]]
        mine = [one[4:] for one in mine if one[:4] == sha(note[2].encode(), b"\n\1", key)[:4]]
        wrong = [(mark, line, since) for fits, mark, since, line in (
            (note[2] == self.founding["name"], "WRONG", 0, "is of another ledger"),
            (mine, "UNCHECKED" if given else "WRONG", NONE, "is not signed by the key that this ledger had then"),
            (not signed or all(verifies(key, note[1].encode(), one) for one in mine), "WRONG", NONE, "has a signature that does not verify"),
            (size <= self.size, "WRONG", agreed, f"was given out, and here are {self.size:,}: the end was CUT off, as by a restored backup"),
            (self.roots.get(size) == base64.b64decode(note[4]), "WRONG", agreed, f"has another root: from {agreed:,} on all was changed, a FORK"),
        ) if not fits]
        mark, line, since = wrong[0] if wrong else ("agrees", "agrees" if signed else "has this root (its signature: --all)", NONE)
        self.report(mark, f"{what} over {size:,} entries {line}.", since=since)
        return agreed if wrong or not signed else size

def check(bundle: Bundle, kept: list[tuple[str, bytes]], every: bool, report: Report) -> Ledger:  # `kept` are checkpoints from elsewhere
    own = [("The bundle's checkpoint", json.loads(line)["note"].encode()) for line in bundle.parts("checkpoints.jsonl")]
    found: Any = [(NOTE.fullmatch(data.decode(errors="replace")), what, at >= len(own)) for at, (what, data) in enumerate(own + kept)]
    notes = sorted((one for one in found if one[0]), key=lambda one: int(one[0][3]))
    ledger, agreed = Ledger(bundle, report, {int(note[3]) for note, _, _ in notes}), 0
    for note, what, given in notes:
        agreed = ledger.hold(note, what, given, given or every or int(note[3]) in ledger.baselines | {ledger.size}, agreed)
    for name in sorted((bundle.names | bundle.listed.keys()) - {"manifest.json", "manifest.sig"}):
        if (name in bundle.names) != (name in bundle.listed):
            report("WRONG", f"{name} is {'in the manifest and not here' if name in bundle.listed else 'not in the manifest'}.")
        elif name[:9] != "contents/" and name[-6:] != ".jsonl":
            sum(map(len, bundle.parts(name, lines=False)))
    ledger.lost.update({one: at for one, at in ledger.documents.items() if f"files/{one}" not in bundle.names and "files" not in bundle.left_out})
    lost = sorted(at for one, at in ledger.lost.items() if one not in ledger.erased and one not in bundle.left_out)
    here, sizes = [ledger.size, max(ledger.last, bundle.told[1]), ledger.founding["time_zone"]], [int(note[3]) for note, _, given in notes if not given]
    key, signature = [b"", *(key for _, key in ledger.keys)][-1], re.fullmatch(f"{BASE64}\n", bundle.signature.decode(errors="replace"))
    signed = signature and verifies(key, b"asepsis-bundle\n" + bundle.signed, base64.b64decode(signature[0]))
    for count, mark, line in (
        (len(found) - len(notes), "WRONG", "checkpoints are not written as such."),
        (ledger.size not in sizes, "WRONG", f"checkpoint of all {ledger.size:,} entries is missing."),
        (bundle.told != here or not signed, "WRONG", f"manifest that tells of {bundle.told} is not signed, or not of what is here: {here}."),
        (len(lost), "WRONG", f"contents or files are missing and nothing says why; the first is named by entry {lost[:1]}."),
        (sum(at < 0 or one in ledger.erased for one, at in ledger.present.items()), "WRONG", "contents are here that no entry names, or that were erased."),
        (ledger.bare, "UNCHECKED", "entries are here as bare hashes: they are of other products, or withheld."),
        (len(ledger.lost) - len(lost), "UNCHECKED", "contents or files are not here: they were left out or erased."),
        (ledger.sources, "UNCHECKED", "sources of facts are not here."),
        (ledger.unsure, "UNCHECKED", "baselines cannot be worked out again: something they need is withheld, left out or erased."),
        (not kept, "note", "checkpoint from elsewhere was not given: whoever holds the key could have written all this anew."),
    ):
        if count:
            report(mark, f"{count:,d} {line}", *(lost[:1] if "missing and" in line else ()))
    return ledger
def main() -> int:
    asks = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asks.add_argument("bundle", nargs="?", default=os.path.dirname(os.path.abspath(__file__)))
    asks.add_argument("--checkpoint", action="append", default=[], type=argparse.FileType("rb"), metavar="FILE")
    asks.add_argument("--all", action="store_true")
    asks.add_argument("--quiet", action="store_true")
    asked = asks.parse_args()
    report, kept = Report(asked.quiet), [(f"The one kept as {one.name}", one.read(65_537)) for one in asked.checkpoint]
    try:
        ledger = check(Bundle(asked.bundle, report), kept, asked.all, report)
        print(f"{ledger.size:,} entries, {len(ledger.records):,} records, last at {ledger.last}; root {ledger.root().hex()}")
    except UnreadableError as error:
        return sys.stdout.write(f"{error}\n") and 3
    except FAULTS as error:
        report("WRONG", f"The bundle is written so that this cannot go on: {error!r}.")
    low, high = min(report.since, report.first), "" if report.first in (NONE, report.since) else f" or a later one, up to {report.first:,}"
    where = "" if low == NONE else f"; the first wrong entry is {low:,}" + ("" if report.first == low else high or " or a later one")
    print("{WRONG} wrong, {UNCHECKED} not checked: ".format(**report.counts) + ("NOT what was exported" + where if report.counts["WRONG"] else "agrees"))
    return 1 if report.counts["WRONG"] else 0
if __name__ == "__main__":
    sys.exit(main())
