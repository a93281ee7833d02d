"""The table of all kinds of facts: what each is joined to, when it grows stale, and in which formats it can be read."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from asepsis.errors import InputError
from asepsis.exchange import bill_signs as signs
from asepsis.exchange import facts
from asepsis.exchange.bill import Bill, UnreadableBomError
from asepsis.exchange.source import MIB, MOST_BYTES, Reading, Source, SourceMissingError
from asepsis.sentences import Sentence

SNIFFED = 4096  # bytes at the start of a file by which its format is told


class UnknownFactsError(InputError):
    """There is no kind of facts of a name."""

    code = "facts-unknown"
    sentence = Sentence("There are no facts of the kind '{name}'.", next="Name one of {known}.")


class NoReaderError(InputError):
    """A kind of facts is not read from files."""

    code = "facts-not-read"
    sentence = Sentence("Facts of the kind '{name}' are not read from a file: {why}.")


class UnknownFormatError(InputError):
    """A kind of facts is not read in the format that was named."""

    code = "format-unknown"
    sentence = Sentence("{name} are not read in the format '{format}'.", next="Name one of {known}.")


class UntoldFormatError(InputError):
    """The format of a file cannot be told from its beginning."""

    code = "format-untold"
    sentence = Sentence(
        "{source} begins like none of the formats in which {name} are read.", next="Name its format: {known}."
    )


class WrongGivenError(InputError):
    """A reader was given something that it does not take, or lacks something that it needs."""

    code = "format-given"
    sentence = Sentence("{format} is read with {takes}; {problem}.", next="Give exactly what it takes.")


class Subject(enum.StrEnum):
    """What facts are about: the value by which a record finds them."""

    BILL = "bill"
    BILL_AND_FEEDS = "bill-and-feeds"
    REPORT = "report"
    BUILD = "build"
    RELEASE = "release"
    MANIFEST = "manifest"
    SIGNING_KEY = "signing-key"
    PRODUCT = "product"
    ORGANISATION = "organisation"
    ASSESSMENT = "assessment"

    @property
    def help(self) -> str:
        """Return how the join is made, for a person who names the subject."""
        return _JOINS[self]


_JOINS = {
    Subject.BILL: "The SHA-256 of the bill, as a BillOfMaterials names its document.",
    Subject.BILL_AND_FEEDS: "The SHA-256 of the bill and that of the feeds document that it was laid against.",
    Subject.REPORT: "The SHA-256 of the report, as a TestRun names it.",
    Subject.BUILD: "The product and the build, as a Release names its build_id.",
    Subject.RELEASE: "The record id of the Release.",
    Subject.MANIFEST: "The SHA-256 of the manifest, as an IntegrityManifest names its files.",
    Subject.SIGNING_KEY: "The record id of the SigningKey.",
    Subject.PRODUCT: "The product.",
    Subject.ORGANISATION: "The organisation; there is only one.",
    Subject.ASSESSMENT: "The SHA-256 of the assessment, as a ReleaseDecision or a Claim names it.",
}


class Staleness(enum.StrEnum):
    """When facts no longer answer for what is looked at."""

    NEVER = "never"
    OTHER_BUILD = "another build is looked at"
    WITH_FEEDS = "the feeds that they were made with are stale"
    AGE = "they are older than the policy allows"
    ENDS_BEFORE_RELEASE = "their newest line is older than the release looked at"
    NEWER_BILL = "there is a newer bill"


@dataclass(frozen=True, slots=True)
class Stale:
    """When facts grow stale; by age, which policy value says after how long, and from which field it counts."""

    when: Staleness
    policy: str | None = None
    since: str | None = None


NEVER, OTHER_BUILD = Stale(Staleness.NEVER), Stale(Staleness.OTHER_BUILD)


class Takes(enum.StrEnum):
    """What a reader reads."""

    FILE = "file"
    FOLDER = "folder"
    FILE_OR_FOLDER = "file or folder"


class Form(enum.StrEnum):
    """What a further argument of a reader is."""

    TEXT = "text"
    DIGEST = "digest"
    FILE = "file"  # a `Source`
    KEY = "key"  # the 32 bytes of a public key
    FACT = "fact"
    CONTENT = "content"  # a function that gives bytes by their digest
    PERSONS = "persons"  # a function that gives the person of a name and an address


@dataclass(frozen=True, slots=True)
class Given:
    """A further argument that a reader takes by `name`."""

    name: str
    form: Form
    help: str
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Format:
    """One form in which a kind of facts can be read. `sniff` tells it from the first 4,096 bytes of a file."""

    name: str
    title: str
    read: Callable[..., Reading[Any]]
    takes: Takes = Takes.FILE
    given: tuple[Given, ...] = ()
    sniff: Callable[[bytes], bool] | None = None

    def reading(self, path: Path | str, **given: Any) -> Reading[Any]:
        """Return what the file or folder at `path` holds.

        Raises `WrongGivenError` when an argument is missing or not taken, and what the reader raises.
        """
        names, needed = {one.name for one in self.given}, {one.name for one in self.given if one.needed}
        takes = sorted(names) or ["nothing further"]
        if extra := sorted(given.keys() - names):
            raise WrongGivenError(format=self.title, takes=takes, problem=f"'{extra[0]}' is not taken")
        if missing := sorted(needed - given.keys()):
            raise WrongGivenError(format=self.title, takes=takes, problem=f"'{missing[0]}' is missing")
        return self.read(Source.file(path) if self.takes is Takes.FILE else Path(path), **given)


F = TypeVar("F", bound=Format)


@dataclass(frozen=True, slots=True)
class BillFormat(Format):
    """A form in which bills can be read; its reader gives more than the facts."""

    read: Callable[[Source], Bill]
    media: str = "text/plain"


@dataclass(frozen=True, slots=True)
class FactKind:
    """One kind of facts. Without a reader, `unread` says why."""

    name: str
    shape: type[facts.Fact]
    subject: Subject
    stale: Stale
    readers: tuple[Format, ...] = ()
    unread: str | None = None

    def format(self, name: str) -> Format:
        """Return the format of a name. Raises `NoReaderError` or `UnknownFormatError`."""
        for one in self._formats():
            if one.name == name:
                return one
        raise UnknownFormatError(name=self.name, format=name, known=[one.name for one in self.readers])

    def format_of(self, path: Path | str) -> Format:
        """Return the format of a file or folder, told by what it begins with where there are several.

        Raises `NoReaderError`, `SourceMissingError` or `UntoldFormatError`.
        """
        path, formats = Path(path), self._formats()
        if path.is_dir():
            fitting = [one for one in formats if one.takes is not Takes.FILE]
        else:
            fitting = _told_by(_start(path, SNIFFED), formats)
            if not fitting and len(formats) > 1:  # what tells it may stand further on
                fitting = _told_by(_start(path, MOST_BYTES), formats)
        if len(fitting) == 1:
            return fitting[0]
        if len(formats) == 1 and not path.is_dir():
            return formats[0]  # its reader says what is wrong with the file
        raise UntoldFormatError(source=path.name, name=self.name, known=[one.name for one in formats])

    def _formats(self) -> tuple[Format, ...]:
        if not self.readers:
            raise NoReaderError(name=self.name, why=self.unread)
        return self.readers


def _told_by(start: bytes, formats: Iterable[F]) -> list[F]:
    return [one for one in formats if one.sniff is not None and one.sniff(start)]


def _start(path: Path, size: int) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(size)
    except (OSError, ValueError) as problem:  # ValueError: a path with a null character
        reason = problem.strerror if isinstance(problem, OSError) else None
        raise SourceMissingError(source=path.name, reason=(reason or str(problem)).lower()) from problem


# what the formats begin with


def _begins(pattern: bytes) -> Callable[[bytes], bool]:
    found = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:" + pattern + rb")", re.DOTALL)
    return lambda start: found.match(start) is not None


_IS_XML = _begins(rb"<\?xml|<testsuite|<!--")
_IS_JSON = _begins(rb"\{")
_IS_DIGESTS = _begins(rb"#|\\?[0-9a-fA-F]{64} |\\?SHA256 \(")


def _is_archive(start: bytes) -> bool:
    return start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b")) or start[257:262] == b"ustar"


# the formats


def _reader(module: str, name: str = "read") -> Callable[..., Any]:
    """Return a reader whose module is brought in when something is read, so that no format pays for the others."""

    def read(*given: Any, **named: Any) -> Any:
        return getattr(import_module(f"asepsis.exchange.{module}"), name)(*given, **named)

    return read


BILLS = (
    BillFormat(
        "cyclonedx",
        "CycloneDX JSON 1.2 to 1.7",
        _reader("cyclonedx"),
        sniff=signs.IS_CYCLONEDX,
        media="application/vnd.cyclonedx+json",
    ),
    BillFormat(
        "cyclonedx-xml",
        "CycloneDX XML 1.0 to 1.7",
        _reader("cyclonedx_xml"),
        sniff=signs.IS_CYCLONEDX_XML,
        media="application/vnd.cyclonedx+xml",
    ),
    BillFormat(
        "spdx-json", "SPDX 2 in JSON", _reader("spdx.in_json"), sniff=signs.IS_SPDX_JSON, media="application/spdx+json"
    ),
    BillFormat(
        "spdx-yaml", "SPDX 2 in YAML", _reader("spdx.in_yaml"), sniff=signs.IS_SPDX_YAML, media="application/yaml"
    ),
    BillFormat("spdx-xml", "SPDX 2 in XML", _reader("spdx.in_xml"), sniff=signs.IS_SPDX_XML, media="application/xml"),
    BillFormat(
        "spdx-tags", "SPDX 2 as tags and values", _reader("spdx.in_tags"), sniff=signs.IS_SPDX_TAGS, media="text/spdx"
    ),
    BillFormat(
        "spdx-rdf", "SPDX 2 in RDF", _reader("spdx.in_rdf"), sniff=signs.IS_SPDX_RDF, media="application/rdf+xml"
    ),
    BillFormat(
        "spdx-3", "SPDX 3.0 in JSON-LD", _reader("spdx.third"), sniff=signs.is_third_spdx, media="application/ld+json"
    ),
    BillFormat("requirements", "requirements.txt", _reader("lockfiles.requirements"), sniff=signs.IS_REQUIREMENTS),
    BillFormat("pylock", "pylock.toml", _reader("lockfiles.pylock"), sniff=signs.IS_PYLOCK, media="application/toml"),
    BillFormat("poetry", "poetry.lock", _reader("lockfiles.poetry"), sniff=signs.IS_POETRY, media="application/toml"),
    BillFormat("uv", "uv.lock", _reader("lockfiles.uv"), sniff=signs.IS_UV, media="application/toml"),
    BillFormat(
        "pipfile", "Pipfile.lock", _reader("lockfiles.pipfile"), sniff=signs.IS_PIPFILE, media="application/json"
    ),
    BillFormat(
        "package-lock",
        "package-lock.json 1 to 3",
        _reader("lockfiles.package_lock"),
        sniff=signs.IS_PACKAGE_LOCK,
        media="application/json",
    ),
    BillFormat("yarn", "yarn.lock 1", _reader("lockfiles.yarn", "read_classic"), sniff=signs.IS_YARN),
    BillFormat(
        "yarn-berry",
        "yarn.lock 2 and later",
        _reader("lockfiles.yarn", "read_berry"),
        sniff=signs.IS_BERRY,
        media="application/yaml",
    ),
    BillFormat(
        "pnpm", "pnpm-lock.yaml 5 to 9", _reader("lockfiles.pnpm"), sniff=signs.IS_PNPM, media="application/yaml"
    ),
    BillFormat("cargo", "Cargo.lock", _reader("lockfiles.cargo"), sniff=signs.IS_CARGO, media="application/toml"),
    BillFormat("go-sum", "go.sum", _reader("lockfiles.go", "read_sum"), sniff=signs.IS_GO_SUM),
    BillFormat("go-mod", "go.mod", _reader("lockfiles.go", "read_mod"), sniff=signs.IS_GO_MOD),
    BillFormat("gemfile", "Gemfile.lock", _reader("lockfiles.gemfile"), sniff=signs.IS_GEMFILE),
    BillFormat(
        "composer", "composer.lock", _reader("lockfiles.composer"), sniff=signs.IS_COMPOSER, media="application/json"
    ),
    BillFormat(
        "dotnet", "packages.lock.json", _reader("lockfiles.dotnet"), sniff=signs.IS_DOTNET, media="application/json"
    ),
    BillFormat("pom", "pom.xml", _reader("lockfiles.pom"), sniff=signs.IS_POM, media="application/xml"),
    BillFormat("gradle", "gradle.lockfile", _reader("lockfiles.gradle"), sniff=signs.IS_GRADLE),
)
VULNERABILITIES = Format(
    "cyclonedx-vulnerabilities",
    "CycloneDX JSON with vulnerabilities, as scanners write it",
    _reader("vex_matches", "read_matches"),
    given=(
        Given("bill_digest", Form.DIGEST, "The SHA-256 of the bill that was laid against the feeds.", needed=True),
        Given("feeds_digest", Form.DIGEST, "The SHA-256 of the feeds document.", needed=True),
        Given("components", Form.FACT, "The components of that bill; without them the document's own are taken."),
    ),
    sniff=_IS_JSON,
)
FEEDS = Format("feeds", "A list of advisory feeds in JSON", _reader("vex_matches", "read_feeds"), sniff=_IS_JSON)
JUNIT = Format("junit", "JUnit XML", _reader("junit"), sniff=_IS_XML)
SARIF = Format(
    "sarif",
    "SARIF 2.1.0",
    _reader("sarif"),
    given=(Given("analysis", Form.TEXT, "What was looked at: source, binary or secrets."),),
    sniff=_IS_JSON,
)
GIT = Format(
    "git",
    "A Git repository",
    _reader("git"),
    takes=Takes.FOLDER,
    given=(
        Given("to", Form.TEXT, "The commit or tag that was built.", needed=True),
        Given("from_", Form.TEXT, "The commit or tag of the build before; without it every change counts."),
        Given("requests", Form.TEXT, "The pattern of the labels of change requests, compiled."),
        Given("name", Form.TEXT, "What the repository is called in its settings; without it its folder's name."),
        Given("who", Form.PERSONS, "Which person an author line names; without it a pseudonym of the address."),
    ),
)
PACKAGE = Format(
    "package",
    "A folder, or a zip, tar or tar.gz archive",
    _reader("package"),
    takes=Takes.FILE_OR_FOLDER,
    sniff=_is_archive,
)
SHA256SUM = Format(
    "sha256sum",
    "A list as sha256sum writes it, with an Ed25519 signature",
    _reader("manifest"),
    given=(
        Given("signature", Form.FILE, "The signature over the manifest's bytes."),
        Given("public_key", Form.FILE, "The public key that it should hold under."),
    ),
    sniff=_IS_DIGESTS,
)
KEY_LOG = Format(
    "key-log",
    "The log of a signing key in JSON lines",
    _reader("signing_log"),
    given=(
        Given("public_key", Form.KEY, "The key's public half, to check the signatures that the log holds."),
        Given("content", Form.CONTENT, "The bytes that were signed, by their digest."),
    ),
    sniff=_IS_JSON,
)
SETTINGS = Format("settings", "Settings of repositories in JSON", _reader("settings_files"), sniff=_IS_JSON)
SURFACE = Format(
    "surface", "A list of the ways into a build in JSON", _reader("settings_files", "read_surface"), sniff=_IS_JSON
)


def bill_of(source: Source) -> Bill:
    """Return the bill or lock file in `source`, whichever of `BILLS` it begins like.

    Raises what `bill_format_of` and the reader raise.
    """
    return bill_format_of(source).read(source)


def bill_format_of(source: Source) -> BillFormat:
    """Return the format of a bill or lock file, told by its content.

    Raises `UnreadableBomError` where it is none of them or could be several.
    """
    is_small = len(source.data) <= MIB  # the whole is looked at as fast as a beginning that is cut off
    fitting = ([] if is_small else _told_by(source.data[:SNIFFED], BILLS)) or _told_by(source.data, BILLS)
    if len(fitting) != 1:
        reason = "it begins like none of the formats that are read" if not fitting else "it begins like several formats"
        raise UnreadableBomError(source=source.name, reason=reason)
    return fitting[0]


# the kinds of facts

OWN = "the program makes them itself, of what it knows"
NOT_YET = "there is no reader for it yet"
WITH_FEEDS, NEWER_BILL = Stale(Staleness.WITH_FEEDS), Stale(Staleness.NEWER_BILL)
BEFORE_RELEASE = Stale(Staleness.ENDS_BEFORE_RELEASE, since="until")
FEED_AGE = Stale(Staleness.AGE, policy="maintenance.feed_age_days", since="as_of")
SETTINGS_AGE = Stale(Staleness.AGE, policy="development.environment_check_months", since="as_of")

FACTS = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            FactKind("components", facts.Components, Subject.BILL, NEVER, BILLS),
            FactKind("matches", facts.Matches, Subject.BILL_AND_FEEDS, WITH_FEEDS, (VULNERABILITIES,)),
            FactKind("feeds", facts.Feeds, Subject.ORGANISATION, FEED_AGE, (FEEDS,)),
            FactKind("test_results", facts.TestResults, Subject.REPORT, NEVER, (JUNIT,)),
            FactKind("static_findings", facts.StaticFindings, Subject.BUILD, OTHER_BUILD, (SARIF,)),
            FactKind("source", facts.Source, Subject.BUILD, OTHER_BUILD, (GIT,)),
            FactKind("package_files", facts.PackageFiles, Subject.RELEASE, NEVER, (PACKAGE,)),
            FactKind("manifest_files", facts.ManifestFiles, Subject.MANIFEST, NEVER, (SHA256SUM,)),
            FactKind("signing_log", facts.SigningLog, Subject.SIGNING_KEY, BEFORE_RELEASE, (KEY_LOG,)),
            FactKind("repository_settings", facts.RepositorySettings, Subject.BUILD, SETTINGS_AGE, (SETTINGS,)),
            FactKind("provenance", facts.Provenance, Subject.BUILD, OTHER_BUILD, unread=NOT_YET),
            FactKind("attack_surface", facts.AttackSurface, Subject.BUILD, OTHER_BUILD, (SURFACE,)),
            FactKind("people", facts.People, Subject.ORGANISATION, NEVER, unread=OWN),
            FactKind("ledger_verifications", facts.LedgerVerification, Subject.ORGANISATION, NEVER, unread=OWN),
            FactKind("shared_items", facts.SharedItems, Subject.PRODUCT, NEWER_BILL, unread=OWN),
            FactKind("assessments", facts.Assessed, Subject.ASSESSMENT, NEVER, unread=OWN),
        )
    }
)

FORMATS = MappingProxyType({format_.name: format_ for kind in FACTS.values() for format_ in kind.readers})


def kind_named(name: str) -> FactKind:
    """Return the kind of facts of a name. Raises `UnknownFactsError`."""
    if name not in FACTS:
        raise UnknownFactsError(name=name, known=", ".join(sorted(FACTS)))  # all of them, however many
    return FACTS[name]
