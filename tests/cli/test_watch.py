"""asepsis watch: bills laid against feeds become facts with what was not looked up; one inbox, and what is new in it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from asepsis.configuration.records import BillOfMaterials, Release
from asepsis.jobs import matches as matches_job
from asepsis.jobs import queue, tasks, worker
from asepsis.jobs.feeds import NoFeedsError, Surroundings, added, update
from asepsis.jobs.shelf import Shelf
from asepsis.problems.records import Report
from asepsis.store import acts, queries, withholding
from asepsis.store.acts import Hand
from asepsis.store.changes import Actor
from tests.advisories.test_matching import nvd
from tests.cli.conftest import Desk
from tests.kinds import smallest

LEFT_PAD, OTHER = "pkg:npm/left-pad@1.3.0", "pkg:deb/debian/zlib1g@1.2.13"
BILL = {
    "bomFormat": "CycloneDX", "specVersion": "1.5", "components": [
        {"type": "library", "name": "left-pad", "version": "1.3.0", "purl": LEFT_PAD, "bom-ref": "a"},
        {"type": "library", "name": "zlib1g", "version": "1.2.13", "purl": OTHER, "bom-ref": "b"},
    ],
}  # fmt: skip


def advisory(name: str, **more: Any) -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": "1.4.0"}]
    package = {"ecosystem": "npm", "name": "left-pad"}
    affected = [{"package": package, "ranges": [{"type": "SEMVER", "events": events}]}]
    modified = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"  # a feed of a folder is as old as its newest record
    return {"id": name, "modified": modified, "affected": affected, **more}


def fetched(desk: Desk, *advisories: dict[str, Any]) -> None:
    """Put advisories into a feed of the home."""
    place = desk.home.parent / "osv" / "npm"
    place.mkdir(parents=True, exist_ok=True)
    for one in advisories:
        (place / f"{one['id']}.json").write_text(json.dumps(one))
    shelf = Shelf(desk.home / "feeds")
    feed = added("folder", name="npm", url=str(place), records="osv", covers=("npm",))
    shelf.add(feed)
    world = Surroundings(lambda: datetime.now(UTC), lambda _: None, network=False)
    assert update(shelf, feed, world).result == "changed"


def bill_of(desk: Desk, by: Hand, release: str) -> str:
    data = desk.file("bill.json", json.dumps(BILL)).read_bytes()
    value = smallest(BillOfMaterials, release=release)
    value["document"] = value["document"] | {"digest": hashlib.sha256(data).hexdigest()}
    bill, label = acts.create(by, BillOfMaterials, value, queries.product("GW").id, files=[data])
    acts.submit(by, [bill])
    if queries.row(bill).head_state == "submitted":
        desk.done("record", "approve", label, "--passphrase-file", desk.other_words, who="Bob")
    return label


@pytest.fixture
def ada(desk: Desk) -> Hand:
    """Ada; and an open release of GW with a bill of two components, one of them of an ecosystem that no feed covers."""
    by = Hand(Actor(queries.person("Ada").id), lambda: datetime.now(UTC))
    role = desk.value("record", "list", "Role")["records"][-1]["label"]
    desk.effective("Appointment", f"title: Bob\nrole: {role}\nperson: Bob\nsince: 2026-01-01\n")
    value = smallest(Release, title="2.0", version="2.0")
    release, _ = acts.create(by, Release, value, queries.product("GW").id)
    acts.submit(by, [release])
    desk.done("record", "approve", queries.row(release).label, "--passphrase-file", desk.other_words, who="Bob")
    bill_of(desk, by, release)
    desk.done("import", "components", desk.home.parent / "bill.json", "--product", "GW")
    return by


def matches(desk: Desk) -> Any:
    facts = queries.facts(queries.product("GW").id)
    taken = max(facts.of("matches"), key=lambda one: one.position)
    return facts.document(taken)


# --- laid against feeds -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("ada")
def test_bills_are_laid_against_the_feeds_and_what_was_not_looked_up_is_in_the_fact(desk: Desk) -> None:
    fetched(desk, advisory("A-1", aliases=["CVE-2026-1"]))
    said = desk.run("watch", "update", "--json")
    (laid,) = said.value["laid"]
    assert (said.code, laid["matches"], laid["new"], laid["not_looked_up"]) == (3, 1, 1, [OTHER])
    fact = matches(desk)
    assert (fact.looked_up, fact.not_looked_up) == (1, (OTHER,))
    (match,) = fact.matches
    assert (match.advisory, match.aliases, match.component, match.result) == (
        "CVE-2026-1",
        ("A-1",),
        LEFT_PAD,
        "affected",
    )
    assert match.fixed == ("1.4.0",)


@pytest.mark.usefixtures("ada")
def test_what_a_record_of_products_says_is_told_as_a_candidate_and_is_no_match(desk: Desk) -> None:
    fetched(desk, advisory("A-1"))
    place = desk.home.parent / "nvd"
    place.mkdir()
    (place / "CVE-2026-9.json").write_bytes(
        nvd("CVE-2026-9", {"criteria": "cpe:2.3:a:debian:zlib1g:*:*:*:*:*:*:*:*", "vulnerable": True})
    )
    shelf = Shelf(desk.home / "feeds")
    feed = added("folder", name="nvd", url=str(place), records="nvd")
    shelf.add(feed)
    update(shelf, feed, Surroundings(lambda: datetime.now(UTC), lambda _: None, network=False))
    said = desk.run("watch", "update")
    assert "Candidates by CPE or name, for a person to confirm; they are no matches: 1" in said.out
    (laid,) = desk.value("watch", "update")["laid"]
    assert [(one["component"], one["vulnerability"]) for one in laid["candidates"]] == [("zlib1g", "CVE-2026-9")]
    assert [one.advisory for one in matches(desk).matches] == ["A-1"]


@pytest.mark.usefixtures("ada")
def test_the_same_bills_and_feeds_change_nothing(desk: Desk) -> None:
    fetched(desk, advisory("A-1"))
    desk.run("watch", "update")
    size = queries.ledger().size
    (laid,) = desk.value("watch", "update")["laid"]
    assert (laid["entry"], queries.ledger().size) == (None, size)


def test_a_match_keeps_the_day_on_which_it_was_first_seen(desk: Desk, ada: Hand) -> None:
    from asepsis.jobs.matches import lay

    product, shelf = queries.product("GW").id, Shelf(desk.home / "feeds")
    fetched(desk, advisory("A-1"))
    before = datetime(2026, 11, 1, 12, tzinfo=UTC)
    lay(ada, product, shelf, before)
    fetched(desk, advisory("A-1", aliases=["CVE-2026-1"]), advisory("A-2"))
    laid = lay(ada, product, shelf, datetime(2026, 11, 3, 12, tzinfo=UTC))
    assert [one.new for one in laid] == [1]
    assert {one.advisory: one.first_seen for one in matches(desk).matches} == {
        "CVE-2026-1": "2026-11-01", "A-2": "2026-11-03",
    }  # fmt: skip


@pytest.mark.usefixtures("ada")
def test_without_feeds_nothing_is_taken_in_and_nothing_is_clean(desk: Desk) -> None:
    size = queries.ledger().size
    assert [desk.run("watch", *words).code for words in (["update"], ["list"], ["find", "A-1"])] == [3, 3, 3]
    assert queries.ledger().size == size


@pytest.mark.usefixtures("ada")
def test_what_was_not_looked_up_is_unknown_to_the_check_that_reads_the_matches(desk: Desk) -> None:
    fetched(desk, advisory("A-1"))
    desk.run("watch", "update")
    told = json.dumps(desk.value("assess", "GW", "--clause", "9.2"))
    assert (OTHER in told, LEFT_PAD in told) == (True, False)


@pytest.mark.usefixtures("ada")
def test_by_old_feeds_nothing_is_looked_up_and_the_checks_say_that_they_are_old(desk: Desk) -> None:
    fetched(desk, advisory("A-1", modified="2026-01-31T00:00:00Z"))
    (laid,) = desk.value("watch", "update")["laid"]
    assert (laid["looked_up"], laid["not_looked_up"], laid["matches"]) == (0, [LEFT_PAD, OTHER], 1)
    assert "their feeds are old, they are as of 2026-01-31" in json.dumps(desk.value("assess", "GW", "--clause", "9.2"))


def test_who_holds_no_role_for_it_takes_nothing_in(desk: Desk, ada: Hand) -> None:
    del ada
    fetched(desk, advisory("A-1"))
    desk.done("person", "add", "Cleo", "--link")
    size = queries.ledger().size
    assert desk.run("watch", "update", who="Cleo").code != 0
    assert queries.ledger().size == size


def test_the_worker_lays_bills_against_feeds_in_the_name_of_who_asks(desk: Desk, ada: Hand) -> None:
    fetched(desk, advisory("A-1"))
    asked = matches_job.wanted(queries.product("GW").id, ada.actor.id)
    assert tasks.ask(asked) is not None
    assert tasks.ask(asked) is None
    worker._do_one("here")
    (told,) = [one for one in queue.newest(9) if one.job.sort == matches_job.SORT]
    assert (told.status, told.said and told.said.sentence) == (queue.DONE, matches_job.DONE)
    assert queries.facts(queries.product("GW").id).of("matches")[0].by == ada.actor.id
    assert [one["advisory"] for one in desk.value("watch", "list")["open"]] == ["A-1"]


def test_the_worker_says_why_bills_were_laid_against_nothing(desk: Desk, ada: Hand) -> None:
    del desk
    tasks.ask(matches_job.wanted(queries.product("GW").id, ada.actor.id))
    worker._do_one("here")
    told = queue.newest(1)[0]
    assert (told.status, told.said and told.said.sentence) == (queue.FAILED, NoFeedsError.sentence)


# --- the inbox --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("ada")
def test_only_what_came_since_one_looked_is_new(desk: Desk) -> None:
    fetched(desk, advisory("A-1"))
    desk.run("watch", "update")
    assert [one["advisory"] for one in desk.value("watch", "list", "--new")["open"]] == ["A-1"]
    desk.done("watch", "looked")
    assert desk.value("watch", "list", "--new")["open"] == []
    fetched(desk, advisory("A-2"))
    desk.run("watch", "update")
    assert [one["advisory"] for one in desk.value("watch", "list", "--new")["open"]] == ["A-2"]
    assert [one["new"] for one in desk.value("watch", "list")["open"]] == [False, True]
    assert [one["new"] for one in desk.value("watch", "list", who="Bob")["open"]] == [True, True]


@pytest.mark.usefixtures("ada")
def test_the_list_ends_with_one_where_something_is_open_and_with_three_where_that_is_not_known(desk: Desk) -> None:
    assert desk.run("watch", "list").code == 3
    fetched(desk, advisory("A-1"))
    desk.run("watch", "update")
    said = desk.run("watch", "list")
    assert (said.code, "A-1" in said.out, OTHER in said.out) == (1, True, True)


# --- from an advisory to its releases ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("ada")
def test_an_advisory_finds_its_releases_and_a_bill_that_came_later_too(desk: Desk, ada: Hand) -> None:
    fetched(desk, advisory("A-1", aliases=["CVE-2026-1"]))
    found = desk.run("watch", "find", "CVE-2026-1", "--json")
    (strike,) = found.value["touched"]
    assert (found.code, strike["release"], strike["components"]) == (1, "GW-REL-1", [LEFT_PAD])
    release, label = acts.create(ada, Release, smallest(Release, title="3.0", version="3.0"), queries.product("GW").id)
    acts.submit(ada, [release])
    desk.done("record", "approve", label, "--passphrase-file", desk.other_words, who="Bob")
    bill_of(desk, ada, release)
    assert [one["release"] for one in desk.value("watch", "find", "A-1")["touched"]] == ["GW-REL-1", "GW-REL-2"]
    assert desk.run("watch", "find", "A-9").code == 0


def test_a_withheld_bill_is_told_by_none_of_it_to_who_may_not_see_it(desk: Desk, ada: Hand) -> None:
    fetched(desk, advisory("A-1"))
    bill = queries.row("GW-BOM-1")
    withholding.embargo(ada, bill.id)
    desk.done("person", "add", "Cleo", "--link")
    for words in (["list"], ["find", "A-1"], ["list", "--new"]):
        for who in ("Cleo", None):
            said = desk.run("watch", *words, who=who)
            assert "left-pad" not in said.out + said.err, (words, who)
    assert "left-pad" in desk.run("watch", "find", "A-1").out
    assert desk.run("watch", "update").code == 3
    assert "left-pad" in desk.run("watch", "list").out
    assert "left-pad" not in desk.run("watch", "list", who=None).out


def test_a_product_that_one_has_no_role_in_is_not_watched(desk: Desk, ada: Hand, tmp_path: Path) -> None:
    del ada, tmp_path
    fetched(desk, advisory("A-1"))
    desk.run("watch", "update")
    desk.done("product", "new", "PX", "Pump")
    role = desk.value("record", "list", "Role")["records"][-1]["label"]
    desk.done("person", "add", "Cleo", "--link")
    desk.effective("Appointment", f"title: Cleo\nrole: {role}\nperson: Cleo\nsince: 2026-01-01\n", "--product", "PX")
    assert desk.value("watch", "list", who="Cleo")["open"] == []
    assert desk.run("watch", "list", "--product", "GW", who="Cleo").code == 4


def test_what_is_withheld_moves_no_line_of_who_may_not_see_it(desk: Desk, ada: Hand) -> None:
    fetched(desk, advisory("A-1", aliases=["CVE-2026-1"]))
    desk.run("watch", "update")
    since = "2026-11-02T08:00:00.000000Z"
    value = smallest(Report, ids=["CVE-2026-1"], exploited="yes", aware_of_exploitation_on=since, received_on=since)
    report, _ = acts.create(ada, Report, value, queries.product("GW").id)
    withholding.embargo(ada, report)
    told = {who: desk.value("watch", "list", who=who)["open"][0] for who in ("Ada", None)}
    assert (told["Ada"]["exploited"], told[None]["exploited"]) == ("2026-11-02", None)
    assert told["Ada"]["key"] != told[None]["key"]
    assert "2026-11-02" not in json.dumps(told[None])
