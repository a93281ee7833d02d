"""The jobs: what runs in the background, what waits, what is done, and what failed, each in a sentence."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse

from asepsis.jobs import mail, queue, worker
from asepsis.jobs.models import Worker
from asepsis.jobs.tasks import SORTS
from asepsis.readers import visible
from asepsis.web.moment import of_organisation
from asepsis.web.page import Access, framed, page, shown
from asepsis.web.words import Words

MOST = 100
STATES = {queue.RUNNING: "runs", queue.WAITING: "waits", queue.DONE: "done", queue.FAILED: "failed"}


@page(access=Access.KEEPS)
def jobs(request: HttpRequest) -> HttpResponse:
    """Give the newest jobs, and which workers there are."""
    moment = of_organisation()
    words = Words(moment)
    told = queue.newest(MOST)
    codes = dict(visible.products().values_list("pk", "code"))
    words.know(name for one in told if one.said for _, name in one.said.arguments if isinstance(name, str))
    rows = [
        {
            "words": SORTS[one.job.sort].words if one.job.sort in SORTS else one.job.sort,
            "product": codes.get(one.job.product or "", ""),
            "state": STATES[one.status],
            "failed": one.status == queue.FAILED,
            "asked": moment.minute_of(one.asked_at.isoformat()),
            "ended": moment.minute_of(one.ended_at.isoformat()) if one.ended_at else "",
            "done": one.job.done,
            "total": one.job.total,
            "said": one.said,
        }
        for one in told
    ]
    now = datetime.now(UTC)
    alive = list(Worker.objects.filter(seen_at__gte=now - worker.DEAD).order_by("begun_at", "name"))
    since = [(moment.minute_of(one.begun_at.isoformat()), one.crashes) for one in alive]
    return shown(
        request,
        "jobs",
        framed(moment, "jobs", wide=True),
        words,
        rows=rows,
        workers=since,
        mail=mail.is_on(),
        most=MOST,
    )
