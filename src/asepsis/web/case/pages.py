"""The pages of a case: all that tells of it with its clocks, the form of its step in hand, and what waits for whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from asepsis.errors import AsepsisError, InputError
from asepsis.readers import viewer, visible
from asepsis.record.history import Head
from asepsis.sentences import Sentence
from asepsis.store import acts, rights
from asepsis.store.models import Record
from asepsis.store.waiting import own_slots
from asepsis.web import then
from asepsis.web.account import hand_of
from asepsis.web.case import writing
from asepsis.web.case.clocks import clocks
from asepsis.web.case.steps import ANALYSED, CALLS, NOTE, OF, Case, Fills, Step, case_of, steps_of, told
from asepsis.web.case.writing import Open
from asepsis.web.forms import inputs
from asepsis.web.forms.inputs import Box
from asepsis.web.forms.names import Names
from asepsis.web.forms.pages import UntoldActError
from asepsis.web.moment import Moment, of_product
from asepsis.web.page import Access, framed, page, shown
from asepsis.web.record import texts_in
from asepsis.web.verdicts import of_moment
from asepsis.web.words import Words

CASES = 200
NOTES = 60
RECORDS = 40  # of one form


class NothingTypedError(InputError):
    """A form of a case came back as it was given."""

    code = "case-untouched"
    sentence = Sentence(
        "Nothing was saved: nothing differs from what stands there.", next="Fill in what is known by now."
    )


@dataclass(frozen=True, slots=True)
class Form:
    """A record of a case that is open: the boxes that come first, and those that are folded away."""

    open: Open
    first: list[Box]
    rest: list[Box]


@dataclass(frozen=True, slots=True)
class Said:
    """One call or mail: when, which way, with whom, and what was said."""

    row: Record
    when: str
    way: str
    whom: str
    text: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What somebody sent that could not be saved: what they typed, into which step, and what is wrong with it."""

    open: list[Open]
    number: int
    texts: Mapping[str, str]
    wrong: Mapping[str, str]
    error: AsepsisError | None = None


@page
def case(request: HttpRequest, code: str, position: int | None = None) -> HttpResponse:
    """Give the case of the vulnerability that `?of=` names, or the vulnerabilities that there are.

    `?edit=` opens one of its records to be written anew, `?new=` a further one of a kind, `?step=` a whole step.
    """
    moment = of_product(code, position)
    label = request.GET.get("of", "")
    return _shown(request, case_of(moment, label)) if label else _cases(request, moment)


def _cases(request: HttpRequest, moment: Moment) -> HttpResponse:
    product = moment.product.id if moment.product else None
    rows = visible.records().filter(product=product, kind=OF).order_by("-changed_position")
    there = then.histories(moment, rows.values_list("pk", flat=True)[:CASES])
    found = [one for one in rows[:CASES] if one.id in there]
    writes = not moment.past and viewer.current().may(rights.ACTS["write"], product)
    return shown(request, "cases", framed(moment, "case"), Words(moment), cases=found, writes=writes)


@page(access=Access.WORKS, posts=Access.WORKS)
def write(request: HttpRequest, code: str) -> HttpResponse:
    """Give the form with which a case begins; or save what was typed into a step of the case that `?of=` names.

    `do` says what is asked: `draft` keeps it, `submit` submits all that was written in one commit.
    """
    moment = of_product(code)
    label = request.GET.get("of", "")
    if request.method != "POST":
        return HttpResponseRedirect(_address(moment, label)) if label else _begin(request, moment)
    return _saved(request, case_of(moment, label)) if label else _begun(request, moment)


def _address(moment: Moment, label: str, number: int = 0) -> str:
    place = f"#step-{number}" if number else ""
    return moment.to(f"case?{urlencode({'of': label})}{place}")


# --- what is sent -----------------------------------------------------------------------------------------------------


