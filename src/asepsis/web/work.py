"""My work: what somebody owes, over all products: signatures, days that end, gaps, links to look at, drafts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from asepsis.conformance.assessment import DueDay, Note
from asepsis.readers import viewer, visible
from asepsis.readers.owing import owes
from asepsis.readers.viewer import Viewer
from asepsis.record.dossier import Item
from asepsis.record.history import Head, History, unpack
from asepsis.record.slots import SystemRole
from asepsis.store.models import Link, Record
from asepsis.store.waiting import own_slots
from asepsis.web import remarks, then
from asepsis.web.due import SPANS
from asepsis.web.moment import Moment, of_organisation
from asepsis.web.page import Access, framed, page, shown
from asepsis.web.remarks import Remark
from asepsis.web.verdicts import Verdicts, of_moment
from asepsis.web.words import Words, capital, kind_words

PRODUCTS = 50  # whose verdicts are read
MOST = 100  # lines of each sort; what is left comes when these are done
LOOKED_THROUGH = 500  # heads of each scope that are looked through for those of the reader, the newest first
TURNED = 200  # records of each scope, those that changed last, whose referring records are asked for suspect links
WITHOUT_A_DAY = "Without a day"
COMMON = "The organisation"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is owed: what, why, until when, of which product; and the one next act, as a link."""

    what: SafeString | str
    verb: str
    address: str
    why: SafeString | str = ""
    day: str | None = None
    urgent: bool = False
    product: str = ""


@dataclass
class Part:
    """Lines under one heading; `more` says that there are others behind them."""

    words: str
    lines: list[Line] = field(default_factory=list)
    more: bool = False
    signs: bool = False


@page(access=Access.WORKS)
def work(request: HttpRequest) -> HttpResponse:
    """Give what the reader owes, over all products: signatures first, then by day, then what has none."""
    organisation = of_organisation()
    reader, words = viewer.current(), Words(organisation)
    moments = [Moment(one, organisation.ledger) for one in visible.products().order_by("code")[:PRODUCTS]]
    heads = _heads(moments, reader)
    verdicts = [of_moment(one) for one in moments]
    parts = [
        signatures(heads, words),
        asked(moments, reader, words),
        *by_day(dict.fromkeys(line for one in verdicts for line in owed(one, reader)), organisation.today),
        suspects(moments, reader, words),
        drafts(heads, words),
    ]
    return shown(
        request,
        "work",
        framed(organisation, "work", wide=True),
        words,
        parts=[one for one in parts if one.lines],
        count=sum(len(one.lines) for one in parts),
        more=heads.more,
        unassessed=[one for one in verdicts if one.assessment is None],
        outdated=[one for one in verdicts if one.outdated],
        looked_through=LOOKED_THROUGH,
    )


# --- signatures and drafts --------------------------------------------------------------------------------------------


@dataclass
class Heads:
    """The records whose heads are open, as far as they concern the reader."""

    to_sign: list[Record] = field(default_factory=list)
    own: list[Record] = field(default_factory=list)
    more: bool = False


def _heads(moments: Iterable[Moment], reader: Viewer) -> Heads:
    """Return the open heads of each scope that wait for the reader's signature or that the reader wrote.

    Each scope is asked by itself, for the index begins with the product.
    """
    found = Heads()
    rows = visible.records().defer(None)
    for product in (None, *(one.product.id for one in moments if one.product)):
        submitted = rows.filter(product=product, head_state=str(Head.SUBMITTED)).order_by("changed_position")
        waiting = list(submitted[: LOOKED_THROUGH + 1])
        histories = ((row, unpack(bytes(row.history))) for row in waiting[:LOOKED_THROUGH])
        found.to_sign += [row for row, one in histories if own_slots(one, reader.person or "", reader.held)]
        found.more |= len(waiting) > LOOKED_THROUGH
        for state in (Head.DRAFT, Head.REJECTED):
            newest = rows.filter(product=product, head_state=str(state)).order_by("-changed_position")
            written = list(newest[: LOOKED_THROUGH + 1])
            found.own += [row for row in written if unpack(bytes(row.history)).head.by == reader.person]
            found.more |= len(written) > LOOKED_THROUGH
    return found


def signatures(heads: Heads, words: Words) -> Part:
    """Return what waits for the reader's signature, the oldest first."""
    rows = sorted(heads.to_sign, key=lambda row: row.changed_position)
    lines = [_signature(row, words) for row in rows[:MOST]]
    return Part("Waits for your signature", lines, len(rows) > MOST, signs=True)


def _signature(row: Record, words: Words) -> Line:
    why = f"{capital(kind_words(row.kind))}, revision {row.head_number}"
    return Line(_named(row, words), f"Sign {row.label}", f"/sign?record={row.label}", why)


def _named(row: Record, words: Words) -> SafeString:
    return format_html("{} {}", words.link(row), row.title)


def drafts(heads: Heads, words: Words) -> Part:
    """Return what the reader began and did not submit, what was sent back first, then the newest first."""
    rows = sorted(heads.own, key=lambda row: (row.head_state != str(Head.REJECTED), -row.changed_position))
    return Part("Your drafts", [_draft(row, words) for row in rows[:MOST]], len(rows) > MOST)


