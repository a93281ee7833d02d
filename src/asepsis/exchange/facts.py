"""What no person decides, as plain values: the shape of each kind of fact document and its bytes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeVar

import msgspec

Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]  # SHA-256, hex
Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Instant = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$")]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A piece of a fact document."""


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind"):
    """A fact document: made by a reader out of one source, never changed, kept and named by the SHA-256 of its bytes."""

    kind: ClassVar[str]


class Component(Part, frozen=True, gc=False):
    """One component of a bill. `place` is how it came in: named by the root itself, by another component, or not told."""

    name: str
    type: str = "library"
    version: str | None = None
    supplier: str | None = None
    purl: str | None = None
    cpe: str | None = None
    hashes: tuple[tuple[str, str], ...] = ()  # (algorithm as the format writes it, hex)
    licences: tuple[str, ...] = ()
    ref: str | None = None  # its name inside the document
    place: Literal["root", "direct", "transitive", "unplaced"] = "unplaced"
    support: str | None = None  # how its maker looks after it, in the bill's words
    end_of_support: Day | None = None
    category: str | None = None  # as the bill says it; what the maker of the product decides is a record


class Components(Fact, frozen=True, tag="components"):
    """What a bill of materials, or a composition scan, lists."""

    format: str  # "CycloneDX 1.5"
    components: tuple[Component, ...]
    author: str | None = None
    tool: str | None = None
    made_at: Instant | None = None
    serial: str | None = None
    product: str | None = None
    product_version: str | None = None
    schema: Literal["follows", "departs", "unchecked"] = "unchecked"
    departures: tuple[str, ...] = ()  # where the document leaves its schema: at most 20, the first ones
    build_id: str | None = None  # as the document says it, in a property `asepsis:build_id`
    source_tag: str | None = None  # likewise, `asepsis:source_tag`


class Match(Part, frozen=True):
    """One advisory that a scanner found to be about one component, in its own words and ours."""

    advisory: str
    component: str  # purl, or the component's ref where it has none
    result: Literal["affected", "not-affected", "undetermined"]
    aliases: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    severity: str | None = None  # the vector
    first_seen: Day | None = None
    kev: Day | None = None
    source: str | None = None
    epss: str | None = None  # the chance that it is exploited within 30 days, from 0 to 1
    ssvc: str | None = None  # "exploitation=active automatable=yes impact=total", as far as CISA answered
    advisory_digest: Digest | None = None  # of what the advisory says: names, vectors, affected and repaired versions


class Matches(Fact, frozen=True, tag="matches"):
    """A bill laid against feeds: `bill` and `feeds` are the digests of the two documents."""

    bill: Digest
    feeds: Digest
    matches: tuple[Match, ...]
    looked_up: int = 0  # components that could be looked up
    not_looked_up: tuple[str, ...] = ()  # those that could not, by purl or ref


class Feed(Part, frozen=True):
    """One source of advisories as it was."""

    name: str
    as_of: Instant
    covers: tuple[str, ...] = ()  # ecosystems
    records: int = 0


class Feeds(Fact, frozen=True, tag="feeds"):
    """Which advisory sources were used, as of when."""

    as_of: Instant  # the oldest of them
    feeds: tuple[Feed, ...]


class Case(Part, frozen=True):
    """One test case as run."""

    automation_id: str  # classname + "." + name, or name alone
    outcome: Literal["pass", "fail", "error", "skipped"]
    time: Instant | None = None
    seconds: str | None = None
    message: str | None = None


class TestResults(Fact, frozen=True, tag="test_results"):
    """One report of test cases. `build_id` as the file says it."""

    __test__ = False
    cases: tuple[Case, ...]
    build_id: str | None = None
    tool: str | None = None
    started_at: Instant | None = None


class Result(Part, frozen=True):
    """One thing that a static analyser said."""

    rule: str
    message: str
    path: str | None = None
    line: int | None = None
    severity: Literal["error", "warning", "note", "none"] = "warning"
    topic: str | None = None
    cwe: tuple[str, ...] = ()
    suppressed: bool = False
    suppression: str | None = None  # where it was suppressed and why
    fingerprint: str | None = None


class Analysis(Part, frozen=True):
    """One run of one tool; there even when it found nothing."""

    analysis: Literal["source", "binary", "secrets"]
    tool: str
    version: str | None = None
    rule_set: str | None = None
    rule_set_digest: str | None = None
    paths: tuple[str, ...] = ()  # what it covered
    history: str | None = None  # which history a secrets scan covered
    results: tuple[Result, ...] = ()
    finished: bool = True


class StaticFindings(Fact, frozen=True, tag="static_findings"):
    """What static analysers said about one build."""

    runs: tuple[Analysis, ...]


class Change(Part, frozen=True):
    """One change of the source."""

    id: str
    authors: tuple[str, ...]
    merged_on: Instant
    summary: str = ""
    reviewers: tuple[str, ...] = ()
    approver: str | None = None
    paths: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()  # labels of the ChangeRequests that it names


class Source(Fact, frozen=True, tag="source"):
    """The source of one build: from (exclusive) and to commit, and each change between them, oldest first."""

    repositories: tuple[str, ...]
    to_commit: str
    from_commit: str | None = None  # absent: from the first change of all
    tag: str | None = None
    languages: tuple[tuple[str, int], ...] = ()  # (language, lines or bytes)
    paths: tuple[tuple[str, str], ...] = ()  # (path, language)
    changes: tuple[Change, ...] = ()


class File(Part, frozen=True):
    """One file by its content."""

    path: str
    size: int
    sha256: Digest


