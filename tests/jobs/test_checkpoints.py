"""Checkpoints that leave by themselves: each day, after N entries, by folder, mail and webhook; tried again, told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from asepsis.jobs import checkpoints, queue, tasks, worker
from asepsis.jobs.models import Left
from asepsis.risk.records import Asset
from asepsis.store import checkpoints as kept
from asepsis.store import models, queries
from tests.jobs.servers import post_office, webhook
from tests.jobs.test_reminders import set_to
from tests.web.maker import Maker


def leave(now: datetime | None = None) -> list[queue.Told]:
    for one in checkpoints.wanted(now or datetime.now(UTC)):
        tasks.ask(one)
        worker._do_one("here")
    return [one for one in queue.newest(20) if one.job.sort == checkpoints.SORT]


def test_a_checkpoint_leaves_by_every_way_that_is_named_and_verifies(copied: Maker, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with (
        post_office() as office,
        webhook() as hook,
        set_to(
            mail_server="127.0.0.1", mail_port=office.port, mail_security="none", checkpoint_mail="keeper@example.org",
            checkpoint_webhook=f"http://127.0.0.1:{hook.port}/note?of=us", checkpoint_folder=folder,
        ),
    ):  # fmt: skip
        told = leave()
    assert [one.status for one in told] == [queue.DONE] * 3
    attached = next(iter(office.letters[0].iter_attachments())).get_payload(decode=True)
    assert isinstance(attached, bytes)
    notes = [attached.replace(b"\r\n", b"\n"), hook.bodies[0], next(folder.glob("checkpoint-*.txt")).read_bytes()]
    assert {kept.held_against(note).verdict for note in notes} == {kept.Verdict.SAME}
    assert models.Checkpoint.objects.get(pk=queries.ledger().size).kept == "left"


def test_none_leaves_where_no_way_is_named(copied: Maker) -> None:
    assert list(checkpoints.wanted(datetime.now(UTC))) == []


def test_one_leaves_a_day_and_only_where_something_happened(copied: Maker) -> None:
    now = datetime.now(UTC)
    with webhook() as hook, set_to(checkpoint_webhook=f"http://127.0.0.1:{hook.port}"):
        leave(now)
        leave(now + timedelta(days=1))
        assert len(hook.bodies) == 1
        copied.write("one", Asset)
        leave(now)
        assert len(hook.bodies) == 1
        leave(now + timedelta(days=1))
        assert len(hook.bodies) == 2


def test_one_leaves_after_as_many_entries_as_the_settings_say(copied: Maker) -> None:
    with webhook() as hook, set_to(checkpoint_webhook=f"http://127.0.0.1:{hook.port}", checkpoint_every=2):
        leave()
        copied.write("one", Asset)
        leave()
        assert len(hook.bodies) == 1
        copied.write("two", Asset)
        leave()
        assert len(hook.bodies) == 2


def test_a_webhook_that_refuses_is_told_and_tried_again(copied: Maker) -> None:
    with webhook() as hook, set_to(checkpoint_webhook=f"http://127.0.0.1:{hook.port}/secret-path"):
        hook.refuses = 503
        told = leave()
        assert told[0].said is not None
        assert told[0].said.text() == "The webhook at 127.0.0.1 did not take the checkpoint: it answered 503."
        assert not Left.objects.exists()
        hook.refuses = 0
        leave()
        assert len(hook.bodies) == 1


def test_a_redirect_is_not_followed(copied: Maker) -> None:
    with webhook() as hook, set_to(checkpoint_webhook=f"http://127.0.0.1:{hook.port}"):
        hook.refuses = 302
        assert leave()[0].status == queue.FAILED
