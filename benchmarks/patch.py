"""Walk a security patch of the example from decision to open gate, and count: `python -m benchmarks.patch`.

The walk goes on from the example as it stands on 12 June 2026: 2.3.0 is in use, a weakness of urllib3 is confirmed and
analysed, its repair is out upstream, and 2.4.0 is in the making beside. People then decide to bring 2.3.1.

The gate opens when nothing is found against the release; letting it out, on the assessment that says so, comes behind
that and is counted apart.

Counted are *forms*, records that a person fills in or revises by hand, and *signing acts*: one person signs a set at
once. Imports of files are not counted, nor is what the program drafts and people only look at; each draft is listed.
The files of 2.3.1 are those of 2.3.0 with the version, the build and the one package raised: what is measured is how
much people do, not what tools find.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asepsis.conformance.assessment import Assessment
    from asepsis.conformance.gate import Gate
    from asepsis.example.writer import Writer

BEFORE, VERSION, BUILD, DAY = "2.3.0", "2.3.1", "gw-2.3.1-b172", "2026-06-16"
OLD, NEW = "2.6.3", "2.7.0"  # of urllib3
MOST_FORMS, MOST_ACTS = 12, 8


@dataclass(slots=True)
class Walk:
    """Who did what: forms that were filled in, drafts that were looked at, and acts of signing."""

    w: Writer
    forms: list[tuple[str, str, str]] = field(default_factory=list)  # who, kind, what
    drafted: list[tuple[str, str]] = field(default_factory=list)  # kind, label
    acts: list[tuple[str, str, int]] = field(default_factory=list)  # who, when, how many signatures
    waiting: list[str] = field(default_factory=list)  # drafts that are not submitted yet
    at_the_gate: tuple[int, int] = (0, 0)  # forms and acts when the gate was asked

    def fill_in(self, name: str, kind: type[Any], *, by: str, **said: Any) -> None:
        """Fill in a new form."""
        record = self.w.new(name, kind, by=by, **said)
        self.w.draft()
        self.forms.append((by, kind.__name__, str(said["title"])))
        self.waiting.append(record)

    def complete(self, name: str, *, by: str, **said: Any) -> None:
        """Fill in by hand what is missing in a draft."""
        from asepsis.store import queries

        row = queries.row(self.w(name))
        self.w.revise(name, by=by, **said)
        self.w.draft()
        self.forms.append((by, row.kind, row.title))

    def look_at(self, *labels: str, names: Sequence[str] = ()) -> None:
        """Take drafts that the program wrote."""
        from asepsis.record.kind import kind_named
        from asepsis.store import queries

        for number, label in enumerate(labels):
            row = queries.row(label)
            self.w.kinds[row.id] = kind_named(row.kind)
            self.w.owners[row.id] = self.w.product or ""
            self.w.labels[row.id] = row.label
            if number < len(names):
                self.w.records[names[number]] = row.id
            self.drafted.append((row.kind, row.label))
            self.waiting.append(row.id)

    def submit(self, by: str) -> None:
        """Submit all drafts that wait."""
        from asepsis.store import acts, queries

        drafts = [row.id for row in queries.rows(self.waiting) if row.head_state == "draft"]
        acts.submit(self.w.hand(by), drafts)

    def sign(self, when: str, by: str) -> None:
        """Submit all that waits, and have it signed: a set by each person."""
        self.submit(by)
        for who, count in self.w.approve(self.waiting).items():
            self.acts.append((who, when, count))
        self.waiting.clear()


# --- the files of 2.3.1 ---------------------------------------------------------------------------------------------


def _raised(data: bytes) -> bytes:
    """Return a file of 2.3.0 as one of 2.3.1: another version and build, and the one package raised."""
    text = data.decode().replace("gw-2.3.0-b164", BUILD).replace("v2.3.0", f"v{VERSION}").replace(BEFORE, VERSION)
    text = text.replace(f"urllib3=={OLD}", f"urllib3=={NEW}").replace(f"urllib3@{OLD}", f"urllib3@{NEW}")
    return re.sub(
        rf'("name": "urllib3"[^}}]*?"version": ")({re.escape(OLD)})', rf"\g<1>{NEW}", text, flags=re.S
    ).encode()


def _file(*parts: str) -> Any:
    from asepsis.example import inputs
    from asepsis.exchange.source import Source

    return Source("/".join(parts), _raised(inputs.file(*parts).data))


def _feeds() -> Any:
    """Return the file that says which feeds there were on 15 June."""
    from asepsis.example import inputs
    from asepsis.exchange.source import Source

    return Source("feeds.json", inputs.file("feeds", "2026-05-06.json").data.replace(b"2026-05-06", b"2026-06-15"))


def _commit(w: Writer, folder: Path) -> None:
    """Make the repository with one commit behind 2.3.0: the pin of one package, looked at by somebody else."""
    from asepsis.example import inputs
    from asepsis.example.cast import BY_KEY

    labels = {name: w.labels[record] for name, record in w.records.items() if name.startswith("change/")}
    inputs.repository(folder, labels, BEFORE)
    for path in ("pyproject.toml", "ward_gateway/__init__.py"):
        (folder / path).write_bytes((folder / path).read_bytes().replace(BEFORE.encode(), VERSION.encode()))
    author, reviewer = BY_KEY["minh"], BY_KEY["jonas"]
    message = (
        f"Raise urllib3 to {NEW} ({labels[f'change/{VERSION}']})\n\nReviewed-by: {reviewer.name} <{reviewer.email}>\n"
    )
    who = {
        f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", author.name), ("EMAIL", author.email), ("DATE", "2026-06-15T13:00:00+00:00"))
    }  # fmt: skip
    quiet = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    for command in (["commit", "-q", "-a", "-m", message], ["tag", f"v{VERSION}"]):
        subprocess.run(["git", *command], cwd=folder, env=quiet, check=True, capture_output=True)


# --- the walk -------------------------------------------------------------------------------------------------------


def before(w: Writer) -> None:
    """What is so before anybody decides: the story up to 12 June, and 2.3.0 and the model looked at again."""
    from asepsis.example import story

    story.tell(w, story.BEFORE_THE_PATCH)
    w.revise(
        "overall/2.3.0", by="aiko", why="A package of the updater is weak; the proxy bounds it until it is replaced."
    )
    w.revise("model", last_relevant_change="2026-06-01")
    w.sign()


def decide(walk: Walk) -> None:
    """Day one: what is done, which change it takes, the next release out of the one before, and who is affected."""
    from asepsis.configuration.records import ChangeRequest, ReleaseKind
    from asepsis.development.acts import draft_next_release
    from asepsis.problems.acts import draft_analyses
    from asepsis.problems.records import Decision

    w = walk.w
    w.go("2026-06-12", "13:00")
    none = {"size": "none", "why": "The package is raised within what the updater uses of it."}
    walk.fill_in(
        f"decision/{VERSION}", Decision, by="samira", title=f"Raise urllib3 in {VERSION}", option="fix",
        about=[w("vulnerability/urllib3")], why="The repaired package is out and changes nothing that we use.",
        risk=w("risk/bad-software"), due="2026-08-01", disclose="later", disclose_by="2026-07-15",
        disclose_why=f"Together with {VERSION}, so that there is something to install.",
        prevents_similar="Answers are bounded in our own code too; a rule of the analyser asks it.",
        told_processes=[{"who": "release management", "on": w.today}],
        told_third_parties=[{"supplier": w("supplier/urllib3"), "on": w.today}],
    )  # fmt: skip
    walk.fill_in(
        f"change/{VERSION}", ChangeRequest, by="minh", title=f"Raise urllib3 to {NEW}", what=f"Pin urllib3 at {NEW}.",
        why="The repaired version is out.", because=[w(f"decision/{VERSION}")], affects=[w("item/urllib3")],
        security_effect=none, safety_effect=none, effectiveness_effect=none, decided="do", owner=w.who("daan"),
    )  # fmt: skip
    walk.submit("samira")
    made = draft_next_release(
        w.hand("aiko"), w(f"release/{BEFORE}"), VERSION, date.fromisoformat(DAY),
        requests=[w(f"change/{VERSION}")], kind=ReleaseKind.UPDATE,
    )  # fmt: skip
    names = [f"release/{VERSION}", f"carried/{VERSION}", f"guide/{VERSION}", f"decommission/{VERSION}"]
    labels = [made.release, made.carrying or "", *made.documents]
    walk.look_at(*(one for one in labels if one), names=[name for name, one in zip(names, labels, strict=True) if one])
    analyses = draft_analyses(w.hand("samira"), w(f"release/{VERSION}"), [w("vulnerability/urllib3")])
    first = [w(f"decision/{VERSION}"), w(f"change/{VERSION}")]
    later = [one for one in walk.waiting if one not in first]
    walk.waiting = []
    walk.look_at(*analyses)
    walk.waiting += first  # in the order in which they are signed: what a decision rests on comes before it
    walk.sign("the decision", "samira")
    walk.waiting = later
    for one in made.proposal.anew:
        print(f"  done anew: {one.item.label:10} {one.item.content.title}: {one.why}", file=sys.stderr)


def build(walk: Walk) -> None:
    """The build: imports, drafts out of them, and what people write about it."""
    from asepsis.development.acts import Build, draft_build, draft_composition, draft_runs
    from asepsis.development.records import QUESTIONS, DocumentationReview, Review, ReviewOf, TestRun
    from asepsis.example import configuration, delivery, inputs, known
    from asepsis.exchange import vex_matches
    from asepsis.exchange.source import Source
    from asepsis.problems.acts import draft_statements
    from asepsis.quality.records import PeriodicReview
    from asepsis.statements.records import Attestation
    from asepsis.store import queries

    w = walk.w
    w.go("2026-06-15", "17:00")
    bill, again = _file("bills", f"{BEFORE}.cdx.json"), _file("bills", f"{BEFORE}.regenerated.cdx.json")
    guide = inputs.security_guide(VERSION)
    package = _package(guide)
    listed = inputs.manifest(package, f"{w.today}T15:00:00Z")
    signature = b64encode(delivery.private(w).sign(listed))
    w.signed[sha256(listed).hexdigest()] = (w.now, listed, signature.decode())
    _import(w, bill, again, package)
    w.go("2026-06-16")
    walk.complete(f"carried/{VERSION}", by="aiko", records=[*_said(w, f"carried/{VERSION}", "records"), {
        "record": w(f"run/{BEFORE}/penetration"), "why_unaffected": "The laboratory attacked the updater from outside; what it "
        "fetches with is raised in version, and no way in was added.",
    }])  # fmt: skip
    manifest, signed = Source("MANIFEST.sha256", listed), Source("MANIFEST.sig", signature)
    built = Build(f"v{VERSION}", bill, again, manifest, signed)
    walk.look_at(*draft_build(w.hand("aiko"), w(f"release/{VERSION}"), built), names=["bom", "manifest"])
    _import_manifest(w, manifest, signed)
    walk.complete(
        f"guide/{VERSION}", by="aiko", file=w.keep(guide, f"Security guide of {VERSION}", "text/markdown"),
        anchors=[
            one | {"tells_of": [*one["tells_of"], w("control/proxy")]} if one["item"] == "E.2.2" else one
            for one in _said(w, f"guide/{VERSION}", "anchors")
        ],
    )  # fmt: skip
    reports = [_file("junit", BEFORE, one.name) for one in sorted((inputs.FOLDER / "junit" / BEFORE).iterdir())]
    runs = draft_runs(w.hand("priya"), w(f"release/{VERSION}"), reports, w.who("priya"), date.fromisoformat(w.today))
    walk.look_at(*runs)
    w.records["run/mitigations"] = next(
        row.id for row in map(queries.row, runs)
        if (queries.head_value(row) or {})["plan"] == w("plan/threat-mitigation")
    )  # fmt: skip
    _import_reports(w, reports)
    walk.look_at(*draft_statements(w.hand("samira"), w(f"release/{VERSION}")))
    seen = _file("scans", f"{BEFORE}.composition.cdx.json")
    found = known.laid(bill, vex_matches.read_feeds(_feeds()).fact)
    scanned = draft_composition(
        w.hand("priya"), w(f"release/{VERSION}"), seen, w.who("priya"), date.fromisoformat(w.today)
    )
    walk.look_at(scanned or "")
    walk.fill_in(
        f"run/{VERSION}/known", TestRun, by="priya", title=f"Known vulnerabilities tests of {VERSION}",
        plan=w("plan/known-vulnerabilities"), build_id=BUILD, release=w(f"release/{VERSION}"), tester=w.who("priya"),
        on=w.today, report=w.keep(found.source, "What is known of it", "application/json"), outcome="pass",
        source_data_as_of="2026-06-15",
    )  # fmt: skip
    walk.fill_in(
        f"guide-review/{VERSION}", DocumentationReview, by="jonas", title=f"Review of the security guide of {VERSION}",
        release=w(f"release/{VERSION}"), document=w(f"guide/{VERSION}"),
        aspects=[{"aspect": one, "outcome": "right"} for one in ("capabilities", "environment", "practices-secure")],
    )  # fmt: skip
    walk.fill_in(
        f"review/open/{VERSION}", PeriodicReview, by="eluned", title=f"Open issues of {VERSION}", subject="open-issues",
        first_day="2026-05-08", last_day=w.today, looked_at=_issues(w), complete=True, efficient=True,
        led_to_resolution=True, concluded=f"What is open does not keep {VERSION} back.", next_due="2027-06-16",
    )  # fmt: skip
    walk.fill_in(
        f"attest/5.7.2-1/{VERSION}", Attestation, by="priya", title=f"5.7.2-1: Priya Raman, {VERSION}", obligation="5.7.2-1",
        release=w(f"release/{VERSION}"), statement="The attempts to get round the controls were made on this build again.",
        rests_on=w.all(["run/mitigations"]), on=w.today,
    )  # fmt: skip
    walk.fill_in(
        f"review/code/{VERSION}", Review, by="tomasz", title=f"Review of the code of {VERSION}", of="implementation",
        change_set={"repository": "ward-gateway", "to_commit": f"v{VERSION}"}, lead=w.who("priya"), held_on=w.today,
        reviewers=[{"person": w.who("tomasz"), "viewpoint": "security-adviser", "independence": 2}], concluded="pass",
        questions=[{"question": one, "answer": "yes"} for one in QUESTIONS[ReviewOf.IMPLEMENTATION]],
    )  # fmt: skip
    walk.complete(f"change/{VERSION}", by="daan", done_in=w(f"release/{VERSION}"), proved_by=w.all(["run/mitigations"]))
    walk.waiting.append(w(f"change/{VERSION}"))
    configuration.shared(w, BEFORE)
    walk.sign("what the build brought", "aiko")


def _said(w: Writer, name: str, what: str) -> list[dict[str, Any]]:
    from asepsis.store import queries

    return list((queries.head_value(queries.row(w(name))) or {})[what])


def _issues(w: Writer) -> list[str]:
    from asepsis.development.records import Finding
    from asepsis.problems.records import Decision, Incident, Report
    from asepsis.risk.records import Vulnerability

    return w.of_kinds(Report, Finding, Vulnerability, Decision, Incident)


def _package(guide: bytes) -> dict[str, bytes]:
    from asepsis.example import inputs

    files = inputs.package(BEFORE, guide)
    return {path: data if path.startswith("docs/") else _raised(data) for path, data in files.items()}


def _import(w: Writer, bill: Any, again: Any, files: dict[str, bytes]) -> None:
    """Import what is known of the build: bills, source, scans, ways in, settings, package, advisories and the key's log."""
    from asepsis.example import delivery, inputs, known
    from asepsis.example.cast import CAST
    from asepsis.exchange import cyclonedx, git, package, sarif, subjects, vex_matches

    subject = subjects.build(w.product or "", BUILD)
    for one in (bill, again, _file("scans", f"{BEFORE}.composition.cdx.json")):
        w.take("components", one.digest, cyclonedx.read(one).fact, one.data, by="jonas")
    by_email = {one.email: w.people[one.key] for one in CAST if one.key in w.people}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "ward-gateway"
        folder.mkdir()
        _commit(w, folder)
        source = git.read(
            folder, to=f"v{VERSION}", from_=f"v{BEFORE}", name="ward-gateway",
            who=lambda name, email: by_email.get(email, git.pseudonym(name, email)),
        ).fact  # fmt: skip
        w.take("source", subject, source, f"{source.from_commit}..{source.to_commit}\n".encode(), by="jonas")
        laid = inputs.laid(files, Path(made) / f"ward-gateway-{VERSION}")
        listed = package.read(laid).fact
    lines = "".join(f"{one.sha256}  {one.path}\n" for one in listed.files).encode()
    w.take("package_files", w(f"release/{VERSION}"), listed, lines, by="jonas")
    scans = _file("sarif", f"{BEFORE}.sarif")
    w.take("static_findings", subject, sarif.read(scans).fact, scans.data, by="jonas")
    delivery.ways_in(w, BUILD)
    delivery.guarded(w, BUILD)
    feeds = _feeds()
    read = vex_matches.read_feeds(feeds).fact
    w.take("feeds", subjects.ORGANISATION, read, feeds.data, org=True, as_of=read.as_of)
    for its in (*(inputs.file("bills", f"{version}.cdx.json") for version in ("2.2.0", BEFORE)), bill):
        found = known.laid(its, read)
        w.take("matches", subjects.bill_and_feeds(its.digest, found.fact.feeds), found.fact, found.source)
    delivery.key_log(w, "2026-06-15")
    delivery.ledger_verified(w)


