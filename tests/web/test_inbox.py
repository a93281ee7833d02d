"""The inbox and the components: what waits for a decision, decided as one set, and what a release is made of."""

from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest
from django.test import Client

from asepsis.advisories.findings import Candidate, Kinship, Result, Scan
from asepsis.configuration.records import BillOfMaterials, Release
from asepsis.exchange import subjects
from asepsis.exchange.facts import Component, Components, Feed, Feeds, Match, Matches, document_bytes
from asepsis.problems.records import Exploitability
from asepsis.readers.viewer import looking, of_person
from asepsis.store import acts, queries
from asepsis.store.changes import TakeIn
from asepsis.store.models import Record
from asepsis.store.withholding import embargo
from tests.web.conftest import Seen, logged_in
from tests.web.maker import Maker

ADDRESS, LODASH, IDNA = "/p/GW/inbox", "pkg:npm/lodash@4.17.20", "pkg:pypi/idna@3.6"
BILL = sha256(b"bill").hexdigest()
CANDIDATE = Candidate(
    "idna", "3.6", IDNA, None, "CVE-2026-0007", "CVE-2026-0007", "nvd", "acme", "idna", Kinship.VENDOR,
    Result.AFFECTED, "its version lies in the affected range",
)  # fmt: skip


@pytest.fixture
def scanned(copied: Maker) -> Maker:
    """A release that is supported, whose bill was laid against feeds: two matches, one of them exploited."""
    scan(copied)
    return copied


def scan(copied: Maker, ssvc: str | None = None, candidates: tuple[Candidate, ...] = ()) -> None:
    """Write such a release, and take in what its bill lists and what was found of it."""
    copied.signed("2.5.0", Release, title="2.5.0", version="2.5.0", security_support_until="2031-01-01")
    kept = {"digest": BILL, "shows": "the bill", "address": "https://builds.example/9", "seen_on": "2026-01-05"}
    copied.signed("bill", BillOfMaterials, title="Bill of 2.5.0", release=copied.ids["2.5.0"], document=kept)
    listed = (
        Component("lodash", version="4.17.20", purl=LODASH, licences=("MIT",), place="transitive"),
        Component("idna", version="3.6", purl=IDNA, licences=("BSD-3-Clause",), end_of_support="2026-12-31"),
        *(Component(f"part-{number}", version="1", purl=f"pkg:npm/part-{number}@1") for number in range(120)),
    )
    found = (
        Match(
            "GHSA-aaaa-bbbb-cccc", IDNA, "affected", aliases=("CVE-2024-3651",), fixed=("3.7",), epss="0.02", ssvc=ssvc
        ),
        Match("GHSA-35jh-r3h4-6jhm", LODASH, "affected", fixed=("4.17.21",), kev="2026-02-01"),
    )
    feeds = document_bytes(Feeds("2026-04-01T00:00:00.000000Z", (Feed("osv", "2026-04-01T00:00:00.000000Z"),)))
    _take(copied, "components", BILL, document_bytes(Components("CycloneDX 1.5", listed)))
    digest = sha256(feeds).hexdigest()
    matches = document_bytes(Matches(BILL, digest, found, looked_up=122))
    source = msgspec.json.encode(Scan(BILL, "2026-04-01T00:00:00Z", (), (), candidates))
    _take(copied, "matches", subjects.bill_and_feeds(BILL, digest), matches, source)


def _take(maker: Maker, kind: str, subject: str, document: bytes, source: bytes | None = None) -> None:
    of = document if source is None else source
    taken = TakeIn(kind, subject, document, of, sha256(of).hexdigest(), maker.product)
    acts.take_in(maker.hand("Jonas Weber"), [taken])


@pytest.fixture
def security(scanned: Maker) -> Client:
    return logged_in("Jonas Weber")


def _keys(client: Client) -> list[str]:
    tags = Seen(client.get(ADDRESS).content.decode()).tags
    return [one["name"].partition(".")[2] for tag, one in tags if tag == "select" and "data-status" in one]


