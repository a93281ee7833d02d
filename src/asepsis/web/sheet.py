"""The run sheet: a tester's list of cases of one plan on one build, worked by keyboard, signed once at the end."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from asepsis.development import sheet as sheets
from asepsis.development.records import RunOutcome, TestCase, TestPlan, TestRun
from asepsis.development.sheet import Sheet
from asepsis.errors import AsepsisError, InputError
from asepsis.readers import visible
from asepsis.store import acts, queries, refusals
from asepsis.store.models import Link, Record
from asepsis.web import gate, then
from asepsis.web.account import hand_of
from asepsis.web.moment import Moment, of_product
from asepsis.web.page import Access, framed, page, shown
from asepsis.web.words import Words

PLANS = 200
CASES = 500  # of one plan that a page shows
RUNS = 500  # of one plan that are looked through, the newest first
MOST_TEXT = 10_000  # characters of what was seen of one case
FIRST = {"fail": 0, "inconclusive": 1, "": 2, "pass": 3}  # what needs testing most comes first


@dataclass(frozen=True, slots=True)
class Line:
    """One case on the sheet: what it says, what came of it last on this build, and what was typed for it now."""

    row: Record
    steps: str
    expected: str
    last: str
    run: str
    outcome: str = ""
    what: str = ""


@page(access=Access.WORKS, posts=Access.WORKS)
def sheet(request: HttpRequest, code: str) -> HttpResponse:
    """Give the plans whose cases are run by hand, or the sheet of the one that `?plan=` names; write it down."""
    moment = of_product(code)
    label = request.GET.get("plan", "")
    if not label:
        return _plans(request, moment)
    plan = _of(moment, label, TestPlan.__name__)
    release = _release(moment, request.GET.get("release", ""))
    if request.method != "POST":
        return _sheet(request, moment, plan, release)
    try:
        written = sheets.write_sheet(hand_of(request), _typed(request, moment, plan, release))
        runs = [row.id for row in queries.rows(list(written)) if row.kind == TestRun.__name__]
        acts.submit(hand_of(request), runs)
    except AsepsisError as error:
        return _sheet(request, moment, plan, release, error)
    wanted = "&".join(f"record={one}" for one in written if "-RUN-" in one)
    return HttpResponseRedirect(f"/sign?{wanted}")


def _of(moment: Moment, label: str, kind: str) -> Record:
    row = visible.record(label)
    if row.kind != kind or moment.product is None or row.product != moment.product.id:
        raise refusals.UnknownRecordError(record=label[:40])
    return row


def _release(moment: Moment, label: str) -> Record | None:
    """Return the release that is tested: the one that is named, or else the newest that has a build."""
    if label:
        return _of(moment, label, "Release")
    found = gate.releases(moment)
    values = queries.values_of(row.head_content for row in found)
    built = (row for row in found if values.get(row.head_content, {}).get("build_id"))
    return next(built, next(iter(found), None))


def _plans(request: HttpRequest, moment: Moment) -> HttpResponse:
    product = moment.product.id if moment.product else None
    rows = visible.records().filter(product=product, kind=TestPlan.__name__, standing="effective").order_by("number")
    return shown(request, "plans", framed(moment, "run"), Words(moment), plans=list(rows[:PLANS]))


def _build(release: Record | None) -> str:
    return str((queries.head_value(release) or {}).get("build_id", "")) if release else ""


def _typed(request: HttpRequest, moment: Moment, plan: Record, release: Record | None) -> Sheet:
    if release is None:
        raise refusals.UnknownRecordError(record="a release to test")
    sent = request.POST
    rows = (
        (line.row, sent.get(f"outcome.{line.row.label}", ""), sent.get(f"what.{line.row.label}", "")[:MOST_TEXT])
        for line in lines(moment, plan, release)
    )
    seen = sheets.outcomes((row, outcome, what.replace("\r\n", "\n").replace("\0", "")) for row, outcome, what in rows)
    return Sheet(plan, release, _build(release), moment.today, seen)


def _sheet(
    request: HttpRequest, moment: Moment, plan: Record, release: Record | None, error: AsepsisError | None = None
) -> HttpResponse:
    found = lines(moment, plan, release, request.POST.dict() if error else {})
    answer = shown(
        request,
        "sheet",
        framed(moment, "run"),
        Words(moment),
        plan=plan,
        release=release,
        build=_build(release),
        lines=found,
        outcomes=[str(one) for one in RunOutcome],
        error=error,
        told=error.said.text() if error else "",
        releases=gate.releases(moment),
    )
    answer.status_code = 200 if error is None else 422 if isinstance(error, InputError) else 409
    return answer


def lines(moment: Moment, plan: Record, release: Record | None, typed: dict[str, str] | None = None) -> list[Line]:
    """Return the cases of a plan that are run by hand: those first that failed or were not run on this build."""
    sources = Link.objects.filter(target=plan.id, field="plan").order_by("source")
    ids = list(sources.values_list("source", flat=True).distinct()[: CASES + RUNS])
    rows = visible.by_id(ids)
    dossier = then.dossier(moment, then.histories(moment, rows))
    last = _last(rows, _build(release))
    found = []
    for case in dossier.all(TestCase):
        if case.content.steps is not None:
            label = case.label
            outcome, run = last.get(case.id, ("", ""))
            told = (typed or {}).get(f"outcome.{label}", ""), (typed or {}).get(f"what.{label}", "")
            found.append(Line(rows[case.id], case.content.steps, case.content.expected, outcome, run, *told))
    return sorted(found, key=lambda one: (FIRST[one.last], one.row.number or 0))[:CASES]


def _last(rows: dict[str, Record], build: str) -> dict[str, tuple[str, str]]:
    """Return what came of each case last on a build: the outcome and the label of the run; drafts count too."""
    runs = sorted(
        (row for row in rows.values() if row.kind == TestRun.__name__ and row.head_state != "withdrawn"),
        key=lambda row: (row.due or "", row.number or 0),
    )
    values = queries.values_of(row.head_content for row in runs)
    found: dict[str, tuple[str, str]] = {}
    for row in runs:
        value = values.get(row.head_content, {})
        if value.get("build_id") == build and value.get("outcome") in FIRST:
            found |= dict.fromkeys(value.get("cases", ()), (value["outcome"], row.label))
    return found