def _import_manifest(w: Writer, source: Any, signature: Any) -> None:
    from asepsis.example import delivery
    from asepsis.exchange import manifest
    from asepsis.exchange.source import Source

    public = delivery.private(w).public_key().public_bytes_raw()
    fact = manifest.read(source, signature=signature, public_key=Source("key", public)).fact
    w.take("manifest_files", source.digest, fact, source.data, by="jonas")


def _import_reports(w: Writer, reports: Sequence[Any]) -> None:
    from asepsis.exchange import junit

    for report in reports:
        w.take("test_results", report.digest, junit.read(report).fact, report.data)


def ask(walk: Walk) -> Assessment:
    """Ask the gate, and remember what it took to get there."""
    walk.w.go("2026-06-16", "14:00")
    found = _asked(walk.w)
    walk.at_the_gate = len(walk.forms), len(walk.acts)
    return found


def let_out(walk: Walk, found: Assessment) -> Gate:
    """The release is decided on what the gate said, goes out, and the gate is asked again."""
    from asepsis.configuration.records import Fielded
    from asepsis.conformance import assessment as assessments
    from asepsis.conformance import moments
    from asepsis.development.records import ReleaseDecision

    w = walk.w
    data = assessments.document_bytes(found)
    digest = sha256(data).hexdigest()
    w.take("assessments", digest, assessments.as_fact(found), data, by="tomasz")
    walk.fill_in(
        f"decision/release/{VERSION}", ReleaseDecision, by="aiko", title=f"{VERSION} goes out",
        release=w(f"release/{VERSION}"), outcome="release", assessment=digest, on=w.today,
    )  # fmt: skip
    walk.sign("the release", "aiko")
    walk.fill_in(
        f"fielded/{VERSION}/site-0417", Fielded, by="minh", title=f"site-0417 uses {VERSION}", site="site-0417", market="EU",
        release=w(f"release/{VERSION}"), count=1, since=w.today,
    )  # fmt: skip
    walk.sign("the release", "minh")
    return moments.gate_of(_asked(w))


