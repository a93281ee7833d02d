"""The runner: calls a check for each thing it goes through, and says for it what no check has to say itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from asepsis.checks import terms
from asepsis.checks.check import Check
from asepsis.checks.view import AbsentFactsError, View
from asepsis.conformance.assessment import Note
from asepsis.exchange import subjects
from asepsis.exchange.formats import FACTS, Staleness
from asepsis.quality.domain import months_after
from asepsis.record.dossier import Item, Pending
from asepsis.record.facts import TakenIn
from asepsis.record.verdict import Gap, Unknown
from asepsis.sentences import Mention, Named, Sentence

log = logging.getLogger(__name__)

NOTHING = Sentence("There is no {what} to look at.", next="Write the first {what}.")
NO_FACTS = Sentence("No {facts} were imported, so there is nothing to look at.", next="Import the first {facts}.")
BROKEN = Sentence(
    "{item} rests on {target}, which is not in force.", next="Have {target} signed, or name another record in {item}."
)
NOT_WRITTEN_OUT = Sentence(
    "{item} is reported and not written out.", next="Fill in what {item} lacks, and have it signed."
)
ABSENT = Sentence("No {facts} of {about} were imported.", next="Import the {facts} of {about}.")
STALE = Sentence("The {facts} of {about} are too old: {since}.", next="Import newer {facts} of {about}.")
UNREADABLE = Sentence(
    "The {facts} of {about} are no longer stored.", next="Import the {facts} of {about} again from their source."
)
WITHHELD = Sentence(
    "This rests on {what}, and not all of that is in the dossier at hand.",
    next="Ask somebody who has the whole ledger; nothing is said here about {what}.",
)
FAULT = Sentence(
    "The check {check} failed on {about}, so this is not known.",
    next="Report it to the makers of Asepsis with the log of the server.",
)
WORDS = {
    "components": "components",
    "matches": "known vulnerabilities",
    "feeds": "advisory feeds",
    "test_results": "test results",
    "static_findings": "results of static analysis",
    "source": "source changes",
    "package_files": "delivered files",
    "manifest_files": "files of the manifest",
    "signing_log": "uses of the signing key",
    "repository_settings": "settings of the repositories",
    "provenance": "provenance",
    "attack_surface": "ways in",
    "people": "dates of people coming and leaving",
    "ledger_verifications": "verifications of the ledger",
    "assessments": "assessments",
    "shared_items": "items shared with other products",
}


@dataclass(slots=True)
class Ran:
    """What one check said: its findings, and what it went through by the names of revisions or documents.

    `told` are the findings as notes, once an assessment has told them.
    """

    check: Check
    findings: list[Gap | Unknown] = field(default_factory=list)
    looked_at: list[str] = field(default_factory=list)
    reads: frozenset[str] = frozenset()
    taken_over: int = 0
    told: list[tuple[Gap | Unknown, Note]] | None = None

    @property
    def silent(self) -> bool:
        """Return whether there was nothing to go through, and nothing to say about that."""
        return not self.looked_at and not self.findings


class FaultyCheckError(Exception):
    """A check failed where faults are to be seen, in tests."""


def run(check: Check, view: View, *, strict: bool = False) -> Ran:
    """Run one check over what it goes through. With `strict` a fault of the check is raised, not told as unknown."""
    ran = Ran(check)
    if check.over == "product":
        ran.looked_at.append(view.product.id)
        _call(ran, view.product, partial(check.function, view.product, view), strict)
    elif isinstance(check.over, str):
        _over_facts(ran, check.over, view, strict)
    else:
        _over_records(ran, view, strict)
    if check.needed and not ran.looked_at and not ran.findings:
        ran.findings.append(_nothing(check, view))
    ran.reads = frozenset(view.reads | {check.over_name})
    _say_what_is_withheld(ran, view)
    return ran


def _say_what_is_withheld(ran: Ran, view: View) -> None:
    """Where a check read a kind of which something is not here, neither a gap nor a pass can be told."""
    hidden = view.dossier.hidden
    unread = hidden if "*" in ran.reads else hidden & ran.reads
    if unread:
        ran.findings = [
            Unknown(view.release or view.product, WITHHELD, what=f"{_spaced(kind)} records") for kind in sorted(unread)
        ]


def _nothing(check: Check, view: View) -> Gap:
    """Return the gap that nothing is there to look at: no record of the kind, or no facts."""
    about = view.release or view.product
    if isinstance(check.over, str):
        return Gap(about, NO_FACTS, facts=WORDS[check.over])
    return Gap(about, NOTHING, what=_spaced(check.over.__name__))


def _spaced(name: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


# --- over records ---------------------------------------------------------------------------------------------------


def _over_records(ran: Ran, view: View, strict: bool) -> None:
    check = ran.check
    assert not isinstance(check.over, str)
    items: list[Item[Any]] = []
    for one in _candidates(check, view):
        if isinstance(one, Pending):
            ran.looked_at.append(one.name)
            ran.findings.append(Gap(one, NOT_WRITTEN_OUT, item=one))
        elif check.when is None or _applies(ran, one, view, strict):
            items.append(one)
    for item in items:
        ran.looked_at.append(item.name)
        ran.taken_over += item.content.taken_over is not None
        for link in view.dossier.broken_links(item):
            target = view.dossier.label(link.target)
            ran.findings.append(
                Gap(item, BROKEN, item=item, target=Mention(link.target, target or "something not here"))
            )
    if check.whole:
        if items:
            about = view.release or view.product
            _call(ran, about, partial(check.function, tuple(items), view), strict)
        return
    for item in items:
        _call(ran, item, partial(check.function, item, view), strict)


def _candidates(check: Check, view: View) -> Iterable[Item[Any] | Pending]:
    assert not isinstance(check.over, str)
    yield from view.dossier.all(check.over)
    if check.over.meta.warns is not False:
        yield from view.dossier.warning_heads(check.over)


def _applies(ran: Ran, item: Item[Any], view: View, strict: bool) -> bool:
    """Return whether the check is about `item`; where that cannot be told, say so."""
    assert ran.check.when is not None
    try:
        return ran.check.when(item, view)
    except AbsentFactsError as absent:
        ran.findings.append(_absent(item, absent))
    except Exception as error:
        _fault(ran, item, error, strict)
    return False


# --- over facts -----------------------------------------------------------------------------------------------------


def _over_facts(ran: Ran, kind: str, view: View, strict: bool) -> None:
    for about in terms.subjects_of(kind, view):
        taken = view.taken_in(kind, about.subject)
        if taken is None:
            ran.looked_at.append(about.subject)
            ran.findings.append(Unknown(about.item, ABSENT, facts=WORDS[kind], about=about.item))
            continue
        ran.looked_at.append(taken.document)
        since = stale(kind, taken, view)
        if since is not None:
            ran.findings.append(Unknown(about.item, STALE, facts=WORDS[kind], about=about.item, since=since))
            continue
        _call(ran, about.item, partial(_over_document, ran.check, about.item, taken, view), strict)


def _over_document(check: Check, about: Named, taken: TakenIn, view: View) -> Iterable[Gap | Unknown]:
    return check.function(about, view.document(taken), view)


def stale(kind: str, taken: TakenIn, view: View) -> str | None:
    """Return why facts no longer answer for today, in words; `None` while they do."""
    when = FACTS[kind].stale
    if when.when is Staleness.AGE and when.policy is not None:
        as_of = _instant(taken.as_of or taken.at)
        limit = _limit(as_of, when.policy, view)
        return f"they are as of {as_of:%Y-%m-%d}" if view.now > limit else None
    if when.when is Staleness.WITH_FEEDS:
        feeds = view.taken_in("feeds", subjects.ORGANISATION)
        digest = taken.subject.partition("+")[2]
        of_matches = next((one for one in view.facts_of("feeds") if one.document == digest), feeds)
        if of_matches is None:
            return "it is not known which advisory feeds they were made with"
        reason = stale("feeds", of_matches, view)
        return None if reason is None else f"their feeds are old, {reason}"
    return None


def _limit(as_of: datetime, policy: str, view: View) -> datetime:
    number = view.policy.number(policy)
    if policy.endswith("_months"):
        return as_of + (months_after(as_of.date(), number) - as_of.date()) + timedelta(days=1)
    return as_of + timedelta(days=number)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


# --- calling --------------------------------------------------------------------------------------------------------


def _call(ran: Ran, about: Named, function: Callable[[], Iterable[Gap | Unknown]], strict: bool) -> None:
    try:
        ran.findings.extend(function())
    except AbsentFactsError as absent:
        ran.findings.append(_absent(about, absent))
    except Exception as error:
        _fault(ran, about, error, strict)


def _absent(about: Named, absent: AbsentFactsError) -> Unknown:
    sentence = UNREADABLE if absent.why == "unreadable" else ABSENT
    return Unknown(about, sentence, facts=WORDS.get(absent.kind, absent.kind), about=about)


def _fault(ran: Ran, about: Named, error: Exception, strict: bool) -> None:
    """Tell a fault of a check as unknown: an exception is no pass, and no gap of the maker's either."""
    if strict:
        raise FaultyCheckError(f"{ran.check.id} on {about.label}") from error
    log.exception("check %s failed on %s", ran.check.id, about.label)
    ran.findings.append(Unknown(about, FAULT, check=ran.check.id, about=about))
