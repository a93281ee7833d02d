"""JUnit XML, as test runners write it, into test results."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException

from asepsis.exchange.facts import Case, TestResults
from asepsis.exchange.instants import written_instant
from asepsis.exchange.source import Reading, Source, Tally, UnreadableError
from asepsis.exchange.xml_pieces import MOST_TAG, fed, in_pieces, parser_for
from asepsis.sentences import Sentence

MOST_CASES = 1_000_000  # of one report
MOST_DEPTH = 100  # levels of elements in each other
MOST_MESSAGE = 2_000  # characters that are kept of a message
MOST_PIECES = 100  # in which the parser may tell the text of one property

Outcome = Literal["pass", "fail", "error", "skipped"]


class UnreadableReportError(UnreadableError):
    """A source is no report of test cases in JUnit XML."""

    code = "junit-unreadable"
    sentence = Sentence(
        "{source} cannot be read as JUnit XML: {reason} at line {line}, column {column}.",
        next="Have the test runner write its JUnit report again, and give that file as it is.",
    )


class SeveralBuildsError(UnreadableError):
    """One report names more than one build."""

    code = "junit-several-builds"
    sentence = Sentence(
        "{source} names the builds {builds}; the results of one report belong to one build.",
        next="Give the report of each build by itself.",
    )


TAKEN_AS_UTC = Sentence("{source} writes times without their offset; they are taken as UTC.")
TIME_UNREAD = Sentence("The time '{text}' is no ISO 8601 date and time; it is left out.")
SECONDS_UNREAD = Sentence("The duration '{text}' is no number of seconds; it is left out.")
SUITE_TIME = Sentence(
    "{count} results carry the start of their suite as their time, since they name none of their own."
)
REPEATED = Sentence(
    "{count} automation ids occur more than once (reruns or parameters); all their results are kept, in order."
)
CUT = Sentence("{count} messages were cut at {most} characters.")
NAMELESS = Sentence("it has no name")

_OUTCOMES: dict[str, Outcome] = {"failure": "fail", "error": "error", "skipped": "skipped"}
_AGAIN: dict[str, Outcome] = {"rerunFailure": "fail", "rerunError": "error"}  # after the first; it never passed
_BEFORE: dict[str, Outcome] = {"flakyFailure": "fail", "flakyError": "error"}  # before it passed
_TELLING = _OUTCOMES | _AGAIN | _BEFORE

# GoogleTest and CTest say in attributes alone that a case did not run; some writers say there that it failed.
_NOT_RUN = frozenset({"notrun", "not_run", "disabled", "suppressed", "skipped", "ignored", "notexecuted"})
_WENT_WRONG: dict[str, Outcome] = {"fail": "fail", "failed": "fail", "failure": "fail", "error": "error"}
_WORST_FIRST: tuple[Outcome, ...] = ("fail", "error", "skipped")

_BUILD_ID = frozenset({"build_id", "asepsis:build_id"})
_TOOL = "asepsis:tool"


def read(source: Source, *, most_cases: int = MOST_CASES, most_tag: int = MOST_TAG) -> Reading[TestResults]:
    """Return the cases of a JUnit report, in the order of the file.

    The root is `testsuites` or `testsuite`; suites may lie in each other. A case that failed and was run again gives one
    result for each run, the last one last (`rerunFailure`, `flakyFailure` and their like, as Surefire and nextest write
    them). A case that says by `status` or `result` alone that it did not run is skipped. The build is the property
    `build_id` or `asepsis:build_id` of the root or of suites, the tool `asepsis:tool`; those of cases are not looked at.
    Output of cases is passed over without being held.

    Raises `UnreadableReportError` with the place, `EncodingError`, or `SeveralBuildsError`. A document type or an entity
    is refused, whatever it says.
    """
    report = _Report(source, most_cases)
    parser = parser_for(report)
    report.parser = parser.parser
    try:
        for _ in fed(parser, in_pieces(source.data), report.refuse, most_tag=most_tag):
            pass
    except DefusedXmlException as problem:
        report.refuse("it declares a document type or an entity, which no report needs,", problem)
    except ParseError as problem:
        _refuse_malformed(source, problem)
    except (LookupError, ValueError) as problem:  # of pyexpat: an encoding that it does not know
        report.refuse("its XML declaration names an encoding that is not read here", problem)
    return report.reading()


def _refuse_malformed(source: Source, problem: ParseError) -> NoReturn:
    line, column = problem.position
    if problem.code == _INVALID_TOKEN and not _declares_encoding(source.data):
        source.text()  # raises EncodingError where the bytes are no UTF-8
    reason = _REASONS.get(problem.code, "it is not well-formed XML")
    raise UnreadableReportError(source=source.name, reason=reason, line=line, column=column + 1) from problem


_INVALID_TOKEN = 4
_REASONS = {
    3: "the file ends before the report does",
    4: "a character does not belong there",
    5: "the file ends in the middle of a tag or character",
    7: "a closing tag does not match the open one",
    8: "an attribute stands twice in one tag",
    9: "something follows the end of the report",
    11: "an entity is named that XML does not define",
    13: "the file ends in the middle of something",
    18: "its XML declaration names an encoding that is not read here",
    19: "its bytes are not in the encoding that it declares",
    20: "the file ends in the middle of a CDATA section",
}


def _declares_encoding(data: bytes) -> bool:
    declared = re.match(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*\bencoding\s*=\s*["']([^"']+)""", data[:200])
    return data[:2] in (b"\xff\xfe", b"\xfe\xff") or (declared is not None and declared[1].lower() != b"utf-8")