class PackageFiles(Fact, frozen=True, tag="package_files"):
    """Every file of a folder or archive as delivered, sorted by path."""

    files: tuple[File, ...]
    executable: tuple[str, ...] = ()  # paths with an execute bit, or a script's or program's first bytes


class ManifestFile(Part, frozen=True):
    """One line of a manifest; the size where the manifest gives it."""

    path: str
    sha256: Digest
    size: int | None = None


class ManifestFiles(Fact, frozen=True, tag="manifest_files"):
    """What a manifest lists, and whether its signature holds, worked out here from the bytes."""

    files: tuple[ManifestFile, ...]
    signature: Literal["good", "bad", "absent", "unchecked"] = "absent"
    algorithm: str | None = None
    public_key: str | None = None  # SHA-256 of the raw public key, hex
    key_file: Digest | None = None  # SHA-256 of the file that the public key was read from
    made_at: Instant | None = None


class Signed(Part, frozen=True):
    """One use of a key."""

    time: Instant
    key: str
    identity: str
    digest: Digest
    verdict: Literal["good", "bad", "unchecked"] = "unchecked"


class SigningLog(Fact, frozen=True, tag="signing_log"):
    """Every use of one key up to `until`."""

    signatures: tuple[Signed, ...]
    until: Instant | None = None


class Repository(Part, frozen=True):
    """How one repository is guarded."""

    name: str
    review_asked: bool
    rewriting_barred: bool
    second_factor: bool
    writers: tuple[str, ...] = ()  # person ids, or "?" for an account that is nobody's
    lock_files: bool = False


class RepositorySettings(Fact, frozen=True, tag="repository_settings"):
    """How the repositories of a product are guarded, as of a moment."""

    as_of: Instant
    repositories: tuple[Repository, ...]


class Attested(Part, frozen=True):
    """What a builder says about one thing that it built, and whether the signature on it holds."""

    subject: Digest
    builder: str
    source_commit: str | None = None
    build: str | None = None
    verdict: Literal["good", "bad", "unchecked"] = "unchecked"


class Provenance(Fact, frozen=True, tag="provenance"):
    """Where the things of one build come from."""

    attested: tuple[Attested, ...]


class Exposed(Part, frozen=True):
    """One way in. `login` is absent where nobody tried."""

    protocol: str
    place: str  # a port, path, pipe or connector
    login: bool | None = None
    reachable_from: tuple[str, ...] = ()


class AttackSurface(Fact, frozen=True, tag="attack_surface"):
    """The ways into one build, as found in a set-up."""

    exposed: tuple[Exposed, ...]
    found_by: Literal["scan", "document", "list"]
    setup: str | None = None
    as_of: Instant | None = None
    build_id: str | None = None


class Person(Part, frozen=True):
    """When a person was there; no name."""

    id: str
    active_from: Day
    left_on: Day | None = None


class People(Fact, frozen=True, tag="people"):
    """Who was there when."""

    people: tuple[Person, ...]


class SharedItem(Part, frozen=True):
    """An item of the product's bills, and which other products with a supported release have it too."""

    item: str  # package URL without version and qualifiers, else the name as bills write it
    products: tuple[str, ...]  # ids, sorted


class SharedItems(Fact, frozen=True, tag="shared_items"):
    """What one product has in common with others of the same maker."""

    items: tuple[SharedItem, ...]


class LedgerVerification(Fact, frozen=True, tag="ledger_verifications"):
    """What one verification of the ledger said. `parts` names each part and its result."""

    at: Instant
    position: int
    parts: tuple[tuple[str, Literal["agrees", "disagrees", "unchecked"]], ...]
    checkpoint_left_at: Instant | None = None
    checkpoint_left_size: int | None = None


class Answered(Part, frozen=True):
    """What an assessment says of one obligation. `counts`: whether its clause is decided by it."""

    obligation: str
    verdict: Literal["met", "gap", "unknown", "not-applicable", "not-asked"]
    counts: bool = True


class Assessed(Fact, frozen=True, tag="assessments"):
    """What a decision has to know of the assessment that it rests on; the assessment itself is the source of this.

    `position` is that of the ledger at which it was made; `policy` the digest of the policy in force there; `release`
    the record id of the release looked at.
    """

    edition: str
    policy: Digest
    position: int
    at: Instant
    answers: tuple[Answered, ...]
    release: str | None = None
    build_id: str | None = None


F = TypeVar("F", bound=Fact)

SHAPES: dict[str, type[Fact]] = {
    shape.__struct_config__.tag: shape  # type: ignore[misc]
    for shape in (
        Components,
        Matches,
        Feeds,
        TestResults,
        StaticFindings,
        Source,
        PackageFiles,
        ManifestFiles,
        SigningLog,
        RepositorySettings,
        Provenance,
        AttackSurface,
        People,
        LedgerVerification,
        SharedItems,
        Assessed,
    )
}

_ENCODER = msgspec.json.Encoder(order="deterministic")


def document_bytes(fact: Fact) -> bytes:
    """Return the bytes of a fact document: JSON in the order of its shape, no blanks, UTF-8; equal facts give equal bytes."""
    return _ENCODER.encode(fact)


def read_document(data: bytes) -> Any:
    """Return the fact that `data` holds, as its shape. Raises `msgspec.ValidationError` when it is none."""
    tag = msgspec.json.decode(data, type=_Tag).kind
    if tag not in SHAPES:
        raise msgspec.ValidationError(f"there is no kind of facts called {tag!r}")
    return msgspec.json.decode(data, type=SHAPES[tag])


class _Tag(msgspec.Struct):
    kind: str
