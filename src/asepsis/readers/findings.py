"""What was found for one clause, gathered once for all who read its page; each reader is told what they may know of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from asepsis.conformance.assessment import Assessment, Note
from asepsis.record.verdict import Verdict


@dataclass(slots=True)
class Finding:
    """One sentence about one thing, with the obligations that it concerns."""

    verdict: Verdict
    note: Note
    obligations: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Panel:
    """Something that was found, with the obligations that it concerns, and what else the same check says of others."""

    verdict: Verdict
    note: Note
    obligations: list[str]
    others: tuple[Note, ...] = ()


class Findings:
    """The gaps and unknowns of one clause."""

    def __init__(self, assessment: Assessment, clause: str) -> None:
        once: dict[tuple[str, str, bytes], Finding] = {}
        self.by_check: dict[tuple[str, str, Verdict], list[Note]] = {}
        self.urgent: dict[str, list[Note]] = {}
        self.flagged: set[str] = set()
        for obligation in assessment.of_clause(clause):
            for verdict, notes in ((Verdict.GAP, obligation.gaps), (Verdict.UNKNOWN, obligation.unknowns)):
                for note in notes:
                    key = (note.check, note.about.id, bytes(note.told))
                    once.setdefault(key, Finding(verdict, note)).obligations.append(obligation.id)
                    self.by_check.setdefault((obligation.id, note.check, verdict), []).append(note)
                    if verdict is Verdict.GAP:
                        self.flagged.add(note.about.id)
                        if note.urgent:
                            self.urgent.setdefault(obligation.id, []).append(note)
        self._alike = [(found, _panel(found)) for found in _alike(once.values())]

    def panels(self, withheld: Collection[str]) -> Iterator[Panel]:
        """Yield what was found, without what is about the records `withheld`.

        The urgent comes first, gaps before unknowns; what only differs in its record stands together.
        """
        for found, whole in self._alike:
            told = [one for one in found if one.note.about.id not in withheld] if withheld else found
            if told:
                yield whole if len(told) == len(found) else _panel(told)

    def of_check(self, obligation: str, check: str, verdict: Verdict, withheld: Collection[str]) -> tuple[int, int]:
        """Return how many gaps or unknowns one check found for an obligation: in all, and of what is not withheld."""
        found = self.by_check.get((obligation, check, verdict), [])
        hidden = sum(note.about.id in withheld for note in found) if withheld else 0
        return len(found), len(found) - hidden


def _panel(found: Sequence[Finding]) -> Panel:
    named = dict.fromkeys(name for one in found for name in one.obligations)
    return Panel(found[0].verdict, found[0].note, list(named), tuple(one.note for one in found[1:]))


def _alike(findings: Collection[Finding]) -> Iterator[list[Finding]]:
    """Yield the findings that only differ in their records, in the order in which their first stands."""
    order = sorted(findings, key=lambda one: (not one.note.urgent, one.verdict is not Verdict.GAP, one.note.due or "9"))
    alike: dict[tuple[object, ...], list[Finding]] = {}
    for one in order:
        note, said = one.note, one.note.sentence
        key = (one.verdict, note.check, note.owner, note.due, note.urgent, said["template"], said.get("next"))
        alike.setdefault(key, []).append(one)
    yield from alike.values()
