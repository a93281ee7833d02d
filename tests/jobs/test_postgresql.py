"""The worker on a PostgreSQL server: a real one beside the pages, which several processes serve; and what the doctor says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.store.test_postgresql import address

__all__ = ["address"]

pytestmark = pytest.mark.postgresql

SCRIPT = """
import http.client, json, sys, time
import django
django.setup()
from datetime import UTC, datetime
from pathlib import Path
from django.core.management import call_command
from django.db import connection
from asepsis import processes
processes.load()
from asepsis.accounts import secret
from asepsis.conformance import moments
from asepsis.development.records import Requirement
from asepsis.jobs import doctor, queue, worker
from asepsis.jobs.models import Job, Worker
from tests.web import maker as makers
from tests.web.conftest import started

home = Path(sys.argv[1])
secret.make(home)
call_command("migrate", verbosity=0)
maker = makers.write(home)

def until(true, seconds=90):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)

def shown(product):
    found = moments.kept(product)
    return -1 if found is None else found.moment.position

def asked(path):
    host, _, port = served.removeprefix("http://").partition(":")
    connected = http.client.HTTPConnection(host, int(port), timeout=30)
    connected.request("GET", path)
    answer = connected.getresponse()
    return answer.status, answer.read().decode()

told = {"vendor": connection.vendor}
with started(home, "workers=2, work=True", None, ASEPSIS_DATABASE=sys.argv[2]) as (served, process):
    until(lambda: Worker.objects.exists())
    maker.write("new", Requirement)
    last = moments.last_change(maker.product)
    until(lambda: shown(maker.product) >= last)
    until(lambda: asked("/health/ready")[0] == 200)
    told["ready"] = json.loads(asked("/health/ready")[1])["ready"]
    until(lambda: all(one.status == queue.DONE for one in queue.newest(20)))
    told["jobs"] = sorted({one.status for one in queue.newest(20)})
told["ended"] = process.returncode
found = {one.subject: [] for one in doctor.examine(datetime.now(UTC))}
for one in doctor.examine(datetime.now(UTC)):
    found[one.subject].append([str(one.level), one.said.text()])
told["doctor"] = found
print(json.dumps(told))
"""


def test_a_worker_assesses_beside_the_pages_on_postgresql(
    address: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home: Path = tmp_path_factory.mktemp("home")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ASEPSIS_")},
        "ASEPSIS_HOME": str(home),
        "ASEPSIS_DATABASE": address,
        "DJANGO_SETTINGS_MODULE": "asepsis.settings",
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
    }
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(home), address], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    told = json.loads(ended.stdout.splitlines()[-1])
    assert (told["vendor"], told["ready"], told["jobs"], told["ended"]) == ("postgresql", True, ["SUCCESSFUL"], 0)
    doctor = told["doctor"]
    assert doctor["database"][0][0] == "unsafe"  # the tests' role owns its tables, and the doctor says so
    assert "can change the tables" in doctor["database"][0][1]
    assert doctor["clock"][0][0] == "good"
    assert doctor["backups"][0][0] == "unsafe"  # none was made