def _saved(request: HttpRequest, found: Case) -> HttpResponse:
    sent = request.POST
    if records := sent.getlist("record"):
        return _submitted(request, found, [one for one in records if one in found.rows])
    texts = {name: str(text) for name, text in sent.items()}
    number = int(sent.get("step", "0")) if sent.get("step", "").isdecimal() and len(sent["step"]) < 3 else 0
    opened = writing.named(found, sent.getlist("part")[:RECORDS])
    names = _names(found)
    if "add" in texts or "remove" in texts:
        moved = inputs.with_row(texts, texts["add"]) if "add" in texts else inputs.without_row(texts, texts["remove"])
        return _shown(request, found, Sent(opened, number, moved, {}))
    hand = hand_of(request)
    written = writing.read(found, opened, texts, request.FILES, names, hand)
    if written.wrong:
        return _shown(request, found, Sent(opened, number, texts, written.wrong))
    submitted = sent.get("do") == "submit"
    try:
        if not written.writes:
            raise NothingTypedError
        acts.write_all(hand, written.writes, submitted=submitted, files=written.files)
    except AsepsisError as error:
        return _shown(request, found, Sent(opened, number, texts, {}, error))
    if submitted:
        return _to_sign(found, [one.record for one in written.writes], number)
    return HttpResponseRedirect(_address(found.moment, found.row.label, number))


def _submitted(request: HttpRequest, found: Case, records: list[str]) -> HttpResponse:
    """Submit drafts of a case as they stand."""
    try:
        if not records:
            raise UntoldActError
        acts.submit(hand_of(request), records)
    except AsepsisError as error:
        return _shown(request, found, Sent([], 0, {}, {}, error))
    return _to_sign(found, records)


def _to_sign(found: Case, records: list[str], number: int = 0) -> HttpResponse:
    """Go on to sign those that wait for their writer as one set; where none does, back to the case."""
    rows = visible.by_id(records)
    fresh = then.histories(found.moment, records)
    reader = viewer.current()
    mine = [rows[one].label for one in records if own_slots(fresh[one], reader.person or "", reader.held)]
    if mine:
        return HttpResponseRedirect(f"/sign?{urlencode({'record': mine}, doseq=True)}")
    return HttpResponseRedirect(_address(found.moment, found.row.label, number))


def _begun(request: HttpRequest, moment: Moment) -> HttpResponse:
    """Write the first words of a case, and lead to it."""
    assert moment.product is not None
    texts = {name: str(text) for name, text in request.POST.items()}
    if "add" in texts or "remove" in texts:
        moved = inputs.with_row(texts, texts["add"]) if "add" in texts else inputs.without_row(texts, texts["remove"])
        return _begin(request, moment, Sent([], 1, moved, {}))
    hand, names = hand_of(request), Names(moment.product.id)
    persons = (hand.actor.id,) if "withheld" in texts else None
    written = writing.begin(moment.product.id, texts, request.FILES, names, hand, persons)
    if written.wrong:
        return _begin(request, moment, Sent([], 1, texts, written.wrong))
    try:
        receipt = acts.write_all(hand, written.writes)
    except AsepsisError as error:
        return _begin(request, moment, Sent([], 1, texts, {}, error))
    return HttpResponseRedirect(_address(moment, str(receipt.outcomes[0].label), 1))


def _begin(request: HttpRequest, moment: Moment, sent: Sent | None = None) -> HttpResponse:
    names = Names(moment.product.id if moment.product else None)
    forms, offers = _forms(writing.first_words(), sent, names)
    product = moment.product.id if moment.product else None
    answer = shown(
        request,
        "casebegin",
        framed(moment, "case", wide=True),
        Words(moment),
        forms=forms,
        offers=offers,
        sent=sent,
        withholds=viewer.current().may(rights.ACTS["withhold a record"], product),
    )
    answer.status_code = _status(sent)
    return answer


# --- what is shown ----------------------------------------------------------------------------------------------------


