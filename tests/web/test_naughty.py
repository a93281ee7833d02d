"""Every field of every kind says what would break out of a page: no page, table, letter or label lets it."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape

import openpyxl
import pytest
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from asepsis.conformance import moments
from asepsis.jobs import reminders
from asepsis.quality.records import Appointment, Role
from asepsis.readers.owing import owed
from asepsis.readers.viewer import looking, of_person
from asepsis.record.kind import KINDS
from asepsis.record.slots import SystemRole
from asepsis.store import acts, queries
from asepsis.store.models import Record
from tests.web.addresses import OF_PEOPLE, addresses
from tests.web.conftest import logged_in, opened
from tests.web.maker import Clock, Maker
from tests.web.naughty import PERSON, TEXT, Broken, said_everywhere
from tests.web.test_access import approved

PIECE = TEXT[:24]
INERT = ("", "application/json", "text/plain")  # no browser makes a page of it, since none may guess
FORMULAS = tuple("=+-@\t\r")


@dataclass
class Said:
    """A maker in which everything says the naughty text, and a browser of somebody who sees all of it."""

    maker: Maker
    client: Client
    labels: dict[str, str]

    @property
    def person(self) -> str:
        return self.maker.people["naughty"]


@pytest.fixture(scope="module")
def wrote(written: Maker, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Said:
    home = tmp_path_factory.mktemp("naughty")
    shutil.copytree(written.home, home, dirs_exist_ok=True)
    maker = replace(written, home=home, clock=Clock(written.clock.now), ids=dict(written.ids), drawn=1_000_000)
    maker.people = dict(written.people)
    with django_db_blocker.unblock(), opened(home):
        return _said(maker)


@pytest.fixture
def said(wrote: Said, django_db_blocker: DjangoDbBlocker) -> Iterator[Said]:
    with django_db_blocker.unblock(), opened(wrote.maker.home), looking(of_person(wrote.person)):
        yield wrote


def _said(maker: Maker) -> Said:
    hand = maker.hand("Ada Moser")
    person = maker.people["naughty"] = acts.admit(hand, TEXT, TEXT)
    role = maker.write("all roles", Role, "Ada Moser", of=None, title=TEXT, acts_as=list(SystemRole))
    approved(maker, role)
    approved(maker, maker.write("all", Appointment, "Ada Moser", of=None, title=TEXT, person=person, role=role,
                                since="2026-01-05"))  # fmt: skip
    acts.found_product(hand, "XSS", TEXT)
    labels = dict(_records(maker))
    acts.comment(maker.hand("naughty"), queries.row(labels["Threat"]).id, TEXT)
    acts.retire(maker.hand("naughty"), maker.ids["tls"], TEXT)
    moments.keep(moments.assess_product(moments.Asked(maker.product), maker.clock()))
    return Said(maker, logged_in(person), labels)


def _records(maker: Maker) -> Iterator[tuple[str, str]]:
    """Write a record of each kind and revise it, so that there is a difference to be shown; yield kind and label."""
    open_ones = Record.objects.filter(embargoed=False).order_by("changed_position")
    ours = {row.kind: row.id for row in open_ones.filter(product=maker.product)}
    organisations = {row.kind: row.id for row in open_ones.filter(product=None)}
    for name, kind in KINDS.items():
        of = maker.product if "P" in kind.meta.of else None
        value = said_everywhere(kind, {**organisations, **(ours if of else {}), PERSON: maker.people["naughty"]})
        assert PIECE in value["title"], name
        if kind.meta.single and (row := open_ones.filter(kind=name, product=of).first()):
            acts.revise(maker.hand("naughty"), row.id, value)
        else:
            row = queries.row(acts.create(maker.hand("naughty"), kind, value, of)[0])
        (ours if of else organisations).setdefault(name, row.id)
        acts.revise(maker.hand("naughty"), row.id, {**value, "title": f"{TEXT} again", "notes": f"{TEXT}\n{TEXT}"})
        yield name, row.label


def test_no_page_of_a_record_of_any_kind_lets_it_out(said: Said) -> None:
    for name, label in said.labels.items():
        scope = "/p/GW" if "P" in KINDS[name].meta.of else "/o"
        every = [f"/r/{label}{page}" for page in ("", "/edit", "/files", "/trace")]
        every += [f"/card/{label}", f"{scope}/list/{name}", f"{scope}/bulk/{name}?record={label}&field=notes"]
        every += [f"{scope}/new/{name}?title=" + TEXT.replace("%", "%25").replace("&", "%26").replace("#", "%23")]
        for one in every:
            answer = said.client.get(one)
            html = b"".join(answer).decode() if answer.streaming else answer.content.decode()
            assert (one, answer.status_code) == (one, 200) or "/new/" in one or "/bulk/" in one, html[-500:]
            assert (one, Broken(html).found) == (one, [])
            if one == f"/r/{label}":
                assert (one, html.count(PIECE) == 0, unescape(html).count(PIECE) > 1) == (one, True, True)


def test_no_other_page_lets_it_out(said: Said) -> None:
    found = Record.objects.get(label=said.labels["Vulnerability"])
    more = ("/find?q=onerror", "/go?q=onerror&of=GW", "/", "/p/XSS/", "/p/XSS/setup", f"/p/GW/case?of={found.label}")
    people = (example for example, _, _ in OF_PEOPLE.values() if not example.startswith("/logout"))
    told = 0
    for one in (*addresses(said.maker), *more, *people):
        answer = said.client.get(one)
        html = b"".join(answer).decode() if answer.streaming else answer.content.decode()
        if "html" in answer.headers.get("Content-Type", ""):
            assert (one, Broken(html).found) == (one, [])
            told += PIECE in unescape(html)
        else:
            inert = answer.headers.get("Content-Type", "").partition(";")[0] in INERT
            assert inert or answer.headers["Content-Disposition"].startswith("attachment"), one
    assert told > 40


def test_no_cell_of_a_table_that_is_taken_away_is_a_formula(said: Said) -> None:
    for name in ("Threat", "Interface", "Decision", "SoftwareItem", "Supplier"):
        scope = "/p/GW" if "P" in KINDS[name].meta.of else "/o"
        data = b"".join(said.client.get(f"{scope}/list/{name}?as=csv"))
        cells = [cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))) for cell in row]
        assert any(PIECE in cell for cell in cells)
        assert [cell for cell in cells if cell[:1] in FORMULAS] == []
        book = openpyxl.load_workbook(io.BytesIO(b"".join(said.client.get(f"{scope}/list/{name}?as=xlsx"))))
        every = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None]
        assert any(PIECE in str(cell.value) for cell in every)
        assert [cell.coordinate for cell in every if cell.data_type == "f"] == []


def test_no_letter_and_no_calendar_has_a_line_of_it(said: Said) -> None:
    reader, today = of_person(said.person), said.maker.clock().date()
    with looking(reader):
        days = owed(reader, today)
        letter = reminders.text(days, reader, today)
    assert days
    assert "\r" not in letter
    assert "\n" not in reminders.subject(days, today, 0)
    address = reminders.new_address(said.person)
    lines = (reminders.calendar_of(address.rpartition("/")[2].removesuffix(".ics"), said.maker.clock()) or "").split(
        "\r\n"
    )
    assert lines[0] == "BEGIN:VCALENDAR"
    assert all(line[:1] == " " or line == "" or ":" in line for line in lines)
