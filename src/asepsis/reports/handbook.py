"""The handbook: one page for each clause, made from the catalogue and the checks, and the table of what is checked."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from asepsis.checks import all as all_checks
from asepsis.checks.check import CHECKS, Check, Heals
from asepsis.clauses.catalogue import At, Attest, Catalogue, Clause, Modality, Obligation
from asepsis.clauses.policy import POLICY
from asepsis.exchange.formats import FACTS
from asepsis.record.kind import KINDS, Kind

ASKED = {
    Modality.REQUIREMENT: "required",
    Modality.RECOMMENDATION: "recommended",
    Modality.PERMISSION: "allowed",
    Modality.UNCONFIRMED: "wording not confirmed",
}


@dataclass(frozen=True, slots=True)
class Rests:
    """What a check reads, found in its code: kinds of records, kinds of facts, values of the policy."""

    kinds: tuple[str, ...]
    facts: tuple[str, ...]
    policy: tuple[str, ...]


@cache
def rests_on(identity: str) -> Rests:
    """Return what the check of that id reads, through the functions that it calls in `asepsis.checks` and beside it."""
    check = CHECKS[identity]
    names: set[str] = set()
    texts: set[str] = set()
    for function in _reached(check.function, set()):
        texts.update(_texts(function.__code__))
        given = (function.__globals__.get(name) for name in _names(function.__code__))
        texts.update(value for value in given if isinstance(value, str))  # the name of a policy value, as a constant
        names.update(
            value.__name__
            for name in _names(function.__code__)
            if isinstance(value := function.__globals__.get(name), type)
            and issubclass(value, Kind)
            and value is not Kind
        )
    names.add(check.over_name)
    return Rests(
        tuple(sorted(names & KINDS.keys())),
        tuple(sorted((texts | {check.over_name}) & FACTS.keys())),
        tuple(sorted(texts & POLICY.keys())),
    )


def _reached(function: Any, seen: set[int]) -> Iterator[types.FunctionType]:
    """Yield a function and those of the checks' own modules that it names, each once."""
    if not isinstance(function, types.FunctionType) or id(function) in seen:
        return
    seen.add(id(function))
    yield function
    for name in _names(function.__code__):
        found = function.__globals__.get(name)
        if isinstance(found, types.ModuleType) and found.__name__.startswith("asepsis.checks"):
            for inner in _names(function.__code__):
                yield from _reached(vars(found).get(inner), seen)
        elif getattr(found, "__module__", "").startswith("asepsis.checks"):
            yield from _reached(found, seen)


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _texts(code: types.CodeType) -> Iterator[str]:
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, tuple):
            yield from (one for one in constant if isinstance(one, str))
        elif isinstance(constant, types.CodeType):
            yield from _texts(constant)


# --- pages ----------------------------------------------------------------------------------------------------------


def pages(catalogue: Catalogue) -> dict[str, str]:
    """Return every page of the handbook as Markdown, by its name: one a clause, an index, and the table of checks."""
    all_checks.load()
    made = {f"{clause.id}.md": _page(clause, catalogue) for clause in catalogue.clauses}
    made["index.md"] = _index(catalogue)
    made["checks.md"] = _table(catalogue)
    return made


def _page(clause: Clause, catalogue: Catalogue) -> str:
    return "\n".join(
        [
            f"# {clause.id} {clause.title}",
            "",
            "Made by `make handbook` from the catalogue and the checks; do not edit. The words are ours, not the standard's.",
            "",
            *_asked(clause, catalogue),
            *_decided(clause),
            *_attested(clause, catalogue),
            *_auditor(clause),
            *_elsewhere(clause),
        ]
    )


def _asked(clause: Clause, catalogue: Catalogue) -> Iterator[str]:
    yield "## What is asked"
    yield ""
    if clause.decided_by is None:
        yield "This clause explains; it asks nothing, and stands in no count."
        yield ""
    counted = {one.id for one in catalogue.counted(clause)}
    for obligation in clause.obligations:
        when = "of the release" if obligation.at is At.RELEASE else "today"
        counts = "" if obligation.id in counted else ", does not decide the clause"
        yield f"- **{obligation.id}** ({ASKED[obligation.modality]}; asked {when}{counts}): {obligation.text}"
        for condition in obligation.conditions:
            part = f"Part {condition.letter}" if condition.letter else "It"
            yield f"  - {part} applies if {condition.text}; otherwise sign a NotApplicable."
        if obligation.no_check:
            yield f"  - Nothing decides it: {obligation.no_check}"
    yield ""


