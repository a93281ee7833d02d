"""The triage inbox: matches that nobody has decided, each a row, decided by keys, submitted and signed as one set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from asepsis.errors import AsepsisError, InputError
from asepsis.jobs.watch import Watch
from asepsis.problems.inbox import Waiting, inbox, settle
from asepsis.problems.records import Justification, Response, Status
from asepsis.problems.triage import RESPONSES, WHY, Decision, Entry
from asepsis.readers import viewer, visible
from asepsis.sentences import Sentence
from asepsis.store.models import Record
from asepsis.web import watch as watching
from asepsis.web.account import hand_of
from asepsis.web.moment import Moment, of_product
from asepsis.web.page import Access, framed, page, shown
from asepsis.web.words import Words

SHOWN = 50  # matches on one page, the most dangerous first; the others come when these are decided
MOST_TEXT = 2_000
STATUSES = (Status.AFFECTED, Status.NOT_AFFECTED, Status.FIXED, Status.UNDER_INVESTIGATION)


class UndecidedError(InputError):
    """A match that is not affected, and it is not said why."""

    code = "triage-why"
    sentence = Sentence(
        "{advisory} is said not to affect {component}, and not why.", next="Choose one of the five reasons."
    )


class NothingDecidedError(InputError):
    """Nothing was decided."""

    code = "triage-empty"
    sentence = Sentence("Nothing was decided, so nothing was submitted.", next="Decide at least one match.")


@dataclass(frozen=True, slots=True)
class Row:
    """A match on the page: its key in the form, and what was typed for it."""

    key: str
    entry: Entry
    status: str = ""
    why: str = ""
    response: str = ""
    control: str = ""
    impact: str = ""
    watched: watching.Row | None = None

    @property
    def package(self) -> str:
        """Return the component in a few words: without how its package URL begins."""
        return self.entry.component.rpartition("/")[2].replace("@", " ")


@page(access=Access.WORKS, posts=Access.WORKS)
def matches(request: HttpRequest, code: str) -> HttpResponse:
    """Give the matches of a product that nobody has decided, or submit what was decided of them in one act."""
    moment = of_product(code)
    waiting = _waiting(moment)
    if request.method != "POST":
        return _shown(request, moment, waiting)
    try:
        decided = list(_decided(waiting, request.POST))
        if not decided:
            raise NothingDecidedError
        records = settle(hand_of(request), moment.product.id if moment.product else "", decided)
    except AsepsisError as error:
        return _shown(request, moment, waiting, error, request.POST.dict())
    labels = Record.objects.filter(pk__in=records).order_by("label").values_list("label", flat=True)
    return HttpResponseRedirect("/sign?" + "&".join(f"record={one}" for one in labels))


def _waiting(moment: Moment) -> Waiting:
    opens = viewer.current().opens
    named = viewer.current().named
    product = moment.product.id if moment.product else ""

    def sees(row: Record) -> bool:
        return not row.embargoed or opens is None or row.product in opens or row.id in named

    return inbox(product, sees=sees, today=moment.today)


def key_of(entry: Entry) -> str:
    """Return what names a match in a form: the same as long as advisory, component and statement are."""
    return sha256(f"{entry.names[0]}|{entry.component}|{entry.record}".encode()).hexdigest()[:16]


def _decided(waiting: Waiting, sent: Mapping[str, str]) -> list[tuple[Entry, Decision]]:
    """Return what was decided of the matches that still wait; what was decided meanwhile is left alone."""
    found = []
    controls = {one for one, _ in waiting.controls}
    for entry in waiting.entries:
        key = key_of(entry)
        status = next((one for one in STATUSES if sent.get(f"status.{key}") == str(one)), None)
        if status is None:
            continue
        why = next((one for one in Justification if sent.get(f"why.{key}") == str(one)), None)
        if status is Status.NOT_AFFECTED and why is None:
            raise UndecidedError(advisory=entry.names[0], component=entry.component)
        control = sent.get(f"control.{key}", "")
        response = next((one for one in Response if sent.get(f"response.{key}") == str(one)), None)
        text = sent.get(f"impact.{key}", "").replace("\r\n", "\n").replace("\0", "").strip()[:MOST_TEXT]
        said = Decision(
            status,
            why if status is Status.NOT_AFFECTED else None,
            response if status is Status.AFFECTED else None,
            text or None,
            mitigated_by=(control,) if control in controls and why is Justification.MITIGATIONS_EXIST else (),
        )
        found.append((entry, said))
    return found


def _shown(
    request: HttpRequest,
    moment: Moment,
    waiting: Waiting,
    error: AsepsisError | None = None,
    typed: Mapping[str, str] | None = None,
) -> HttpResponse:
    words = Words(moment)
    asked = request.GET.get("advisory", "")[:100].casefold()
    entries = [one for one in waiting.entries if not asked or asked in map(str.casefold, one.names)]
    watched = _watched(moment, entries[:SHOWN])
    rows = [_row(entry, typed or {}, watched.get((entry.names[0], entry.component))) for entry in entries[:SHOWN]]
    words.know(one for row in rows for one in (*row.entry.releases, row.entry.record or ""))
    answer = shown(
        request,
        "inbox",
        framed(moment, "inbox"),
        words,
        rows=rows,
        count=len(entries),
        asked=asked,
        unscanned=_rows(waiting.unscanned),
        controls=waiting.controls,
        statuses=[str(one) for one in STATUSES],
        whys=[(key, str(one)) for key, one in WHY.items()],
        responses=[str(one) for one in RESPONSES.values()],
        error=error,
        told=error.said.text() if error else "",
    )
    answer.status_code = 200 if error is None else 422 if isinstance(error, InputError) else 409
    return answer


def _rows(labels: tuple[str, ...]) -> list[Record]:
    return list(visible.records().filter(label__in=labels[:SHOWN]))


def _watched(moment: Moment, entries: Sequence[Entry]) -> dict[tuple[str, str], watching.Row]:
    """Return what the watch says of these matches, by advisory and component; of what it does not know yet nothing."""
    seen = Watch(viewer.current(), [] if moment.product is None else [moment.product.id])
    told = seen.told(seen.rows.filter(advisory__in=[one.names[0] for one in entries]))
    return {(one.line.advisory, one.line.component): watching.row_of(one) for one in told}


def _row(entry: Entry, typed: Mapping[str, str], watched: watching.Row | None) -> Row:
    key = key_of(entry)
    status, why, response, control, impact = (
        typed.get(f"{name}.{key}", "") for name in ("status", "why", "response", "control", "impact")
    )
    return Row(key, entry, status, why, response, control, impact, watched)