def _asked(w: Writer) -> Assessment:
    """Assess 2.3.1, and tell what is missing, if anything is."""
    from asepsis.conformance import moments

    found = moments.assess_product(moments.Asked(w.product or "", w(f"release/{VERSION}")), w.clock.now)
    for one in found.obligations:
        for note in (*one.gaps, *one.unknowns) if one.counts else ():
            print(f"  missing: {one.id} {note.check}: {note.said.text()}", file=sys.stderr)
    return found


def walked(home: Path) -> tuple[Walk, Gate, Gate]:
    """Write the example into an empty store, go on from it until 2.3.1 is out, and return what was counted.

    Beside it stand what the gate answered when it was asked, and what it answers once the release is out.
    """
    from asepsis.conformance import moments
    from asepsis.example import story

    walk = Walk(story.begin(home, seed=b"a patch"))
    before(walk.w)
    decide(walk)
    build(walk)
    found = ask(walk)
    return walk, moments.gate_of(found), let_out(walk, found)


# --- the table ------------------------------------------------------------------------------------------------------


def main() -> None:
    """Print forms, drafts and acts, and the two totals; exit with 1 where the gate is closed or they are too many."""
    with tempfile.TemporaryDirectory(prefix="asepsis-patch-") as folder:
        os.environ["ASEPSIS_HOME"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "asepsis.settings")
        import django

        django.setup()
        from django.core.management import call_command

        from asepsis import processes

        processes.load()
        call_command("migrate", verbosity=0)
        walk, gate, out = walked(Path(folder))
    show(walk)
    forms, acts = walk.at_the_gate
    print(
        f"\nTo the gate of {VERSION}, which answers {gate.exit_code}: {forms} forms, at most {MOST_FORMS} are asked; "
        f"{acts} signing acts, at most {MOST_ACTS}."
    )
    print(
        f"To have it out, decided and at its first site: {len(walk.forms)} forms and {len(walk.acts)} signing acts; "
        f"the gate answers {out.exit_code}."
    )
    raise SystemExit(int(bool(gate.exit_code or out.exit_code or forms > MOST_FORMS or acts > MOST_ACTS)))


def show(walk: Walk) -> None:
    """Print what was counted, and what was drafted."""
    print("forms")
    for number, (who, kind, what) in enumerate(walk.forms, start=1):
        print(f"  {number:2} {who:8} {kind:22} {what}")
    print("signing acts")
    for number, (who, when, count) in enumerate(walk.acts, start=1):
        print(f"  {number:2} {who:8} {when:24} {count} signatures")
    print("drafted by the program, and looked at")
    for kind in dict.fromkeys(kind for kind, _ in walk.drafted):
        print(f"     {kind:22} {', '.join(label for one, label in walk.drafted if one == kind)}")


if __name__ == "__main__":
    main()
