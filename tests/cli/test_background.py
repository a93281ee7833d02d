"""Facts that a worker takes in: the same as without it, in the name of who asked, told on the page of jobs."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

from asepsis.jobs import imports, queue, worker
from asepsis.store.models import FactTaken
from tests.cli.conftest import Desk

BILL = json.dumps(
    {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "components": [{"type": "library", "name": "zlib", "version": "1.3", "purl": "pkg:generic/zlib@1.3"}],
    }
)  # fmt: skip


def told() -> queue.Told:
    return queue.newest(1)[0]


def left(desk: Desk) -> list[Path]:
    return list((desk.home / "imports").glob("*"))


def test_a_file_is_taken_in_by_a_worker_and_told_with_its_counts(desk: Desk) -> None:
    bill = desk.file("bill.json", BILL)
    desk.done("import", "components", bill, "--product", "GW", "--background")
    assert not FactTaken.objects.filter(kind="components").exists()
    assert worker._do_one("here")
    taken = FactTaken.objects.get(kind="components")
    job = told()
    assert (job.status, job.job.person, job.job.done, job.job.total) == (queue.DONE, taken.by, 3, 3)
    assert job.said is not None
    assert job.said.text() == "bill.json: 1 components were taken in, 0 were not."
    assert left(desk) == []
    desk.done("import", "components", bill, "--product", "GW", "--background")
    worker._do_one("here")
    job = told()
    assert job.said is not None
    assert "had been taken in before" in job.said.text()


def test_the_same_file_does_not_wait_twice(desk: Desk) -> None:
    bill = desk.file("bill.json", BILL)
    assert desk.value("import", "components", bill, "--product", "GW", "--background")["job"]
    assert desk.value("import", "components", bill, "--product", "GW", "--background")["job"] is None
    assert len(left(desk)) == 1


def test_what_cannot_be_read_or_is_not_allowed_is_told_in_its_sentence_and_saves_nothing(desk: Desk) -> None:
    desk.done(
        "import", "components", desk.file("bad.json", "{"), "--product", "GW", "--background", "--format", "cyclonedx"
    )
    worker._do_one("here")
    assert told().status == queue.FAILED
    bill = desk.file("bill.json", BILL)
    desk.done("import", "components", bill, "--product", "GW", "--background", who="Bob")  # who holds no role
    worker._do_one("here")
    job = told()
    assert job.status == queue.FAILED
    assert job.said is not None
    assert not FactTaken.objects.filter(kind="components").exists()
    assert left(desk) == []


def test_a_folder_is_refused(desk: Desk) -> None:
    assert desk.run("import", "components", desk.home, "--product", "GW", "--background").code == 4


def test_a_file_that_nobody_took_goes_after_a_week(desk: Desk) -> None:
    desk.done("import", "components", desk.file("bill.json", BILL), "--product", "GW", "--background")
    imports.tidy(datetime.now(UTC))
    assert len(left(desk)) == 1
    old = time.time() - imports.KEPT.total_seconds() - 60
    os.utime(left(desk)[0], (old, old))
    imports.tidy(datetime.now(UTC))
    assert left(desk) == []
