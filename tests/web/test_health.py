"""Health and metrics: who may ask, what is missing, and what is never told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext

from asepsis.conformance import moments
from asepsis.jobs.models import Worker
from asepsis.settings import MACHINE
from asepsis.store import models
from asepsis.web import health, metrics, requests
from tests.jobs.test_reminders import set_to
from tests.web.conftest import serving
from tests.web.maker import Maker
from tests.web.test_server import until


def beat() -> None:
    now = datetime.now(UTC)
    Worker.objects.create(name="one", begun_at=now, seen_at=now)


def checks(client: Client) -> tuple[int, dict[str, bool]]:
    answer = client.get("/health/ready")
    return answer.status_code, answer.json()["checks"]


def test_a_program_that_lives_says_so_without_asking_anything(copied: Maker) -> None:
    with CaptureQueriesContext(connection) as asked:
        answer = Client(HTTP_HOST="127.0.0.1").get("/health/live")
    assert (answer.json(), len(asked), answer.headers["Cache-Control"].count("no-store")) == ({"alive": True}, 0, 1)


def test_it_is_ready_when_all_is_there(copied: Maker) -> None:
    beat()
    assert checks(Client(HTTP_HOST="127.0.0.1")) == (200, dict.fromkeys(health.CHECKS, True))


def no_worker() -> None:
    Worker.objects.all().delete()


def older_tables() -> None:
    ((app, newest),) = MigrationLoader(connection).graph.leaf_nodes("jobs")
    MigrationRecorder(connection).record_unapplied(app, newest)


def no_checkpoint() -> None:
    models.Checkpoint.objects.order_by("-size")[0].delete()


def another_checkpoint() -> None:
    newest = models.Checkpoint.objects.order_by("-size")[0]
    newest.note = newest.note.replace("\n", "\nx", 1)
    newest.save()


def no_tables() -> None:
    connection.cursor().execute("DROP TABLE store_checkpoint")


@pytest.mark.parametrize(
    ("spoil", "missing"),
    [
        (no_worker, "worker"),
        (older_tables, "migrations"),
        (no_checkpoint, "checkpoint"),
        (another_checkpoint, "checkpoint"),
        (no_tables, "checkpoint"),
    ],
)
def test_it_is_not_ready_without_what_is_missing(copied: Maker, spoil: Callable[[], None], missing: str) -> None:
    beat()
    spoil()
    status, found = checks(Client(HTTP_HOST="127.0.0.1"))
    assert (status, [name for name, holds in found.items() if not holds]) == (503, [missing])


def test_nothing_about_people_or_records_is_told(copied: Maker) -> None:
    text = Client(HTTP_HOST="127.0.0.1").get("/health/ready").content.decode()
    assert set(json.loads(text)) == {"ready", "checks"}


# --- metrics -----------------------------------------------------------------------------------------------------------


def scraped(client: Client, **more: str) -> HttpResponse:
    answer = client.get("/metrics", **more)  # type: ignore[arg-type]
    assert isinstance(answer, HttpResponse)
    return answer


def test_there_are_no_metrics_unless_somebody_switched_them_on(copied: Maker) -> None:
    assert scraped(Client(HTTP_HOST="127.0.0.1", raise_request_exception=False)).status_code == 404


def test_metrics_on_loopback_answer_this_machine_alone(copied: Maker) -> None:
    client = Client(HTTP_HOST="127.0.0.1", raise_request_exception=False)
    with set_to(metrics="loopback"):
        here, away = scraped(client), scraped(client, REMOTE_ADDR="192.0.2.7")
    assert (here.status_code, away.status_code) == (200, 404)
    text = here.content.decode()
    kept = moments.kept(copied.product)
    assert kept is not None
    behind = moments.last_change(copied.product) - kept.moment.position
    assert f'asepsis_verdicts_behind_entries{{product="GW"}} {float(max(behind, 0))}' in text
    assert f"asepsis_ledger_entries {float(copied.last + 1)}" in text


def test_metrics_by_token_answer_whoever_brings_it_and_nobody_else(copied: Maker, tmp_path: Path) -> None:
    client = Client(HTTP_HOST="127.0.0.1", raise_request_exception=False)
    file = tmp_path / "token"
    file.write_text("quiet-heron\n")
    with set_to(metrics="token", metrics_token_file=file):
        assert scraped(client).status_code == 404
        assert scraped(client, HTTP_AUTHORIZATION="Bearer quiet-hero").status_code == 404
        assert scraped(client, HTTP_AUTHORIZATION="Bearer quiet-heron", REMOTE_ADDR="192.0.2.7").status_code == 200
        file.write_text("")
        assert scraped(client, HTTP_AUTHORIZATION="Bearer ").status_code == 404
    with set_to(metrics="token"):
        assert scraped(client, HTTP_AUTHORIZATION="Bearer ").status_code == 404


def test_of_an_address_the_route_is_counted_and_no_more() -> None:
    with override_settings(MACHINE=MACHINE.model_copy(update={"metrics": "loopback"})):
        measured = requests.RequestsMiddleware(lambda request: HttpResponse(status=418))
        measured(RequestFactory().get("/p/SECRET/gate?q=secret"))
    text = metrics._client().generate_latest(metrics._registry()).decode()
    assert 'route="no such page",status="418"' in text
    assert "secret" not in text.lower()


@pytest.mark.parametrize("workers", [1, 2])
def test_several_processes_count_together(written: Maker, tmp_path: Path, workers: int) -> None:
    import http.client

    def asked(path: str) -> str:
        connected = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connected.request("GET", path)
        text = connected.getresponse().read().decode()
        connected.close()
        return text

    shutil.copytree(written.home, tmp_path, dirs_exist_ok=True)
    with serving(tmp_path, f"workers={workers}", ASEPSIS_METRICS="loopback") as address:
        port = int(address.rpartition(":")[2])
        for _ in range(12):
            asked("/login")
        line = 'asepsis_answer_seconds_count{method="GET",route="login",status="200"} 12.0'
        until(lambda: line in asked("/metrics"), 20)
