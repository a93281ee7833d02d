"""How things are written: links, names, deadlines, and nothing of what is withheld."""

from __future__ import annotations

import pytest

from asepsis.conformance.assessment import Note, Thing, as_told
from asepsis.record.kind import KINDS
from asepsis.sentences import Mention, Sentence
from asepsis.web import words
from asepsis.web.moment import of_product
from asepsis.web.people import Owner
from asepsis.web.words import RESTS_ON_WITHHELD, WITHHELD, Words
from tests.web.conftest import Seen
from tests.web.maker import Maker


@pytest.fixture
def now(maker: Maker) -> Words:
    return Words(of_product("GW"))


def _note(about: str, sentence: Sentence, **arguments: object) -> Note:
    return Note("some.check", Thing(about, "some label"), as_told(sentence.said(**arguments).value()), "quality")


def test_a_record_in_a_sentence_is_a_link_by_its_label_of_today(maker: Maker, now: Words) -> None:
    said = Sentence("Look at {it}.").said(it=Mention(maker.ids["read"], "an old label"))
    seen = Seen(now.said(said))
    assert (seen.text, seen.links()) == ("Look at GW-THR-1.", ["/r/GW-THR-1"])


def test_a_record_of_a_past_moment_is_linked_as_it_was_then(maker: Maker) -> None:
    then = Words(of_product("GW", maker.baseline))
    assert Seen(then.of_id(maker.ids["read"])).links() == [f"/r/GW-THR-1/at/GW/{maker.baseline}"]


def test_a_withheld_record_in_a_sentence_is_named_as_that_and_no_more(maker: Maker, now: Words) -> None:
    said = Sentence("Look at {it} and {them}.").said(it=Mention(maker.ids["secret"], "GW-VUL-1"), them=["x", "y"])
    assert now.said(said) == f"Look at {WITHHELD} and x and y."


def test_what_was_found_about_a_withheld_record_is_not_told(maker: Maker, now: Words) -> None:
    note = _note(maker.ids["secret"], Sentence("{it} is {what}.", next="Mend {it}."), it="the parser", what="broken")
    assert (now.found(note), now.step(note)) == (RESTS_ON_WITHHELD, None)


def test_an_id_that_nobody_knows_is_told_as_withheld(now: Words) -> None:
    assert now.of_id("0" * 32) == WITHHELD


def test_what_is_about_no_record_is_told(maker: Maker, now: Words) -> None:
    note = _note("pkg:pypi/thing", Sentence("{it} is old."), it=Mention("pkg:pypi/thing", "thing <1>"))
    assert now.found(note) == "thing &lt;1&gt; is old."


def test_markup_in_a_sentence_and_in_its_arguments_stays_text(now: Words) -> None:
    said = Sentence("<b>{it}</b>", next="<i>{it}</i>").said(it="<script>")
    assert now.said(said) == "&lt;b&gt;&lt;script&gt;&lt;/b&gt;"
    assert now.next(said) == "&lt;i&gt;&lt;script&gt;&lt;/i&gt;"


def test_a_clause_in_a_sentence_is_a_link(now: Words) -> None:
    assert Seen(now.said(Sentence("{of} asks.").said(of="5.8.4-1"))).links() == ["/p/GW/clause/5.8.4#o-1"]


def test_a_person_in_a_sentence_is_told_by_name(maker: Maker, now: Words) -> None:
    assert now.said(Sentence("{who} owes it.").said(who=maker.people["Mei Tanaka"])) == "Mei Tanaka owes it."


@pytest.mark.parametrize(
    ("days", "told"),
    [(0, "today"), (1, "1 day left"), (12, "12 days left"), (-1, "1 day late"), (-1_200, "1,200 days late")],
)
def test_a_deadline_says_what_is_left(now: Words, days: int, told: str) -> None:
    from datetime import timedelta

    day = now.moment.today + timedelta(days=days)
    assert Seen(now.due(day.isoformat())).text == f"{day:%a} {day}, {told}"


def test_who_owes_is_told_by_the_names_of_a_roles_holders(now: Words) -> None:
    owner = now.people.owner("security")
    assert (owner.words, owner.initials) == ("Jonas Weber", "JW")


def test_a_role_that_nobody_holds_is_told_as_that(now: Words) -> None:
    owner = now.people.owner("incident")
    assert (owner.words, owner.initials) == ("nobody holds incident", "IN")


def test_many_holders_are_counted() -> None:
    assert Owner(("A B", "C D", "E F", "G H", "I J"), "tester").words == "A B, C D, E F and 2 more"


@pytest.mark.parametrize(
    ("kind", "plural"),
    [
        ("ReleaseDecision", "release decisions"),
        ("Analysis", "analyses"),
        ("Vulnerability", "vulnerabilities"),
        ("BillOfMaterials", "bills of materials"),
        ("SigningKey", "signing keys"),
        ("CarriedForward", "carried forwards"),
    ],
)
def test_kinds_are_told_in_the_plural(kind: str, plural: str) -> None:
    assert words.kind_plural(kind) == plural


def test_every_kind_has_words_of_its_own() -> None:
    told = [words.kind_plural(kind) for kind in KINDS]
    assert len(set(told)) == len(told)