def test_what_is_exploited_comes_first(security: Client) -> None:
    words = Seen(security.get(ADDRESS).content.decode()).words
    assert "2 matches left" in words
    assert words.index("lodash 4.17.20") < words.index("idna 3.6")
    assert "exploited, in KEV since 2026-02-01" in words


def test_decisions_are_submitted_as_one_set_in_one_commit(scanned: Maker, security: Client) -> None:
    first, second = _keys(security)
    sent = {
        f"status.{first}": "affected",
        f"response.{first}": "update",
        f"impact.{first}": "The parser reads what strangers send.",
        f"status.{second}": "not-affected",
        f"why.{second}": "vulnerable-code-not-in-execute-path",
    }
    size = queries.ledger().size
    answer = security.post(ADDRESS, sent)
    assert answer.status_code == 302
    rows = list(Record.objects.filter(kind="Exploitability").order_by("number"))
    assert answer.headers["Location"] == "/sign?" + "&".join(f"record={row.label}" for row in rows)
    assert [row.head_state for row in rows] == ["submitted", "submitted"]
    assert queries.ledger().size == size + 4  # two written, two submitted
    values = {one["component"]: one for one in (queries.head_value(row) or {} for row in rows)}
    assert (values[LODASH]["status"], values[LODASH]["response"]) == ("affected", "update")
    assert values[LODASH]["impact"] == "The parser reads what strangers send."
    assert values[IDNA]["justification"] == "vulnerable-code-not-in-execute-path"
    assert _keys(security) == []


def test_what_is_not_affected_needs_its_reason_and_nothing_is_lost(scanned: Maker, security: Client) -> None:
    first, second = _keys(security)
    sent = {f"status.{first}": "not-affected", f"impact.{second}": "Typed already."}
    answer = security.post(ADDRESS, sent)
    assert answer.status_code == 422
    assert "Typed already." in answer.content.decode()
    assert Record.objects.filter(kind="Exploitability").count() == 0


@pytest.mark.parametrize("sent", [{}, {"status.0000000000000000": "fixed"}, {"status.": "affected", "x": "y"}])
def test_where_nothing_is_decided_nothing_is_written(scanned: Maker, security: Client, sent: dict[str, str]) -> None:
    assert security.post(ADDRESS, sent).status_code == 422


def test_a_match_that_was_decided_meanwhile_is_left_alone(scanned: Maker, security: Client) -> None:
    first, second = _keys(security)
    assert security.post(ADDRESS, {f"status.{first}": "fixed"}).status_code == 302
    answer = logged_in("Nadia Kovac").post(ADDRESS, {f"status.{first}": "affected", f"status.{second}": "fixed"})
    assert answer.status_code == 302
    assert Record.objects.filter(kind="Exploitability").count() == 2


def test_a_release_that_was_laid_against_nothing_is_not_known(scanned: Maker, security: Client) -> None:
    scanned.signed("2.6.0", Release, title="2.6.0", version="2.6.0", security_support_until="2031-01-01")
    words = Seen(security.get(ADDRESS).content.decode()).words
    assert f"so what they hold is not known: {scanned.label('2.6.0')}" in words


# --- components -------------------------------------------------------------------------------------------------------


def _components(client: Client, maker: Maker, more: str = "") -> str:
    address = f"/p/GW/components?release={maker.label('2.5.0')}{more}"
    return Seen(client.get(address).content.decode()).words


def test_a_component_is_told_with_licence_support_and_findings(scanned: Maker, client: Client) -> None:
    words = _components(client, scanned)
    assert "122 components; 2 findings that nobody has decided; 122 have no category." in words
    assert "BSD-3-Clause until 2026-12-31 GHSA-aaaa-bbbb-cccc" in words
    assert "GHSA-35jh-r3h4-6jhm exploited" in words


