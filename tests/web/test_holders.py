"""People: who holds which role until when, which skills they have shown, and what runs out."""

from __future__ import annotations

import pytest
from django.test import Client

from asepsis.quality.records import Appointment, Qualification, Role
from asepsis.record.slots import SystemRole
from asepsis.store import acts
from tests.web.conftest import Seen
from tests.web.maker import Maker


def _words(client: Client, address: str = "/p/GW/people") -> str:
    return Seen(client.get(address).content.decode()).words


def test_a_role_is_told_with_who_holds_it_and_one_that_nobody_holds_is_told_too(maker: Maker, client: Client) -> None:
    words = _words(client)
    assert "Tester It stands on one person. Tomas Reyes" in words
    assert "Incident Nobody holds it, so nobody can sign as it." in words


def test_at_a_baseline_those_are_told_who_held_it_then(copied: Maker, client: Client) -> None:
    _appointed(copied, "Late Comer")
    assert "Late Comer" in _words(client)
    assert "Late Comer" not in _words(client, f"/p/GW/at/{copied.baseline}/people")


@pytest.mark.parametrize(("level", "lacks"), [(1, True), (2, False)])
def test_a_skill_that_was_not_shown_at_its_level_is_told(
    copied: Maker, client: Client, level: int, lacks: bool
) -> None:
    needs = [{"skill": "fuzzing", "level": 2, "valid_months": 12}]
    _appointed(copied, "Ute Stern", skill_needs=needs)
    copied.signed(
        "shown",
        Qualification,
        of=None,
        title="Fuzzing",
        person=copied.people["Ute Stern"],
        assessor=copied.people["Anna Lind"],
        skill="Fuzzing",
        level=level,
        on="2026-03-01",
        until="2027-01-31",
    )
    assert ("Not shown: fuzzing, level 2" in _words(client)) is lacks


def test_a_deputy_is_told_as_one(copied: Maker, client: Client) -> None:
    _appointed(copied, "Ute Stern", deputy=copied.people["Mei Tanaka"])
    assert "Mei Tanaka as deputy" in _words(client)


def test_what_runs_out_within_ninety_days_is_told_with_its_day(copied: Maker, client: Client) -> None:
    from asepsis.web.holders import SOON
    from asepsis.web.moment import of_product

    today = of_product("GW").today
    _appointed(copied, "Ute Stern", until=(today + SOON).isoformat())
    _appointed(copied, "Uwe Stern", until=(today + 2 * SOON).isoformat())
    words = _words(client)
    assert "Ute Stern holds the role until then" in words
    assert "Uwe Stern holds the role until then" not in words


def _appointed(maker: Maker, name: str, **more: object) -> None:
    needs = more.pop("skill_needs", [])
    maker.people[name] = acts.admit(maker.hand("Ada Moser"), name, "passport seen")
    role = maker.write(f"role of {name}", Role, "Ada Moser", of=None, acts_as=[SystemRole.TESTER], skill_needs=needs)
    fields = {"person": maker.people[name], "since": "2026-01-05", "role": role, "unit": "quality", **more}
    for record in (role, maker.write(f"for {name}", Appointment, "Ada Moser", of=None, title=name, **fields)):
        acts.submit(maker.hand("Ada Moser"), [record])
        _approve(maker, record)


def _approve(maker: Maker, record: str) -> None:
    from asepsis.record.slots import Meaning
    from asepsis.store.changes import Signed

    acts.approve(maker.hand("Ada Moser"), [record], Meaning.APPROVED, Signed("passphrase"))
