"""Checks of coding standards: one for each language, looked at in time, and seen to by the tools that it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from asepsis.checks import sourced, terms
from asepsis.checks.check import Findings, check
from asepsis.checks.view import AbsentFactsError, View
from asepsis.development.records import CodingStandard, CodingTool, CodingTopic, DepartsFrom, DesignElement, Deviation
from asepsis.exchange.facts import Analysis, Source, StaticFindings
from asepsis.quality.domain import months_after
from asepsis.record.dossier import Item
from asepsis.record.slots import SystemRole
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Sentence

REVIEW_MONTHS = "development.practices_review_months"

# --- a standard for each language -----------------------------------------------------------------------------------

NO_STANDARD = Sentence(
    "{release} holds source in {languages}, for which no coding standard is in force.",
    next="Add {languages} to a coding standard, or take that code out.",
)
NO_STANDARD_DESIGNED = Sentence(
    "{designs} are written in {language}, for which no coding standard is in force.",
    next="Add {language} to a coding standard, or correct the language in {designs}.",
)
NO_LANGUAGES = Sentence(
    "The source of {release} names no languages.", next="Import the source of {release} with its files."
)


@check("development.coding_standard_for_languages", over="source", owner=SystemRole.SECURITY)
def languages_have_a_standard(release: Item[Any], document: Source, view: View) -> Findings:
    """Each language of the source, and each that the design names, has a coding standard in force.

    What the repository marks as generated or as somebody else's is left out where the source is read.

    Source: IEC 81001-5-1:2021, 5.1.3; 5.4.1.
    """
    standing = {language.casefold() for one in standards_in_force(view) for language in one.content.languages}
    if not document.languages:
        yield Unknown(release, NO_LANGUAGES, release=release)
    if missing := [name for name in languages_of(document) if name.casefold() not in standing]:
        yield Gap(release, NO_STANDARD, release=release, languages=missing)
    designed: dict[str, list[Item[DesignElement]]] = {}
    for design in view.dossier.all(DesignElement):
        language = design.content.language
        if language is not None and language.casefold() not in standing:
            designed.setdefault(language, []).append(design)
    for language, designs in designed.items():
        yield Gap(release, NO_STANDARD_DESIGNED, designs=designs, language=language)


def standards_in_force(view: View) -> tuple[Item[CodingStandard], ...]:
    """Return the coding standards that hold today; on the day of its review one still does."""
    return tuple(one for one in view.dossier.all(CodingStandard) if not terms.past(one.content.review_by, view))


def languages_of(source: Source) -> list[str]:
    """Return the languages in which there is any source."""
    return [name for name, size in source.languages if size > 0]


# --- current and whole ----------------------------------------------------------------------------------------------

OVERDUE = Sentence(
    "{standard} was to be held against new attacks and languages again by {day}.",
    next="Review {standard}, enter the day, and have it signed.",
)
SILENT_ON = Sentence(
    "{standard} has no rules on {topics}.", next="Add to {standard} the rules on {topics}, and have it signed."
)
NO_TOOL = Sentence(
    "{standard} names no tool that checks {languages}.", next="Name in {standard} the tool that checks {languages}."
)
NO_GATE = Sentence(
    "{standard} does not say from which severity on results of {tools} have to be dealt with.",
    next="Set the severity gate of {tools} in {standard}.",
)


@check("development.coding_standard_current", over=CodingStandard, owner=SystemRole.SECURITY, needed=True)
def coding_standards_are_current(standard: Item[CodingStandard], view: View) -> Findings:
    """Each coding standard was looked at in time, speaks of all six topics, and has a tool with a gate for each language.

    Source: IEC 81001-5-1:2021, 5.1.3; 5.4.1.
    """
    content = standard.content
    due = min(content.review_by, months_after(content.reviewed_on, view.policy.number(REVIEW_MONTHS)))
    if terms.past(due, view):
        yield Gap(standard, OVERDUE, standard=standard, day=due).owed(due=due)
    told = {rules.topic for rules in content.topics}
    if silent := [topic for topic in CodingTopic if topic not in told]:
        yield Gap(standard, SILENT_ON, standard=standard, topics=silent)
    checked = {language.casefold() for tool in content.tools for language in tool.languages}
    if unchecked := [language for language in content.languages if language.casefold() not in checked]:
        yield Gap(standard, NO_TOOL, standard=standard, languages=unchecked)
    if gateless := [tool.name for tool in content.tools if tool.severity_gate is None]:
        yield Gap(standard, NO_GATE, standard=standard, tools=gateless)


# --- seen to --------------------------------------------------------------------------------------------------------

NOT_RUN = Sentence(
    "{standard} names {tool}, which was not run on the build of {release}.",
    next="Run {tool} on the build of {release}, and import its report.",
)
RUN_OTHERWISE = Sentence(
    "{standard} names {tool} {version} with the rules {rule_set}; on the build of {release} it ran as {found}.",
    next="Run {tool} {version} with {rule_set} on the build of {release}, or bring {standard} up to date.",
)
NOT_COVERED = Sentence(
    "{tool} left out {count} files of {release} that {standard} is for: {files}.",
    next="Run {tool} over these files, or have a deviation for them approved.",
)
UNTOLD = Sentence(
    "The report of {tool} on the build of {release} does not say its {what}.",
    next="Have the report say it (`asepsis:rule_set`, `asepsis:paths`), and import it again.",
)


@check("development.rule_set_applied", over=CodingStandard, owner=SystemRole.DEVELOPER, needed=True)
def named_tools_were_run(standard: Item[CodingStandard], view: View) -> Findings:
    """The tools that a coding standard names ran on the release build as it names them, over all files they are for.

    A deviation from the coding standard may spare a tool, or files; one from a single rule spares neither.

    Source: IEC 81001-5-1:2021, 5.1.3; 5.5.1; 5.5.2.
    """
    source, findings = of_build(view)
    languages = {name.casefold() for name in languages_of(source)} & _folded(standard.content.languages)
    for tool in standard.content.tools:
        if wanted := languages & _folded(tool.languages):
            yield from _applied(tool, wanted, source, findings, standard, view)


def of_build(view: View) -> tuple[Source, StaticFindings]:
    """Return source and static findings of the build of the release looked at. Raises `AbsentFactsError`."""
    source = sourced.source_of(view)
    for about in terms.subjects_of("static_findings", view):
        findings: StaticFindings = view.fact("static_findings", about.subject)
        return source, findings
    raise AbsentFactsError("static_findings", (view.release or view.product).label)


def _folded(names: Iterable[str]) -> set[str]:
    return {name.casefold() for name in names}


def _applied(
    tool: CodingTool,
    languages: set[str],
    source: Source,
    findings: StaticFindings,
    standard: Item[CodingStandard],
    view: View,
) -> Findings:
    files = [path for path, language in source.paths if language.casefold() in languages]
    deviations = list(_deviations(tool, view))
    asked = [path for path in files if not any(_spares(one, path) for one in deviations)]
    if any(one.where is None for one in deviations) or (files and not asked):
        return
    said: dict[str, Any] = {"tool": tool.name, "release": view.release}
    runs = [one for one in findings.runs if one.tool.casefold() == tool.name.casefold() and one.finished]
    if not runs:
        yield Gap(standard, NOT_RUN, standard=standard, **said)
        return
    fitting = [one for one in runs if (one.version, one.rule_set) == (tool.version, tool.rule_set)]
    if not fitting:
        yield from _ran_otherwise(tool, runs, standard, said)
        return
    covering = _Covered(path for one in fitting for path in one.paths)
    if not covering:
        yield Unknown(standard, UNTOLD, what="files", **said)
    elif left_out := sorted(path for path in asked if not covering.holds(path)):
        yield Gap(standard, NOT_COVERED, count=len(left_out), files=left_out, standard=standard, **said)


def _ran_otherwise(
    tool: CodingTool, runs: list[Analysis], standard: Item[CodingStandard], said: dict[str, Any]
) -> Findings:
    if any(one.version in (None, tool.version) and one.rule_set in (None, tool.rule_set) for one in runs):
        what = "version" if any(one.version is None for one in runs) else "rule set"
        yield Unknown(standard, UNTOLD, what=what, **said)
        return
    found = sorted({f"{one.version or 'no version'} with {one.rule_set or 'no rule set'}" for one in runs})
    told = {"version": tool.version, "rule_set": tool.rule_set, "found": found}
    yield Gap(standard, RUN_OTHERWISE, standard=standard, **told, **said)


def _deviations(tool: CodingTool, view: View) -> Iterator[Deviation]:
    """Yield the deviations in force that spare a tool, or files of it."""
    for one in view.dossier.all(Deviation):
        content = one.content
        if content.departs_from is not DepartsFrom.CODING_STANDARD or content.rule is not None:
            continue
        if (content.tool is None and content.where is None) or not terms.lets_be(one, view):
            continue
        if content.tool is None or content.tool.casefold() == tool.name.casefold():
            yield content


def _spares(deviation: Deviation, path: str) -> bool:
    return deviation.where is not None and sourced.fits(path, deviation.where)


class _Covered:
    """The files that a tool says it went over: by path, by folder, or by pattern; `.` is all of them."""

    def __init__(self, paths: Iterable[str]) -> None:
        named = {path.removeprefix("./").rstrip("/") or "." for path in paths}
        self._all = "." in named
        self._named = named
        self._patterns = [path for path in named if "*" in path or "?" in path]

    def __bool__(self) -> bool:
        return bool(self._named)

    def holds(self, path: str) -> bool:
        """Return whether a file was gone over."""
        if self._all or path in self._named:
            return True
        parts = path.split("/")
        folders = ("/".join(parts[:number]) for number in range(1, len(parts)))
        return any(folder in self._named for folder in folders) or any(
            sourced.fits(path, pattern) for pattern in self._patterns
        )