def _draft(row: Record, words: Words) -> Line:
    state = "sent back" if row.head_state == str(Head.REJECTED) else "a draft"
    why = f"{capital(kind_words(row.kind))}, revision {row.head_number} is {state}"
    return Line(_named(row, words), f"Edit {row.label}", f"/r/{row.label}/edit", why)


def asked(moments: Iterable[Moment], reader: Viewer, words: Words) -> Part:
    """Return what was found in the audit room and nobody answered, for who answers for the quality of a product."""
    part = Part("Found in the audit room")
    for moment in moments:
        product = moment.product
        if product is not None and reader.may((SystemRole.QUALITY,), product.id):
            found = remarks.unanswered(moment)
            words.know(one.by for one in found)
            part.lines += [_asked(one, product.name, words) for one in found]
    part.more, part.lines = len(part.lines) > MOST, part.lines[:MOST]
    return part


def _asked(remark: Remark, product: str, words: Words) -> Line:
    row = remark.row
    why = format_html("{}, of {}: {}", remark.sort, words.of_id(remark.by), remark.text)
    return Line(_named(row, words), f"Answer about {row.label}", f"/r/{row.label}", why, product=product)


# --- gaps and days ----------------------------------------------------------------------------------------------------


def owed(verdicts: Verdicts, reader: Viewer) -> Iterator[Line]:
    """Yield the gaps and the due days of one product that the reader owes, as a person or by a role."""
    product = verdicts.moment.product
    if verdicts.assessment is None or product is None:
        return
    words, mine = Words(verdicts.moment), owes(reader, product.id, verdicts.moment.today)
    acts = [one for one in verdicts.acts if one.note.owner in mine][:MOST]
    told = {(one.note.about.id, one.note.said.text()) for one in acts}
    dues = [one for one in verdicts.assessment.due if one.owner in mine and one.about.id not in verdicts.withheld]
    dues = [one for one in dues if (one.about.id, one.said.text()) not in told][:MOST]
    words.know_notes(one.note for one in acts)
    words.know(one.about.id for one in dues)
    for act in acts:
        yield _owed(act.note, words, act.clauses[0])
    for one in dues:
        yield _owed(one, words, None)


def _owed(note: Note | DueDay, words: Words, clause: str | None) -> Line:
    found, step = words.said(note.said), words.next(note.said)
    row, product = words.record(note.about.id), words.moment.product
    if row is not None:
        verb, address = f"Open {row.label}", f"/r/{row.label}"
    elif clause is not None:
        verb, address = f"Open {clause}", words.moment.to(f"clause/{clause}")
    else:
        verb, address = "What is due", words.moment.to("due")
    what, why = (step, found) if step else (found, SafeString())
    name = COMMON if product is None or (row is not None and row.product is None) else product.name
    return Line(what, verb, address, why, note.due if isinstance(note, Note) else note.day, note.urgent, name)


def by_day(lines: Iterable[Line], today: date) -> list[Part]:
    """Return lines by how far their days are, what is urgent first on its day; those without a day come last."""
    parts = [Part(words) for _, words in SPANS]
    later, undated = Part("Later"), Part(WITHOUT_A_DAY)
    for line in sorted(lines, key=lambda one: (one.day or "9", not one.urgent, one.product)):
        if line.day is None:
            undated.lines.append(line)
            continue
        left = (date.fromisoformat(line.day) - today).days
        place = next((number for number, (most, _) in enumerate(SPANS) if left <= most), None)
        (later if place is None else parts[place]).lines.append(line)
    found = [*parts, later, undated]
    for part in found:
        part.more, part.lines = len(part.lines) > MOST, part.lines[:MOST]
    return found


# --- suspect links ----------------------------------------------------------------------------------------------------


def suspects(moments: Iterable[Moment], reader: Viewer, words: Words) -> Part:
    """Return the records whose effective revision the reader wrote and that rest on what became another since.

    Looked through are the records that refer to what changed last.
    """
    lines = [line for moment in moments for line in _suspects(moment, reader, words)]
    return Part("Rests on what changed", lines[:MOST], len(lines) > MOST)


def _suspects(moment: Moment, reader: Viewer, words: Words) -> Iterator[Line]:
    product = moment.product
    scope = visible.records().filter(product=product.id if product else None, standing="effective")
    newest = list(scope.order_by("-changed_position").values_list("pk", flat=True)[:TURNED])
    links = Link.objects.filter(target__in=newest, effective=True, names=False).order_by("target", "source")
    referring = links.values_list("source", flat=True).distinct()[: TURNED * 4]
    chains = then.histories(moment, referring)
    mine = {one: chain for one, chain in chains.items() if _wrote(reader, chain)}
    targets = Link.objects.filter(source__in=mine, effective=True).values_list("target", flat=True)
    dossier = then.dossier(moment, mine | then.histories(moment, targets))
    words.know(mine)
    for identity in mine:
        item: Item[Any] | None = dossier.get(identity)
        changed = [one.target for one in dossier.suspects(item)] if item is not None else []
        row = words.record(identity)
        if changed and row is not None:
            words.know(changed)
            told = format_html_join(", ", "{}", ((words.of_id(one),) for one in dict.fromkeys(changed)))
            why = format_html("{} changed since this was looked at.", told)
            name = product.name if product else ""
            yield Line(_named(row, words), f"Look at {row.label}", f"/r/{row.label}", why, product=name)


def _wrote(reader: Viewer, chain: History) -> bool:
    return chain.effective is not None and chain.effective.by == reader.person