def test_a_long_bill_comes_a_page_at_a_time_each_component_once(scanned: Maker, client: Client) -> None:
    first, second = _components(client, scanned), _components(client, scanned, "&after=100")
    assert ("part-97 1" in first, "part-98 1" in first) == (True, False)
    assert ("part-97 1" in second, "part-119 1" in second) == (False, True)


@pytest.mark.parametrize(
    ("more", "count"), [("&q=MIT", 1), ("&q=part-11", 11), ("&with=findings", 2), ("&after=x", 122)]
)
def test_components_are_asked_for(scanned: Maker, client: Client, more: str, count: int) -> None:
    assert f"{count} component" in _components(client, scanned, more)


def test_a_finding_is_decided_once_its_statement_is_effective(scanned: Maker, client: Client) -> None:
    statement = {"advisory_id": "CVE-2024-3651", "component": IDNA, "releases": [scanned.ids["2.5.0"]]}
    scanned.write("statement", Exploitability, title="idna", status="fixed", **statement)
    assert "2 findings that nobody has decided" in _components(client, scanned)
    acts.submit(scanned.hand("Nadia Kovac"), [scanned.ids["statement"]])
    scanned.sign(scanned.ids["statement"])
    words = _components(client, scanned)
    assert "1 finding that nobody has decided" in words
    assert "1 decided" in words


def test_an_advisory_tells_by_any_of_its_names_what_it_touches(scanned: Maker, client: Client) -> None:
    for name in ("CVE-2024-3651", "cve-2024-3651", "GHSA-aaaa-bbbb-cccc"):
        words = Seen(client.get(f"/p/GW/advisory/{name}").content.decode()).words
        assert IDNA in words
        assert "affected 3.7" in words
    assert "It touches nothing that is known." in client.get("/p/GW/advisory/CVE-1999-0001").content.decode()


def test_a_withheld_statement_is_told_to_nobody_else(scanned: Maker, client: Client) -> None:
    statement = {"advisory_id": "CVE-2024-3651", "component": IDNA, "releases": [scanned.ids["2.5.0"]]}
    scanned.signed("statement", Exploitability, title="A hidden word", status="fixed", **statement)
    with looking(of_person(scanned.people["Jonas Weber"])):
        embargo(scanned.hand("Jonas Weber"), scanned.ids["statement"])
    label = scanned.label("statement")
    pages = ("/p/GW/advisory/CVE-2024-3651", f"/p/GW/components?release={scanned.label('2.5.0')}", "/work")
    for address in pages:
        assert label not in client.get(address).content.decode()
    assert label in logged_in("Jonas Weber").get(pages[0]).content.decode()


def test_at_a_baseline_nothing_is_known_that_was_brought_in_later(scanned: Maker, client: Client) -> None:
    answer = client.get(f"/p/GW/at/{scanned.baseline}/advisory/CVE-2024-3651")
    assert "It touches nothing that is known." in answer.content.decode()


def test_without_a_feed_the_page_says_how_one_is_added(maker: Maker, client: Client) -> None:
    assert "No feed is added yet." in client.get("/feeds").content.decode()


def test_what_is_known_of_attacks_and_candidates_stand_on_the_pages_apart_from_findings(copied: Maker) -> None:
    scan(copied, ssvc="exploitation=active automatable=yes impact=total", candidates=(CANDIDATE,))
    client = logged_in("Jonas Weber")
    told = Seen(client.get("/p/GW/components?release=" + copied.label("2.5.0")).content.decode()).words
    assert "SSVC Attend to Act" in told
    assert "2 findings that nobody has decided" in told
    assert told.index("Candidates") < told.index("CVE-2026-0007") < told.index("its supplier and its name agree")
    assert "SSVC Attend to Act" in Seen(client.get(ADDRESS).content.decode()).words
    assert "Attend to Act by CISA's tree" in Seen(client.get("/p/GW/advisory/CVE-2024-3651").content.decode()).words
