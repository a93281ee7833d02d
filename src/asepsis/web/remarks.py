"""What is written down in the audit room: questions and nonconformities, said about a record and changing none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from asepsis.readers import viewer, visible
from asepsis.record import entry
from asepsis.record.slots import SystemRole
from asepsis.store import acts, queries
from asepsis.store.models import Entry, Record
from asepsis.web.account import hand_of
from asepsis.web.forms.pages import MOST_TEXT, NoWordsError, UntoldActError
from asepsis.web.moment import Moment, of_product
from asepsis.web.page import Access, page
from asepsis.web.record import of

LOOKED = 400  # comments of a product, the newest first, among which remarks are looked for
TOLD = 20


class Sort(StrEnum):
    """What somebody found: something to be answered, or something that is not as it must be."""

    QUESTION = "Question"
    NONCONFORMITY = "Nonconformity"


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark: about which record, who made it and when, and who said something about that record after it."""

    row: Record
    sort: str
    text: str
    by: str
    at: str
    answered: str | None


@page(access=Access.READS, posts=Access.READS)
def remark(request: HttpRequest, code: str) -> HttpResponse:
    """Write down what was found about the record that `record` names; then back to the sample that it came from."""
    moment = of_product(code)
    if request.method != "POST":
        return HttpResponseRedirect(moment.to("audit"))
    sent = request.POST
    row = visible.record(sent.get("record", ""))
    position = int(sent["at"]) if sent.get("at", "").isdecimal() and len(sent["at"]) < 15 else None
    at = of_product(code, position)
    words = sent.get("words", "").replace("\r\n", "\n").replace("\0", "").strip()[:MOST_TEXT]
    if sent.get("sort") not in {str(one) for one in Sort} or moment.product is None or row.product != moment.product.id:
        raise UntoldActError
    if not words:
        raise NoWordsError
    sheet = of(row.label, code, position)
    seen = sheet.history.effective or sheet.history.head
    acts.comment(hand_of(request), row.id, f"{sent['sort']}, about revision {seen.number}: {words}")
    draw = {name: sent.get(name, "")[:40] for name in ("kind", "seed", "of")} | {"walk": row.label}
    return HttpResponseRedirect(at.to(f"audit?{urlencode(draw)}"))


def told(moment: Moment) -> list[Remark]:
    """Return the newest remarks about records of a product: one's own, or all for who works here."""
    reader = viewer.current()
    mine = SystemRole.AUDITOR in reader.roles and not reader.works
    return [one for one in _remarks(moment) if not mine or one.by == reader.person][:TOLD]


def unanswered(moment: Moment) -> list[Remark]:
    """Return the newest remarks of others about records of a product about which nobody said anything since."""
    person = viewer.current().person
    return [one for one in _remarks(moment) if one.answered is None and one.by != person]


def _remarks(moment: Moment) -> Iterator[Remark]:
    if moment.product is None:
        return
    found = list(Entry.objects.filter(form="comment", of=moment.product.id).order_by("-position")[:LOOKED])
    read = [(one.record or "", entry.read(bytes(one.data))) for one in found]
    texts = queries.values_of(one["content"] for _, one in read)
    rows = visible.by_id(record for record, _ in read)
    answers: dict[str, str] = {}
    for record, one in read:
        text = str(texts.get(one["content"], {}).get("text", ""))
        sort, _, rest = text.partition(", about revision ")
        if record in rows and sort in set(Sort):
            number, _, words = rest.partition(": ")
            yield Remark(rows[record], f"{sort}, revision {number}", words, one["by"], one["at"], answers.get(record))
        elif record in rows:
            answers[record] = one["by"]
