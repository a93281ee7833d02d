"""The worker: what is owed is asked for once and done, what rests is told from what is being written, failures are kept."""

from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django_tasks_db.models import DBTaskResult

from asepsis.conformance import moments
from asepsis.development.records import Requirement
from asepsis.jobs import assessments, queue, tasks, worker
from asepsis.jobs.models import Job, Worker
from asepsis.jobs.queue import Wanted
from asepsis.store.models import Assessed, Ledger, Product
from tests.web.maker import Maker


def work_once(name: str = "here") -> None:
    """Work until nothing is left; a process that holds much begins afresh between two jobs, and this one is the tests'."""
    while worker.work(name, threading.Event(), once=True):
        pass


def shown(product: str) -> int:
    found = moments.kept(product)
    assert found is not None
    return found.moment.position


def test_what_changed_is_assessed_and_kept_as_of_the_last_entry(copied: Maker) -> None:
    before = shown(copied.product)
    copied.write("new", Requirement)
    last = moments.last_change(copied.product)
    work_once()
    assert before < last <= shown(copied.product)


def test_a_product_that_was_never_assessed_is(copied: Maker) -> None:
    other = Product.objects.get(code="PX").pk
    assert moments.kept(other) is None
    work_once()
    assert moments.kept(other) is not None


@pytest.mark.parametrize("behind", [timedelta(0), timedelta(days=3)])
def test_nothing_is_asked_for_where_nothing_happened_since(copied: Maker, behind: timedelta) -> None:
    Ledger.objects.update(clock_offset_s=int(behind.total_seconds()))
    work_once()
    jobs = Job.objects.count()
    assert list(assessments.wanted(datetime.now(UTC))) == []
    work_once()
    assert Job.objects.count() == jobs


def test_verdicts_are_made_anew_when_the_day_turns(copied: Maker) -> None:
    work_once()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert {one.product for one in assessments.wanted(tomorrow)} == set(Product.objects.values_list("pk", flat=True))


def test_the_release_that_is_looked_at_by_itself_is_what_pages_show(copied: Maker) -> None:
    release = copied.ids["2.3.0"]
    moments.keep(moments.assess_product(moments.Asked(copied.product, release), datetime.now(UTC)))
    copied.write("new", Requirement)
    work_once()
    by_itself = moments.assess_product(moments.Asked(copied.product), datetime.now(UTC)).release
    newest = moments.kept(copied.product)
    assert newest is not None
    assert newest.release == by_itself
    of_release = moments.kept(copied.product, release)
    assert of_release is not None
    assert of_release.moment.position == newest.moment.position


def test_what_pages_show_is_no_kept_file_and_replaces_what_was_shown_before(copied: Maker) -> None:
    work_once()
    copied.write("new", Requirement)
    work_once()
    assert Assessed.objects.filter(product=copied.product, baseline=False).count() == 1
    row = Assessed.objects.get(product=copied.product, baseline=False)
    assert row.data is not None


def test_an_older_assessment_does_not_take_the_place_of_a_newer_one(copied: Maker) -> None:
    older = moments.assess_product(moments.Asked(copied.product), datetime.now(UTC))
    copied.write("new", Requirement)
    work_once()
    newest = shown(copied.product)
    moments.keep(older)
    assert older.moment.position < newest == shown(copied.product)


def test_the_same_is_not_asked_for_twice_while_it_waits(copied: Maker) -> None:
    wanted = Wanted("assess", copied.product)
    assert tasks.ask(wanted) is not None
    assert tasks.ask(wanted) is None
    assert tasks.ask(Wanted("assess", "another")) is not None


def failed(copied: Maker, times: int = 1) -> Wanted:
    """A job that failed several times in a row, as its worker leaves it."""
    wanted = Wanted("assess", "nobody", arguments={"product": "f" * 32, "position": 1, "day": "2026-11-25"})
    for _ in range(times):
        tasks.ask(wanted)
        while DBTaskResult.objects.ready().exists():
            worker._do_one("here")
    return wanted