def _shown(request: HttpRequest, found: Case, sent: Sent | None = None) -> HttpResponse:
    """Return the page of a case; where something sent could not be saved, with what was typed."""
    row, moment = found.row, found.moment
    verdicts = of_moment(moment)
    steps = steps_of(found)
    calls = Step(0, CALLS)
    writes = not moment.past and viewer.current().may(rights.ACTS["write"], row.product)
    open_ = _open(request, found, [*steps, calls], sent) if writes else {}
    names = _names(found, [one.value for own in open_.values() for one in own])
    forms: dict[int, list[Form]] = {}
    offers: dict[str, list[tuple[str, str]]] = {}
    for number, own in open_.items():
        forms[number], more = _forms(own, sent if sent and sent.number == number else None, names)
        offers |= more
    severity = told(found, row, (*ANALYSED, "weakness"))
    answer = shown(
        request,
        "case",
        framed(moment, "case", verdicts=verdicts),
        found.words,
        row=row,
        case=found,
        severity=severity,
        steps=[(one, forms.get(one.number, []), _further(found, one)) for one in steps],
        calling=forms.get(0, []),
        offers=offers,
        clocks=list(clocks(found, verdicts)),
        notes=_notes(found),
        persons=None if found.persons is None else [found.words.name(one) for one in found.persons],
        until=found.until,
        writes=writes,
        waits=_waits(found),
        sent=sent,
    )
    answer.status_code = _status(sent)
    return answer


def _status(sent: Sent | None) -> int:
    if sent is None or not (sent.error or sent.wrong):
        return 200
    return 409 if sent.error and not isinstance(sent.error, InputError) else 422


def _names(found: Case, more: Iterable[dict[str, Any]] = ()) -> Names:
    held = frozenset(text for value in (*found.values.values(), *more) for text in texts_in(value))
    return Names(found.row.product, held | found.rows.keys())


def _open(request: HttpRequest, found: Case, steps: list[Step], sent: Sent | None) -> dict[int, list[Open]]:
    """Return what is open in each step: what somebody typed into, what was asked for, else the step in hand."""
    if sent is not None and sent.open:
        return {sent.number: sent.open}
    edit, new, number = (request.GET.get(one, "") for one in ("edit", "new", "step"))
    return {
        one.number: own
        for one in steps
        for in_hand in [str(one.number) == number if number else one.here]
        if (own := writing.opened(found, one, edit, new, in_hand))
    }


def _forms(opened: list[Open], sent: Sent | None, names: Names) -> tuple[list[Form], dict[str, list[tuple[str, str]]]]:
    """Return the forms of what is open, with the proposals that their boxes name."""
    made: list[Form] = []
    wanted: dict[str, tuple[str, ...]] = {}
    for one in opened:
        texts = sent.texts if sent else one.texts(names)
        first, rest, offers = one.boxes(texts, sent.wrong if sent else {}, names)
        made.append(Form(one, first, rest))
        wanted |= offers
    return made, {name: names.offered(targets) for name, targets in wanted.items()}


def _further(found: Case, step: Step) -> list[Fills]:
    """Return what else can be written in a step."""
    return [one for one in step.part.fills if one.kind != OF]


@dataclass(frozen=True, slots=True)
class Waits:
    """What of a case waits: drafts to be submitted, revisions for the reader's signature, and those for others'."""

    drafts: list[Record]
    mine: list[Record]
    others: list[tuple[Record, str]]

    @property
    def to_sign(self) -> str:
        """Return the address at which what waits for the reader is signed as one set."""
        return f"/sign?{urlencode({'record': [one.label for one in self.mine]}, doseq=True)}"


def _waits(found: Case) -> Waits:
    reader = viewer.current()
    drafts, mine, others = [], [], []
    for row in sorted(found.rows.values(), key=lambda one: found.chains[one.id].head.position):
        history = found.chains[row.id]
        if history.head_state is Head.DRAFT:
            drafts.append(row)
        elif history.head_state is Head.SUBMITTED and own_slots(history, reader.person or "", reader.held):
            mine.append(row)
        elif history.head_state is Head.SUBMITTED:
            slots = history.head.slots or ()
            others.append((row, ", ".join(slots[number].label for number in history.head.open_slots)))
    return Waits(drafts, mine, others)


def _notes(found: Case) -> list[Said]:
    rows = [(found.values[row.id], row) for row in found.of_kind(NOTE) if "at" in found.values[row.id]]
    rows.sort(key=lambda one: one[0]["at"], reverse=True)
    return [
        Said(
            row,
            found.moment.minute_of(value["at"]),
            str(value.get("direction", "")),
            str(value.get("with_whom", "")).replace("-", " "),
            str(value.get("text", row.title)),
        )
        for value, row in rows[:NOTES]
    ]
