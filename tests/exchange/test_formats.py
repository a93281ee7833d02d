"""The table of the kinds of facts, and that each of its readers reads what it says."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from asepsis.clauses import policy
from asepsis.errors import InputError
from asepsis.exchange import facts, formats
from asepsis.exchange.formats import FACTS, FORMATS, Staleness, Subject, Takes
from asepsis.exchange.source import SourceMissingError, UnreadableError

DIGEST = "ab" * 32
AS_OF = "2026-03-01T09:30:00Z"
BILL = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": []}


def written(name: str, value: Any) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        text = value if isinstance(value, str) else json.dumps(value)
        (folder / name).write_text(text)
        return folder / name

    return write


def repository(folder: Path) -> Path:
    if shutil.which("git") is None:
        pytest.skip("git is not installed here")
    (folder / "a.py").write_text("1\n")
    person = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for arguments in (["init", "--quiet"], ["add", "a.py"], [*person, "commit", "--quiet", "--message", "one"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    return folder


def package(folder: Path) -> Path:
    (folder / "package").mkdir()
    (folder / "package/a").write_text("1")
    return folder / "package"


LOCKFILES = Path(__file__).parents[1] / "samples/lockfiles"


def lock_file(name: str) -> Callable[[Path], Path]:
    return written(name, (LOCKFILES / name).read_text())


PACKAGE = {"name": "a", "SPDXID": "SPDXRef-a", "downloadLocation": "NOASSERTION"}
SPDX = {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "packages": [PACKAGE]}
RDF = """<rdf:RDF xmlns:spdx="http://spdx.org/rdf/terms#" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<spdx:SpdxDocument rdf:about="urn:a#SPDXRef-DOCUMENT"><spdx:specVersion>SPDX-2.3</spdx:specVersion></spdx:SpdxDocument>
</rdf:RDF>"""


@dataclass(frozen=True)
class Sample:
    make: Callable[[Path], Path]
    given: dict[str, Any]


SAMPLES = {
    "cyclonedx": Sample(written("bom.json", BILL), {}),
    "cyclonedx-xml": Sample(written("bom.xml", '<bom xmlns="http://cyclonedx.org/schema/bom/1.6"/>'), {}),
    "spdx-json": Sample(written("bom.spdx.json", SPDX), {}),
    "spdx-yaml": Sample(written("bom.spdx.yaml", "SPDXID: SPDXRef-DOCUMENT\nspdxVersion: SPDX-2.3\n"), {}),
    "spdx-xml": Sample(
        written("bom.spdx.xml", "<Document><SPDXID>a</SPDXID><spdxVersion>SPDX-2.3</spdxVersion></Document>"), {}
    ),
    "spdx-tags": Sample(written("bom.spdx", "# a bill\nSPDXVersion: SPDX-2.3\n"), {}),
    "spdx-rdf": Sample(written("bom.spdx.rdf", RDF), {}),
    "spdx-3": Sample(
        written("bom.jsonld", {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}), {}
    ),
    "requirements": Sample(lock_file("requirements.txt"), {}),
    "pylock": Sample(lock_file("pylock.toml"), {}),
    "poetry": Sample(lock_file("poetry.lock"), {}),
    "uv": Sample(lock_file("uv.lock"), {}),
    "pipfile": Sample(lock_file("Pipfile.lock"), {}),
    "package-lock": Sample(lock_file("package-lock.json"), {}),
    "yarn": Sample(lock_file("yarn.lock"), {}),
    "yarn-berry": Sample(lock_file("yarn-berry.lock"), {}),
    "pnpm": Sample(lock_file("pnpm-lock.yaml"), {}),
    "cargo": Sample(lock_file("Cargo.lock"), {}),
    "go-sum": Sample(lock_file("go.sum"), {}),
    "go-mod": Sample(lock_file("go.mod"), {}),
    "gemfile": Sample(lock_file("Gemfile.lock"), {}),
    "composer": Sample(lock_file("composer.lock"), {}),
    "dotnet": Sample(lock_file("packages.lock.json"), {}),
    "pom": Sample(lock_file("pom.xml"), {}),
    "gradle": Sample(lock_file("gradle.lockfile"), {}),
    "cyclonedx-vulnerabilities": Sample(
        written("scan.json", BILL | {"vulnerabilities": []}), {"bill_digest": DIGEST, "feeds_digest": DIGEST}
    ),
    "feeds": Sample(written("feeds.json", {"feeds": [{"name": "OSV", "as_of": AS_OF}]}), {}),
    "junit": Sample(written("report.xml", '<testsuite><testcase name="a"/></testsuite>'), {}),
    "sarif": Sample(
        written("r.sarif", {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": []}]}),
        {"analysis": "binary"},
    ),
    "git": Sample(repository, {"to": "HEAD"}),
    "package": Sample(package, {}),
    "sha256sum": Sample(written("SHA256SUMS", f"{DIGEST}  a\n"), {}),
    "key-log": Sample(written("key.log", {"until": AS_OF}), {}),
    "settings": Sample(
        written(
            "settings.json",
            {
                "as_of": AS_OF,
                "repositories": [
                    {
                        "name": "gateway",
                        "review_asked": True,
                        "rewriting_barred": True,
                        "second_factor": True,
                        "writers": [],
                        "lock_files": True,
                    }
                ],
            },
        ),
        {},
    ),
    "surface": Sample(written("surface.json", {"as_of": AS_OF, "exposed": []}), {}),
}
READERS = [(kind, format_) for kind in FACTS.values() for format_ in kind.readers]
each_reader = pytest.mark.parametrize(("kind", "format_"), READERS, ids=[one.name for _, one in READERS])


def test_each_shape_of_facts_has_exactly_one_line_and_no_line_another_shape() -> None:
    shapes = [kind.shape for kind in FACTS.values()]
    assert sorted(shape.__name__ for shape in shapes) == sorted(shape.__name__ for shape in facts.SHAPES.values())
    assert all(facts.SHAPES[name] is kind.shape for name, kind in FACTS.items())


@each_reader
def test_each_reader_yields_the_shape_of_its_kind(
    kind: formats.FactKind, format_: formats.Format, tmp_path: Path
) -> None:
    sample = SAMPLES[format_.name]
    reading = format_.reading(sample.make(tmp_path), **sample.given)
    assert type(reading.fact) is kind.shape
    assert reading.receipt.kind == kind.name
    assert facts.read_document(facts.document_bytes(reading.fact)) == reading.fact


@each_reader
def test_each_reader_refuses_what_is_nothing_at_all(
    kind: formats.FactKind, format_: formats.Format, tmp_path: Path
) -> None:
    (tmp_path / "nothing").write_bytes(b"\x00\xff nothing")
    with pytest.raises(Exception, match="nothing") as refusal:
        format_.reading(tmp_path / "nothing", **SAMPLES[format_.name].given)
    assert isinstance(refusal.value, InputError)


@each_reader
def test_each_format_is_told_by_what_it_begins_with(
    kind: formats.FactKind, format_: formats.Format, tmp_path: Path
) -> None:
    assert kind.format_of(SAMPLES[format_.name].make(tmp_path)) is format_
    if format_.takes is not Takes.FOLDER and format_.name != "package":
        assert format_.sniff is not None
        assert format_.sniff(SAMPLES[format_.name].make(tmp_path).read_bytes()[: formats.SNIFFED])
        assert not format_.sniff(b"%PDF-1.7")


def test_what_tells_a_format_may_stand_far_into_the_file(tmp_path: Path) -> None:
    late = {"$schema": "x", "metadata": {"component": {"name": "x" * 10_000}}} | BILL
    path = written("late.json", late)(tmp_path)
    assert FACTS["components"].format_of(path).name == "cyclonedx"


def test_what_stands_inside_a_document_does_not_tell_its_format(tmp_path: Path) -> None:
    path = written("bom.json", BILL | {"metadata": {"lockfileVersion": 1, "spdxVersion": "SPDX-2.3"}})(tmp_path)
    assert FACTS["components"].format_of(path).name == "cyclonedx"


def test_an_archive_is_told_by_its_first_bytes() -> None:
    sniff = FORMATS["package"].sniff
    assert sniff is not None
    assert [sniff(start) for start in (b"PK\x03\x04", b"\x1f\x8b\x08", b"\0" * 257 + b"ustar", b"{}")] == [True] * 3 + [
        False
    ]


def test_format_names_are_each_used_once() -> None:
    assert len(FORMATS) == len(READERS)


def test_a_kind_without_a_reader_says_why_and_no_other_does() -> None:
    assert {name for name, kind in FACTS.items() if kind.unread} == {n for n, kind in FACTS.items() if not kind.readers}
    with pytest.raises(formats.NoReaderError, match="'people' are not read from a file: the program makes them itself"):
        FACTS["people"].format("json")
    with pytest.raises(formats.NoReaderError, match="'provenance' are not read from a file: there is no reader"):
        FACTS["provenance"].format_of("any")


def test_each_subject_says_how_its_join_is_made() -> None:
    assert all(subject.help.endswith(".") for subject in Subject)


def test_facts_that_grow_stale_by_age_name_a_value_of_the_policy_and_a_field_to_count_from() -> None:
    by_age = {kind.name: kind for kind in FACTS.values() if kind.stale.when is Staleness.AGE}
    assert by_age.keys() == {"feeds", "repository_settings"}
    for kind in by_age.values():
        assert kind.stale.policy is not None
        assert policy.value_named(kind.stale.policy).name == kind.stale.policy
        assert kind.shape is not None
        assert kind.stale.since in kind.shape.__struct_fields__


@pytest.mark.parametrize(
    ("kind", "subject", "when"),
    [
        ("components", Subject.BILL, Staleness.NEVER),
        ("matches", Subject.BILL_AND_FEEDS, Staleness.WITH_FEEDS),
        ("test_results", Subject.REPORT, Staleness.NEVER),
        ("static_findings", Subject.BUILD, Staleness.OTHER_BUILD),
        ("source", Subject.BUILD, Staleness.OTHER_BUILD),
        ("package_files", Subject.RELEASE, Staleness.NEVER),
        ("manifest_files", Subject.MANIFEST, Staleness.NEVER),
        ("signing_log", Subject.SIGNING_KEY, Staleness.ENDS_BEFORE_RELEASE),
        ("shared_items", Subject.PRODUCT, Staleness.NEWER_BILL),
    ],
)
def test_joins_and_staleness_are_those_of_the_design(kind: str, subject: Subject, when: Staleness) -> None:
    assert (FACTS[kind].subject, FACTS[kind].stale.when) == (subject, when)


def test_an_unknown_kind_or_format_is_refused_naming_those_that_are_known() -> None:
    with pytest.raises(formats.UnknownFactsError, match="no facts of the kind 'rumours'") as refusal:
        formats.kind_named("rumours")
    assert refusal.value.next is not None
    assert "test_results" in refusal.value.next
    with pytest.raises(formats.UnknownFormatError, match="test_results are not read in the format 'sarif'"):
        formats.kind_named("test_results").format("sarif")
    assert formats.kind_named("test_results").format("junit") is FORMATS["junit"]


def test_a_folder_given_for_a_file_is_not_told(tmp_path: Path) -> None:
    with pytest.raises(formats.UntoldFormatError, match="begins like none"):
        FACTS["test_results"].format_of(tmp_path)


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(SourceMissingError, match=r"absent\.xml cannot be opened"):
        FACTS["test_results"].format_of("absent.xml")


def test_what_a_reader_does_not_take_or_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(formats.WrongGivenError, match="JUnit XML is read with nothing further; 'to' is not taken"):
        FORMATS["junit"].reading(tmp_path / "a.xml", to="x")
    with pytest.raises(formats.WrongGivenError, match="'feeds_digest' is missing"):
        FORMATS["cyclonedx-vulnerabilities"].reading(tmp_path / "a.json", bill_digest=DIGEST)


def test_a_file_of_another_kind_is_refused_by_the_only_reader(tmp_path: Path) -> None:
    path = written("report.xml", {"version": "2.1.0"})(tmp_path)
    with pytest.raises(UnreadableError, match=r"report\.xml cannot be read as JUnit XML"):
        FACTS["test_results"].format_of(path).reading(path)