def test_a_failure_is_kept_in_its_sentence_with_the_next_step(copied: Maker) -> None:
    failed(copied)
    told = next(one for one in queue.newest(10) if one.job.about == "nobody")
    assert told.status == queue.FAILED
    assert told.said is not None
    assert "no product" in told.said.text().lower()


def test_a_fault_of_ours_is_told_by_its_name_and_stops_no_worker(copied: Maker) -> None:
    tasks.ask(Wanted("assess", "faulty", arguments={"unheard of": 1}))
    tasks.ask(Wanted("assess", copied.product, arguments={"product": copied.product, "position": 1, "day": ""}))
    assert worker._do_one("here")
    assert worker._do_one("here")
    told = {one.job.about: one for one in queue.newest(10)}
    assert told["faulty"].said is not None
    assert told["faulty"].said.text() == "The program failed: TypeError."
    assert told[copied.product].status == queue.DONE


@pytest.mark.parametrize(("times", "minutes"), [(1, 1), (2, 2), (3, 4)])
def test_what_failed_is_asked_for_again_after_twice_as_long_each_time(copied: Maker, times: int, minutes: int) -> None:
    wanted = failed(copied, times)
    ended = DBTaskResult.objects.order_by("-finished_at")[0].finished_at
    assert ended is not None
    assert queue.is_too_soon(wanted, ended + timedelta(minutes=minutes, seconds=-1))
    assert not queue.is_too_soon(wanted, ended + timedelta(minutes=minutes))
    other = Wanted("assess", "nobody", arguments={**wanted.arguments, "position": 2})
    assert not queue.is_too_soon(other, ended)  # something happened since: that may have mended it


def test_what_a_worker_had_in_hand_when_it_ended_is_called_failed(copied: Maker) -> None:
    for about, name in (("lost", "gone"), ("kept", "alive")):
        identity = tasks.ask(Wanted("assess", about))
        assert identity is not None
        DBTaskResult.objects.get(pk=identity).claim(name)
    now = datetime.now(UTC)
    Worker.objects.create(name="gone", begun_at=now, seen_at=now - worker.DEAD - timedelta(seconds=1))
    Worker.objects.create(name="alive", begun_at=now, seen_at=now)
    work_once()
    told = {one.job.about: one for one in queue.newest(10)}
    assert told["lost"].said is not None
    assert told["lost"].said.text().startswith("Its worker ended")
    assert told["kept"].status == queue.RUNNING


def test_jobs_that_ended_a_month_ago_are_forgotten(copied: Maker) -> None:
    work_once()
    assert Job.objects.exists()
    DBTaskResult.objects.update(finished_at=datetime.now(UTC) - worker.KEEP - timedelta(hours=1))
    queue.forget(datetime.now(UTC) - worker.KEEP)
    assert not Job.objects.exists()
    assert not DBTaskResult.objects.exists()


def test_an_import_of_many_commits_is_assessed_when_it_rests() -> None:
    settled = worker.Settled()
    assert settled.at(10, 100.0)
    assert not settled.at(11, 101.0)
    assert not settled.at(12, 101.5)
    assert not settled.at(12, 102.4)
    assert settled.at(12, 102.5)


def test_what_never_rests_is_assessed_every_ten_seconds() -> None:
    settled = worker.Settled()
    settled.at(0, 0.0)
    said = [half / 2 for half in range(10, 80) if settled.at(half, half / 2)]
    assert len(said) > 1
    assert all(10 <= later - sooner <= 12 for sooner, later in itertools.pairwise(said))


def test_a_worker_that_gives_no_sign_of_life_is_not_counted(copied: Maker) -> None:
    now = datetime.now(UTC)
    assert not worker.is_alive(now)
    Worker.objects.create(name="one", begun_at=now, seen_at=now)
    assert worker.is_alive(now)
    assert not worker.is_alive(now + worker.DEAD + timedelta(seconds=1))