def _decided(clause: Clause) -> Iterator[str]:
    yield "## Which records and facts decide it"
    yield ""
    shown = False
    for obligation in clause.obligations:
        for identity in obligation.checks:
            shown = True
            yield from _check(identity, obligation)
    if not shown:
        yield "None: nothing is looked at here."
    yield ""


def _check(identity: str, obligation: Obligation) -> Iterator[str]:
    check = CHECKS.get(identity)
    if check is None:
        yield f"- `{identity}` for {obligation.id}: *no check yet*; the obligation is unknown until there is one."
        return
    rests = rests_on(identity)
    yield f"- `{identity}` for {obligation.id}: {check.summary}"
    yield f"  - Looks at: {_listed([*rests.kinds, *(f'facts {one}' for one in rests.facts)])}"
    if rests.policy:
        yield f"  - Policy that moves it: {_listed([f'`{one}`' for one in rests.policy])}"
    yield f"  - Owed by {check.owner}; {_heals(check)}{' To have nothing is itself a gap.' if check.needed else ''}"


def _heals(check: Check) -> str:
    if check.heals is Heals.ANSWERED:
        return "what is past is answered by an improvement action whose effect was checked."
    return "closed by doing the work."


def _attested(clause: Clause, catalogue: Catalogue) -> Iterator[str]:
    yield "## What a person attests"
    yield ""
    if clause.attestation is not None:
        every = "every year" if clause.attestation.every == "year" else "for each release"
        yield (f"- An Attestation of {clause.attestation.obligation}, signed {every} by {clause.attestation.role}.")
    for attest in catalogue.attests(clause):
        yield f"- {_signature(attest)}"
    for line in clause.human_attests:
        yield f"- In other words: {line}"
    yield ""


def _signature(attest: Attest) -> str:
    return f"The signature *{attest.meaning}* by {attest.role} on each {attest.kind}."


def _auditor(clause: Clause) -> Iterator[str]:
    yield "## What an auditor asks to see"
    yield ""
    yield from (f"- {line}" for line in clause.evidence)
    yield ""


def _elsewhere(clause: Clause) -> Iterator[str]:
    yield "## In other standards"
    yield ""
    practices = clause.iec62443_4_1
    found = _listed(list(practices.practices)) if practices.practices else "none"
    yield f"- IEC 62443-4-1: {found} ({practices.cover}{f'; {practices.remark}' if practices.remark else ''})"
    yield f"- IEC 62304: {clause.iec62304.as_told}"
    yield f"- How sure we are of this page: {clause.confidence}. From: {_listed(list(clause.sources))}"
    yield ""


def _index(catalogue: Catalogue) -> str:
    lines = [
        "# The clauses",
        "",
        f"{catalogue.edition.name}. {catalogue.edition.note}",
        "",
        "| clause | short title | obligations | checks |",
        "|---|---|---|---|",
    ]
    for clause in catalogue.clauses:
        checks = {one for obligation in clause.obligations for one in obligation.checks}
        built = sum(one in CHECKS for one in checks)
        told = f"{built}" if built == len(checks) else f"{built} of {len(checks)}"
        lines.append(f"| [{clause.id}]({clause.id}.md) | {clause.title} | {len(clause.obligations)} | {told} |")
    return "\n".join([*lines, "", "[What software can check, line by line](checks.md)", ""])


def _table(catalogue: Catalogue) -> str:
    lines = [
        "# What software can check, line by line",
        "",
        "Each line that a clause's page of the catalogue names, with the checks that answer it.",
        "",
        "| clause | line | answered by |",
        "|---|---|---|",
    ]
    for clause in catalogue.clauses:
        for line in clause.software_checks:
            answered = ", ".join(f"`{one}`{'' if one in CHECKS else ' (not yet)'}" for one in line.checks)
            lines.append(f"| {clause.id} | {_cell(line.text)} | {answered or 'nothing: it is what a record is'} |")
    return "\n".join([*lines, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _listed(words: list[str]) -> str:
    return ", ".join(words) if words else "nothing"
