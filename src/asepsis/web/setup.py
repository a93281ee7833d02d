"""Setting a product up: the few records from which its first gap list follows, in order, each with its state and next act."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from asepsis.errors import AsepsisError, InputError
from asepsis.readers import viewer, visible
from asepsis.sentences import Sentence
from asepsis.store import acts, queries, rights
from asepsis.store.models import Product, Record
from asepsis.web.account import hand_of
from asepsis.web.moment import of_organisation, of_product
from asepsis.web.page import Access, framed, page, shown
from asepsis.web.verdicts import of_moment
from asepsis.web.words import Words

MOST_CODE, MOST_NAME = 12, 200
STEPS = (
    ("ProductProfile", "What is the product, what is it for, and where is it used?", "P"),
    ("Applicability", "Does the standard apply to all of it, and by which route?", "P"),
    ("SecurityPlan", "Who does which activity, by when, and what is tailored?", "P"),
    ("RiskPlan", "How is risk estimated, and what is acceptable?", "P"),
    ("Release", "Which version goes out next, and when?", "P"),
)


class IncompleteProductError(InputError):
    """A product without a code or a name."""

    code = "product-incomplete"
    sentence = Sentence(
        "No product was founded: code or name is missing.", next="Give both; labels begin with the code."
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One record that a product begins with: what it answers, and how it stands (`row` is `None`: nothing is written)."""

    number: int
    kind: str
    asks: str
    row: Record | None
    here: bool

    @property
    def state(self) -> str:
        """Return how it stands, in words."""
        if self.row is None:
            return "not written yet"
        return "effective" if self.row.standing == "effective" else self.row.head_state


@page(access=Access.WORKS, posts=Access.WORKS)
def begin(request: HttpRequest) -> HttpResponse:
    """Give the form that founds a product, or found it and go to its first steps."""
    moment = of_organisation()
    may = viewer.current().may(rights.ACTS["found a product"], None)
    context: dict[str, object] = {"may": may, "code": "", "name": ""}
    status = 200
    if request.method == "POST":
        code = request.POST.get("code", "").strip().upper()[:MOST_CODE]
        name = request.POST.get("name", "").strip()[:MOST_NAME]
        try:
            if not code or not name:
                raise IncompleteProductError
            identity = acts.found_product(hand_of(request), code, name)
            return HttpResponseRedirect(f"/p/{Product.objects.get(pk=identity).code}/setup")
        except AsepsisError as error:
            status = 422 if isinstance(error, InputError) else 409
            context |= {"code": code, "name": name, "error": error, "told": error.said.text()}
    answer = shown(request, "begin", framed(moment, "products"), Words(moment), **context)
    answer.status_code = status
    return answer


@page(access=Access.WORKS)
def setup(request: HttpRequest, code: str) -> HttpResponse:
    """Give the steps from an empty product to its first gap list."""
    moment = of_product(code)
    verdicts = of_moment(moment)
    steps, here = [], True
    for number, (kind, asks, _) in enumerate(STEPS, 1):
        product = moment.product.id if moment.product else None
        rows = visible.records().filter(product=product, kind=kind).exclude(head_state="withdrawn")
        row = rows.order_by("-number").first()
        done = row is not None and row.standing == "effective"
        steps.append(Step(number, kind, asks, row, here and not done))
        here = here and done
    gaps = sum(count for count in verdicts.open_gaps.values())
    return shown(
        request,
        "setup",
        framed(moment, "setup", verdicts=verdicts),
        Words(moment),
        steps=steps,
        gaps=gaps,
        assessed=verdicts.assessment,
        here=here,
        now=queries.ledger().size,
    )
