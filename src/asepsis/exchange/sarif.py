"""SARIF 2.1.0, as static analysers write it, into static findings."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal, NoReturn
from urllib.parse import unquote

import msgspec

from asepsis.exchange.facts import Analysis, Result, StaticFindings
from asepsis.exchange.source import (
    DOUBLE_KEYS_UNLOOKED,
    MOST_HOOKED,
    MalformedJsonError,
    Reading,
    Source,
    Tally,
    UnreadableError,
    decode_json,
)
from asepsis.record.collector import resting
from asepsis.sentences import Sentence

MOST_MESSAGE = 2_000  # characters that are kept of a message
VERSION = "2.1.0"

AnalysisKind = Literal["source", "binary", "secrets"]
Level = Literal["error", "warning", "note", "none"]
_Line = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class UnreadableFindingsError(UnreadableError):
    """A source is no SARIF 2.1.0 log, or one that cannot be taken whole."""

    code = "sarif-unreadable"
    sentence = Sentence(
        "{source} cannot be read as SARIF 2.1.0: at {place} {reason}.",
        next="Have the analyser write SARIF 2.1.0 again, all in one file.",
    )


class OtherSarifVersionError(UnreadableError):
    """A source is SARIF of another version than 2.1.0."""

    code = "sarif-version"
    sentence = Sentence(
        "{source} is SARIF {version}; 2.1.0 is read.",
        next="Have the analyser write 2.1.0, or convert it with 'sarif transform' of Microsoft's SARIF Multitool.",
    )


BUILD = Sentence("{source} names the build '{build}' in {place}.")
NO_BUILD = Sentence("{source} names no build; the one given with it is used.")
NO_LONGER_THERE = Sentence("it was in an earlier run and is absent from this one")
NOT_A_FAILURE = Sentence("its kind is '{kind}', which reports no problem")
UNNAMED_RULE = Sentence("{tool} names no rule for {count} results; they are kept under the rule '{rule}'.")
NOT_FINISHED = Sentence("{tool} did not finish: {why}.")
END_UNTOLD = Sentence("{tool} does not say whether it finished; since it wrote results, it is taken to have done so.")
CUT = Sentence("{count} messages of {tool} were cut at {most} characters.")
MORE_PLACES = Sentence("{count} results of {tool} name several places; the first is kept.")
NO_RULE = "unnamed"


# What is read of the format; all else in a log is passed over, since SARIF lets every object carry properties of its own.
# Source: SARIF 2.1.0 (OASIS Standard, 27 March 2020), section 3.


class _Read(msgspec.Struct, frozen=True, rename="camel"):
    """An object of SARIF, as far as it is read."""


class _Text(_Read, frozen=True):
    text: str | None = None
    markdown: str | None = None


class _Message(_Text, frozen=True):
    id: str | None = None
    arguments: tuple[str, ...] | None = None


class _Place(_Read, frozen=True):
    uri: str | None = None
    uri_base_id: str | None = None
    index: int | None = None


class _Region(_Read, frozen=True):
    start_line: _Line | None = None


class _Physical(_Read, frozen=True):
    artifact_location: _Place | None = None
    region: _Region | None = None


class _Location(_Read, frozen=True):
    physical_location: _Physical | None = None


class _ToolReference(_Read, frozen=True):
    name: str | None = None
    index: int | None = None


class _Pointer(_Read, frozen=True):
    id: str | None = None
    index: int | None = None
    tool_component: _ToolReference | None = None


class _Relationship(_Read, frozen=True):
    target: _Pointer


class _Configuration(_Read, frozen=True):
    level: Level | None = None


class _Rule(_Read, frozen=True):
    id: str
    default_configuration: _Configuration | None = None
    message_strings: dict[str, _Text] | None = None
    relationships: tuple[_Relationship, ...] | None = None
    properties: dict[str, Any] | None = None


class _Component(_Read, frozen=True):
    name: str
    version: str | None = None
    semantic_version: str | None = None
    rules: tuple[_Rule, ...] | None = None
    taxa: tuple[_Rule, ...] | None = None
    global_message_strings: dict[str, _Text] | None = None


class _Tool(_Read, frozen=True):
    driver: _Component
    extensions: tuple[_Component, ...] | None = None


class _Override(_Read, frozen=True):
    configuration: _Configuration
    descriptor: _Pointer


class _Invocation(_Read, frozen=True):
    execution_successful: bool | None = None
    exit_code_description: str | None = None
    rule_configuration_overrides: tuple[_Override, ...] | None = None


class _Suppression(_Read, frozen=True):
    kind: str
    status: str | None = None
    justification: str | None = None
    location: _Location | None = None


class _Provenance(_Read, frozen=True):
    invocation_index: int | None = None


class _Result(_Read, frozen=True):
    message: _Message
    rule_id: str | None = None
    rule_index: int | None = None
    rule: _Pointer | None = None
    kind: Literal["notApplicable", "pass", "fail", "review", "open", "informational"] = "fail"
    level: Level | None = None
    locations: tuple[_Location, ...] | None = None
    suppressions: tuple[_Suppression, ...] | None = None
    fingerprints: dict[str, str] | None = None
    partial_fingerprints: dict[str, str] | None = None
    baseline_state: Literal["new", "unchanged", "updated", "absent"] | None = None
    provenance: _Provenance | None = None
    taxa: tuple[_Pointer, ...] | None = None
    properties: dict[str, Any] | None = None


class _Artifact(_Read, frozen=True):
    location: _Place | None = None
    roles: tuple[str, ...] | None = None


class _Revision(_Read, frozen=True):
    revision_id: str | None = None


class _External(_Read, frozen=True):
    results: tuple[Any, ...] | None = None


class _Run(_Read, frozen=True):
    tool: _Tool
    results: tuple[_Result, ...] | None = None
    artifacts: tuple[_Artifact, ...] | None = None
    invocations: tuple[_Invocation, ...] | None = None
    original_uri_base_ids: dict[str, _Place] | None = None
    taxonomies: tuple[_Component, ...] | None = None
    version_control_provenance: tuple[_Revision, ...] | None = None
    external_property_file_references: _External | None = None
    properties: dict[str, Any] | None = None


class _Log(_Read, frozen=True):
    version: str
    runs: tuple[_Run, ...] | None = None
    inline_external_properties: tuple[_External, ...] | None = None


class _Version(_Read, frozen=True):
    version: str


def read(
    source: Source, *, analysis: AnalysisKind | None = None, most_hooked: int = MOST_HOOKED
) -> Reading[StaticFindings]:
    """Return each run of a SARIF 2.1.0 log with its results, one Analysis for each run, also where it found nothing.

    `analysis` says what the runs looked at; without it the run's property `asepsis:analysis` does, else the tool (a known
    scanner for secrets or binaries), else it is the source. The run's properties `asepsis:rule_set`, `asepsis:history` and
    `asepsis:paths` fill the fields of these names; `asepsis:topic` of a rule, or its `category`, is the topic.

    A result's severity is its own level, else that of the invocation's override, of its rule, or `warning`; a result that
    waits for a person (`open`, `review`) is kept with severity `none`. Left out, and named in the receipt: results of the
    kinds `pass`, `notApplicable` and `informational`, and those absent since the baseline. A result is suppressed when it
    has suppressions and each is accepted. A run without `results`, or with an invocation that failed, is not finished.

    The digest of the rule set is the SHA-256 of the sorted rule ids, LF after each: it says which rules the tool names,
    and some tools name only those that found something.

    Raises `UnreadableFindingsError` with the place, `OtherSarifVersionError`, or an error of the JSON text.
    """
    tally = Tally()
    with resting():
        log = _decode(source, most_hooked, tally)
    if log.runs is None:
        _refuse(source, "`$.runs`", "the runs are missing")
    _refuse_externals(source, log)
    runs = tuple(_RunReader(source, run, tally, analysis).analysis() for run in log.runs)
    if not any(_note_build(source, run, tally) for run in log.runs):
        tally.note(NO_BUILD.said(source=source.name))
    taken = sum(len(run.results) for run in runs)
    return Reading(StaticFindings(runs), tally.receipt(source, "static_findings", taken))


def _decode(source: Source, most_hooked: int, tally: Tally) -> _Log:
    if len(source.data) <= most_hooked:
        value = decode_json(source).value
        if isinstance(value, dict) and isinstance(version := value.get("version"), str) and version != VERSION:
            raise OtherSarifVersionError(source=source.name, version=version[:40])
        try:
            return msgspec.convert(value, _Log)
        except msgspec.ValidationError as problem:
            _refuse_shape(source, problem)
    tally.note(DOUBLE_KEYS_UNLOOKED.said(source=source.name, most=most_hooked))
    data = source.data.removeprefix(b"\xef\xbb\xbf")
    try:
        version = msgspec.json.decode(data, type=_Version).version
        if version != VERSION:
            raise OtherSarifVersionError(source=source.name, version=version[:40])
        return msgspec.json.decode(data, type=_Log)
    except msgspec.ValidationError as problem:
        _refuse_shape(source, problem)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        decode_json(source)  # raises with the place; where it does not, what is said next holds
        raise MalformedJsonError(source=source.name, expected="valid JSON", line=1, column=1) from problem


def _refuse_shape(source: Source, problem: msgspec.ValidationError) -> NoReturn:
    reason, _, place = str(problem).partition(" - at ")
    _refuse(source, place or "`$`", reason[0].lower() + reason[1:], problem)


def _refuse(source: Source, place: str, reason: str, cause: BaseException | None = None) -> NoReturn:
    raise UnreadableFindingsError(source=source.name, place=place.strip("`"), reason=reason) from cause


def _refuse_externals(source: Source, log: _Log) -> None:
    """Refuse a log whose results lie elsewhere: without them it would look clean."""
    for at, run in enumerate(log.runs or ()):
        if run.external_property_file_references and run.external_property_file_references.results:
            _refuse(source, f"$.runs[{at}].externalPropertyFileReferences", "results are kept in another file")
    if any(external.results for external in log.inline_external_properties or ()):
        _refuse(source, "$.inlineExternalProperties", "results are kept outside their runs")


def _note_build(source: Source, run: _Run, tally: Tally) -> bool:
    build = (run.properties or {}).get("asepsis:build_id")
    if isinstance(build, str) and build:
        tally.note(BUILD.said(source=source.name, build=build[:200], place="the property asepsis:build_id"))
        return True
    revisions = [one.revision_id for one in run.version_control_provenance or () if one.revision_id]
    for revision in revisions:
        tally.note(BUILD.said(source=source.name, build=revision[:200], place="versionControlProvenance.revisionId"))
    return bool(revisions)


_KINDS: dict[Any, AnalysisKind] = {"source": "source", "binary": "binary", "secrets": "secrets"}
_SECRETS = frozenset({"gitleaks", "trufflehog", "detect-secrets", "ggshield", "whispers"})
_BINARIES = frozenset({"binskim", "cve-bin-tool", "checksec", "cwe_checker", "blint"})
_TARGETS = frozenset({"analysisTarget", "resultFile", "scannedFile", "tracedFile"})


class _RunReader:
    """One run, with what its results point to."""

    def __init__(self, source: Source, run: _Run, tally: Tally, analysis: AnalysisKind | None) -> None:
        self.source, self.run, self.tally, self.asked = source, run, tally, analysis
        self.tool = run.tool.driver.name
        self.components = (run.tool.driver, *(run.tool.extensions or ()))
        self.rules = {rule.id: rule for part in reversed(self.components) for rule in part.rules or ()}
        self.properties = run.properties or {}
        self.unnamed = self.cut = self.elsewhere = 0

    def analysis(self) -> Analysis:
        driver = self.run.tool.driver
        results = tuple(self.results())
        self.note_counts()
        return Analysis(
            analysis=self.kind(),
            tool=driver.name,
            version=driver.version or driver.semantic_version,
            rule_set=self.text("asepsis:rule_set"),
            rule_set_digest=self.rule_set_digest(),
            paths=self.paths(),
            history=self.text("asepsis:history"),
            results=results,
            finished=self.finished(),
        )

    def note_counts(self) -> None:
        if self.unnamed:
            self.tally.note(UNNAMED_RULE.said(tool=self.tool, count=self.unnamed, rule=NO_RULE))
        if self.cut:
            self.tally.note(CUT.said(tool=self.tool, count=self.cut, most=MOST_MESSAGE))
        if self.elsewhere:
            self.tally.note(MORE_PLACES.said(tool=self.tool, count=self.elsewhere))

    def text(self, name: str) -> str | None:
        value = self.properties.get(name)
        return value if isinstance(value, str) and value else None

    def kind(self) -> AnalysisKind:
        if self.asked:
            return self.asked
        told = self.properties.get("asepsis:analysis")
        if told is None:
            name = self.tool.strip().lower()
            return "secrets" if name in _SECRETS else "binary" if name in _BINARIES else "source"
        if told not in _KINDS:
            self.refuse("properties", "'asepsis:analysis' is none of source, binary and secrets")
        return _KINDS[told]

    def finished(self) -> bool:
        if self.run.results is None:
            return self.unfinished("it wrote no list of results")
        said = [one.execution_successful for one in self.run.invocations or ()]
        if False in said:
            return self.unfinished("one of its invocations says that it failed")
        if True not in said:
            self.tally.note(END_UNTOLD.said(tool=self.tool))
        return True

    def unfinished(self, why: str) -> bool:
        self.tally.note(NOT_FINISHED.said(tool=self.tool, why=why))
        return False

    def rule_set_digest(self) -> str | None:
        if not self.rules:
            return None
        return hashlib.sha256("".join(f"{identity}\n" for identity in sorted(self.rules)).encode()).hexdigest()

    def paths(self) -> tuple[str, ...]:
        told = self.properties.get("asepsis:paths")
        named = [path for path in told if isinstance(path, str)] if isinstance(told, list) else []
        for artifact in self.run.artifacts or ():
            if artifact.location and (not artifact.roles or _TARGETS & set(artifact.roles)):
                named.append(self.path(artifact.location) or "")
        return tuple(sorted(set(filter(None, named))))

    # results

    def results(self) -> Iterator[Result]:
        for at, result in enumerate(self.run.results or ()):
            rule_id, rule = self.rule(result, at)
            if result.baseline_state == "absent":
                self.tally.leave(f"{self.tool}, result {at + 1} ({rule_id})", NO_LONGER_THERE.said())
            elif result.kind in ("pass", "notApplicable", "informational"):
                self.tally.leave(f"{self.tool}, result {at + 1} ({rule_id})", NOT_A_FAILURE.said(kind=result.kind))
            else:
                yield self.result(result, rule_id, rule)

    def result(self, result: _Result, rule_id: str, rule: _Rule | None) -> Result:
        path, line = self.place(result.locations or ())
        suppressions = result.suppressions or ()
        return Result(
            rule=rule_id,
            message=self.message(result.message, rule),
            path=path,
            line=line,
            severity=self.severity(result, rule_id, rule),
            topic=_topic(rule),
            cwe=self.weaknesses(result, rule),
            suppressed=bool(suppressions) and all(one.status in (None, "accepted") for one in suppressions),
            suppression="; ".join(map(self.suppression, suppressions)) or None,
            fingerprint=_fingerprint(result.fingerprints or result.partial_fingerprints or {}),
        )

    def rule(self, result: _Result, at: int) -> tuple[str, _Rule | None]:
        """Return id and rule of a result: by its place in the component that it names, else by its id (3.52.4)."""
        pointer = result.rule or _Pointer()
        index = result.rule_index if pointer.index is None else pointer.index
        rule_id = result.rule_id or pointer.id
        rule: _Rule | None = None
        if index is not None and index >= 0:
            rules = self.component(pointer.tool_component).rules or ()
            if index >= len(rules):
                self.refuse(f"results[{at}]", f"the rule {index} is named, and the tool has {len(rules)} rules")
            rule = rules[index]
        elif rule_id is not None:
            rule = self.rules.get(rule_id) or self.rules.get(rule_id.rpartition("/")[0])
        if rule_id is None and rule is None:
            self.unnamed += 1
        return rule_id or (rule.id if rule else NO_RULE), rule

    def component(self, reference: _ToolReference | None) -> _Component:
        extensions = self.run.tool.extensions or ()
        if reference is not None and reference.index is not None and 0 <= reference.index < len(extensions):
            return extensions[reference.index]
        named = [part for part in extensions if reference is not None and part.name == reference.name]
        return named[0] if named else self.run.tool.driver

    def severity(self, result: _Result, rule_id: str, rule: _Rule | None) -> Level:
        """Return the level of a result, as 3.27.10 finds it."""
        if result.level is not None:
            return result.level
        if result.kind != "fail":
            return "none"
        if (told := self.override(result, rule_id)) is not None:
            return told
        configuration = rule.default_configuration if rule else None
        return (configuration.level if configuration else None) or "warning"

    def override(self, result: _Result, rule_id: str) -> Level | None:
        at = result.provenance.invocation_index if result.provenance else None
        invocations = self.run.invocations or ()
        if at is None or not 0 <= at < len(invocations):
            return None
        for override in invocations[at].rule_configuration_overrides or ():
            index = override.descriptor.index
            if override.descriptor.id == rule_id or (index is not None and index == result.rule_index):
                return override.configuration.level
        return None

    def message(self, message: _Message, rule: _Rule | None) -> str:
        text = message.text or message.markdown
        if text is None and message.id is not None:
            known = (rule.message_strings if rule else None) or {}
            found = known.get(message.id) or (self.run.tool.driver.global_message_strings or {}).get(message.id)
            text = (found.text or found.markdown) if found else message.id
        text = _filled(text or "", message.arguments or ())
        self.cut += len(text) > MOST_MESSAGE
        return text[:MOST_MESSAGE]

    def suppression(self, one: _Suppression) -> str:
        path, line = self.place((one.location,) if one.location else ())
        where = f" at {path}" + (f":{line}" if line else "") if path else ""
        status = "" if one.status in (None, "accepted") else f" ({one.status})"
        why = f": {one.justification.strip()[:MOST_MESSAGE]}" if one.justification else ""
        return f"{one.kind}{status}{where}{why}"

    def weaknesses(self, result: _Result, rule: _Rule | None) -> tuple[str, ...]:
        """Return the weaknesses that a result or its rule names, as `CWE-79`, by number."""
        found = {*_weaknesses_of(result.properties), *self.taxa(result.taxa or ())}
        if rule is not None:
            found |= {*_weaknesses_of(rule.properties)}
            found |= {*self.taxa(relation.target for relation in rule.relationships or ())}
        return tuple(f"CWE-{number}" for number in sorted(found))

    def taxa(self, pointers: Iterable[_Pointer]) -> Iterator[int]:
        for pointer in pointers:
            name, taxonomy = self.taxonomy(pointer.tool_component)
            identity = pointer.id
            if identity is None and taxonomy and pointer.index is not None and pointer.index < len(taxonomy.taxa or ()):
                identity = (taxonomy.taxa or ())[pointer.index].id
            if identity and name.upper() == "CWE":
                yield from map(int, re.findall(r"\d{1,5}", identity))

    def taxonomy(self, reference: _ToolReference | None) -> tuple[str, _Component | None]:
        taxonomies = self.run.taxonomies or ()
        if reference is None:
            return "", None
        if reference.index is not None and 0 <= reference.index < len(taxonomies):
            return taxonomies[reference.index].name, taxonomies[reference.index]
        named = [one for one in taxonomies if one.name == reference.name]
        return reference.name or "", named[0] if named else None

    # places

    def place(self, locations: Sequence[_Location]) -> tuple[str | None, int | None]:
        places = [one.physical_location for one in locations if one.physical_location]
        self.elsewhere += len(places) > 1
        if not places:
            return None, None
        path = self.path(places[0].artifact_location) if places[0].artifact_location else None
        return path, places[0].region.start_line if places[0].region else None

    def path(self, place: _Place) -> str | None:
        """Return a place as a path from the root of the source where the log tells the root, else as its URI says."""
        artifacts = self.run.artifacts or ()
        if place.uri is None and place.index is not None and 0 <= place.index < len(artifacts):
            place = artifacts[place.index].location or place
        if place.uri is None:
            return None
        uri, base, passed = place.uri, place.uri_base_id, set[str]()
        bases = self.run.original_uri_base_ids or {}
        while base is not None and base not in passed:
            passed.add(base)
            parent = bases.get(base)
            if parent is None or parent.uri is None or _is_absolute(parent.uri):
                break
            uri, base = parent.uri + uri, parent.uri_base_id
        if not _is_absolute(uri):
            return unquote(uri).removeprefix("./")
        roots = [one.uri for one in bases.values() if one.uri and _is_absolute(one.uri) and uri.startswith(one.uri)]
        return unquote(uri.removeprefix(max(roots, key=len, default=""))) or uri

    def refuse(self, place: str, reason: str) -> NoReturn:
        _refuse(self.source, f"the run of {self.tool}, {place},", reason)


def _is_absolute(uri: str) -> bool:
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", uri) is not None  # two letters at least: C: is a drive


def _filled(text: str, arguments: Sequence[str]) -> str:
    """Return a message with its arguments in their places; doubled braces stand for themselves (3.11.5)."""

    def fill(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0][0]
        at = int(found[1])
        return arguments[at] if at < len(arguments) else found[0]

    return re.sub(r"\{(\d{1,3})\}|\{\{|\}\}", fill, text) if arguments else text


def _topic(rule: _Rule | None) -> str | None:
    properties = (rule.properties if rule else None) or {}
    for name in ("asepsis:topic", "topic", "category"):
        if isinstance(value := properties.get(name), str) and value:
            return value
    return None


def _fingerprint(prints: dict[str, str]) -> str | None:
    return " ".join(f"{name}={value}" for name, value in sorted(prints.items())) or None


def _weaknesses_of(properties: dict[str, Any] | None) -> Iterator[int]:
    """Yield the numbers of the weaknesses that a property bag names: in its tags, and in what it calls `cwe`."""
    for name, value in (properties or {}).items():
        values = value if isinstance(value, list) else [value]
        texts = [str(one) for one in values if isinstance(one, str | int)]
        for text in texts:
            if name == "tags":
                yield from map(int, re.findall(r"\bcwe[-_:/ ]{0,2}(\d{1,5})\b", text, re.IGNORECASE))
            elif re.fullmatch(r"cwe(s|[-_]?ids?)?", name, re.IGNORECASE):
                yield from _numbers(text)


def _numbers(text: str) -> Iterator[int]:
    """Yield what a `cwe` property names: "CWE-89: Improper ...", "120, 129" or 79."""
    named = re.findall(r"cwe[-_:/ ]{0,2}(\d{1,5})", text, re.IGNORECASE)
    yield from map(int, named or re.findall(r"\b\d{1,5}\b", text))