@dataclass
class _Told:
    """What one element inside a case says about one run of it."""

    element: str
    time: str | None
    message: str
    text: list[str] = field(default_factory=list)
    length: int = 0

    def add(self, text: str) -> None:
        if self.length <= MOST_MESSAGE:
            self.text.append(text[: MOST_MESSAGE + 1])
            self.length += len(text)

    def whole(self) -> str:
        text = "".join(self.text).strip()
        return text if text.startswith(self.message) else f"{self.message}\n{text}".strip()


class _Report:
    """What a parser tells about a report, element by element, kept as far as it matters."""

    parser: Any

    def __init__(self, source: Source, most_cases: int) -> None:
        self.source = source
        self.most_cases = most_cases
        self.tally = Tally()
        self.open: list[str] = []
        self.suite_times: list[str | None] = []
        self.cases: list[Case] = []
        self.ids: Counter[str] = Counter()
        self.builds: dict[str, None] = {}
        self.tool: str | None = None
        self.started: list[str] = []
        self.case: dict[str, str] | None = None
        self.told: list[_Told] = []
        self.property: tuple[str, list[str]] | None = None
        self.cut = self.borrowed = 0

    def refuse(self, reason: str, cause: BaseException | None = None) -> NoReturn:
        place = {"line": self.parser.CurrentLineNumber, "column": self.parser.CurrentColumnNumber + 1}
        raise UnreadableReportError(source=self.source.name, reason=reason, **place) from cause

    # what the parser calls

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if not self.open and name not in ("testsuites", "testsuite"):
            self.refuse(f"its root is '{name[:60]}', where 'testsuites' or 'testsuite' is expected,")
        if len(self.open) >= MOST_DEPTH:
            self.refuse(f"elements lie in each other deeper than {MOST_DEPTH} levels")
        parent = self.open[-1] if self.open else None
        self.open.append(name)
        match name:
            case "testsuites" | "testsuite":
                self.begin_suite(attributes)
            case "testcase" if self.case is None:
                self.case, self.told = attributes, []
            case "testcase":
                self.refuse("a test case lies inside another one")
            case "property" if self.case is None and parent == "properties":
                self.property = attributes.get("name", ""), [attributes.get("value", "")]
            case _ if name in _TELLING and parent == "testcase":
                time = self.time(attributes.get("timestamp"))
                self.told.append(_Told(name, time, attributes.get("message", "").strip()))

    def data(self, text: str) -> None:
        inside = self.open[-1] if self.open else ""
        if self.told and inside in _TELLING:
            self.told[-1].add(text)
        elif self.property and inside == "property" and len(self.property[1]) < MOST_PIECES:
            self.property[1].append(text)

    def end(self, tag: str) -> None:
        match self.open.pop():
            case "testsuites" | "testsuite":
                self.suite_times.pop()
            case "testcase":
                self.finish_case()
            case "property" if self.property:
                self.finish_property()

    def close(self) -> None:
        """Be asked for a result at the end, as the parser's protocol wants it."""

    # what it means

    def begin_suite(self, attributes: dict[str, str]) -> None:
        time = self.time(attributes.get("timestamp"))
        if time is not None:
            self.started.append(time)
            self.started = [min(self.started)]
        self.suite_times.append(time or (self.suite_times[-1] if self.suite_times else None))

    def finish_property(self) -> None:
        assert self.property
        name, (value, *texts) = self.property
        value = (value or "".join(texts)).strip()
        if name in _BUILD_ID and value:
            self.builds[value] = None
        elif name == _TOOL and value:
            self.tool = value
        self.property = None

    def finish_case(self) -> None:
        assert self.case is not None
        attributes, self.case = self.case, None
        name, classname = attributes.get("name", "").strip(), attributes.get("classname", "").strip()
        if not name:
            self.tally.leave(f"a test case of '{classname}'", NAMELESS.said())
            return
        identity = f"{classname}.{name}" if classname else name
        runs = self.runs(attributes)
        if len(self.cases) + len(runs) > self.most_cases:
            self.refuse(f"it holds more than {self.most_cases:,} results")
        self.ids[identity] += len(runs)
        own_time, seconds = self.time(attributes.get("timestamp")), self.seconds(attributes.get("time"))
        for outcome, told in runs:
            time = (told.time if told else None) or own_time
            if time is None and (time := self.suite_times[-1]) is not None:
                self.borrowed += 1
            self.cases.append(
                Case(
                    automation_id=identity,
                    outcome=outcome,
                    time=time,
                    seconds=seconds if told is None or told.element in _OUTCOMES else None,
                    message=self.message(told),
                )
            )

    def runs(self, attributes: dict[str, str]) -> list[tuple[Outcome, _Told | None]]:
        """Return each run of the case that is about to end, oldest first."""
        before = [(_BEFORE[told.element], told) for told in self.told if told.element in _BEFORE]
        after = [(_AGAIN[told.element], told) for told in self.told if told.element in _AGAIN]
        return [*before, self.outcome(attributes), *after]

    def outcome(self, attributes: dict[str, str]) -> tuple[Outcome, _Told | None]:
        for worst in _WORST_FIRST:
            for told in self.told:
                if _OUTCOMES.get(told.element) == worst:
                    return worst, told
        said = {attributes.get("status", "").strip().lower(), attributes.get("result", "").strip().lower()}
        wrong = {_WENT_WRONG[word] for word in said if word in _WENT_WRONG}
        for outcome in _WORST_FIRST:
            if outcome in wrong:
                return outcome, None
        return ("skipped", None) if said & _NOT_RUN else ("pass", None)

    def message(self, told: _Told | None) -> str | None:
        if told is None or not (message := told.whole()):
            return None
        self.cut += len(message) > MOST_MESSAGE
        return message[:MOST_MESSAGE]

    def time(self, text: str | None) -> str | None:
        if not text:
            return None
        try:
            time, has_offset = written_instant(text)
        except ValueError:
            self.tally.note(TIME_UNREAD.said(text=text[:60]))
            return None
        if not has_offset:
            self.tally.note(TAKEN_AS_UTC.said(source=self.source.name))
        return time

    def seconds(self, text: str | None) -> str | None:
        if not text:
            return None
        plain = text.strip().replace(",", "")  # Surefire groups thousands
        if not re.fullmatch(r"\d{1,12}(\.\d{0,12})?|\.\d{1,12}", plain, re.ASCII):
            self.tally.note(SECONDS_UNREAD.said(text=text[:60]))
            return None
        return ("0" + plain if plain.startswith(".") else plain).removesuffix(".")

    def reading(self) -> Reading[TestResults]:
        if len(self.builds) > 1:
            raise SeveralBuildsError(source=self.source.name, builds=list(self.builds))
        if repeated := sum(1 for count in self.ids.values() if count > 1):
            self.tally.note(REPEATED.said(count=repeated))
        if self.borrowed:
            self.tally.note(SUITE_TIME.said(count=self.borrowed))
        if self.cut:
            self.tally.note(CUT.said(count=self.cut, most=MOST_MESSAGE))
        fact = TestResults(
            cases=tuple(self.cases),
            build_id=next(iter(self.builds), None),
            tool=self.tool,
            started_at=next(iter(self.started), None),
        )
        return Reading(fact, self.tally.receipt(self.source, "test_results", len(self.cases)))
