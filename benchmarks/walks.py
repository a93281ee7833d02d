"""Walk what people do in a real browser, and count forms, keys and signing acts: `python -m benchmarks.walks [NAME ...]`.

`board`: an existing product comes in from spreadsheets until its first board stands. `patch`: a security patch of the
example goes from the decision to the open gate, as `benchmarks.patch` tells it, with each form filled in and each set
signed on its page. `matches`: fifty new matches are decided by keys. `audit`: an auditor draws ten records, walks each
chain and verifies the ledger; nobody prepares anything for it.

A *form* is one that a person sends with fields filled in, a *signing act* is one proof of who signs, for a set. A table
that is brought in is counted apart. Chromium, the server as `asepsis serve` starts it and the passphrases are real; the
seconds are those of the program alone, for a script neither reads nor thinks.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as hour_of
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from benchmarks.generated import use_home

if TYPE_CHECKING:
    from asepsis.record.kind import Kind

WORDS = "four quiet herons at dawn"
MATCHES, MOST_KEYS = 50, 3
MEDIUM = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N"  # worse ones that do not matter are signed by somebody else
MOST = {"board": (0, 10), "patch": (12, 8), "matches": (0, 1), "audit": (0, 0)}  # forms and signing acts that are asked


@dataclass
class Counted:
    """What people did in one walk."""

    name: str
    what: str
    forms: int = 0
    tables: int = 0
    acts: int = 0
    signatures: int = 0
    keys: int = 0
    pages: int = 0
    most_keys: int = 0  # for one match
    seconds: float = 0.0
    told: str = ""

    @property
    def holds(self) -> bool:
        """Return whether it took no more than is asked."""
        forms, acts = MOST[self.name]
        return self.forms <= forms and self.acts <= acts and self.most_keys <= MOST_KEYS


# --- a browser with people in it ------------------------------------------------------------------------------------


@dataclass
class People:
    """A browser in which each person has a window of their own, at a server."""

    browser: Any
    address: str
    counted: Counted
    windows: dict[str, Any] = field(default_factory=dict)

    def window(self, name: str) -> Any:
        """Return the window of somebody, logged in with their passphrase; its console stays quiet."""
        if name not in self.windows:
            page = self.browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
            page.set_default_timeout(60_000)
            page.on("pageerror", lambda error: sys.exit(f"the console says: {error}"))
            page.goto(f"{self.address}/login")
            page.fill("#user_id", user_id(name))
            page.fill("#passphrase", WORDS)
            page.click("button:has-text('Log in') >> nth=0")
            page.wait_for_url(lambda url: "/login" not in url)
            self.windows[name] = page
        return self.windows[name]

    def open(self, name: str, path: str) -> Any:
        """Open a page in somebody's window."""
        page = self.window(name)
        answer = page.goto(self.address + path)
        if answer.status != 200:
            raise SystemExit(f"{path} answers {answer.status}: {page.inner_text('main')[:600]}")
        self.counted.pages += 1
        return page

    def sign(self, name: str, path: str = "/sign") -> int:
        """Let somebody sign all that a page asks of them in one act, and return how many revisions that were."""
        page = self.open(name, path)
        count = int(page.locator("article.waits").count())
        if not count:
            return 0
        if page.locator("#user_id").count():
            page.fill("#user_id", user_id(name))
        page.fill("#passphrase", WORDS)
        page.click("#signing button:has-text('Sign what is chosen')")
        page.wait_for_load_state()
        if "signed=" not in page.url:
            raise SystemExit(f"{name} could not sign: {page.inner_text('main')[:600]}")
        self.counted.acts += 1
        self.counted.signatures += count
        return count


def user_id(name: str) -> str:
    """Return under which user id somebody logs in."""
    from asepsis.accounts.models import Account
    from asepsis.store import queries

    return str(Account.objects.get(person=queries.person(name).id).user_id)


@contextmanager
def served(home: Path, counted: Counted, options: str = "") -> Iterator[People]:
    """Serve `home` as a maker would, and start a browser at it."""
    from tests.web.browser import launched
    from tests.web.conftest import serving

    chromium = which("chromium") or which("chromium-browser") or which("google-chrome")
    if chromium is None:
        raise SystemExit("No Chromium is here: install it, or walk on another machine.")
    with serving(home, options) as address, launched(chromium) as browser:
        yield People(browser, address, counted)


def admit_all(names: Mapping[str, object]) -> None:
    """Give everybody the same passphrase."""
    from asepsis.accounts import passphrase

    for name in names:
        passphrase.set_passphrase(name, WORDS)


# --- the first board from spreadsheets ----------------------------------------------------------------------------


def board(home: Path) -> Counted:
    """Bring an existing product in from its spreadsheets, sign, and look at the first board."""
    from asepsis.store import acts
    from asepsis.store.models import Record
    from benchmarks import bring_in

    counted = Counted(
        "board", f"first board of {bring_in.REQUIREMENTS} requirements, {bring_in.RISKS} risks, all links"
    )
    walk = bring_in.Walk()
    first = acts.First(bring_in.MANAGEMENT)
    me, _ = acts.found_ledger(home, first, time_zone="Europe/Zurich", clock=walk.clock, origin="demonstration")
    walk.people[bring_in.MANAGEMENT] = me
    for name in bring_in.PEOPLE:
        walk.people[name] = acts.admit(walk.hand(bring_in.MANAGEMENT), name, "passport seen")
    acts.found_product(walk.hand(bring_in.MANAGEMENT), "GW", "Bedside gateway")
    admit_all(walk.people)
    people, life = (
        bring_in.workbook(bring_in.sheets_of_people()),
        bring_in.workbook(bring_in.sheets_of_the_life_cycle()),
    )
    rows, files = bring_in.signed_elsewhere()
    start = time.perf_counter()
    with served(home, counted, "work=True") as there:
        _bring(there, bring_in.MANAGEMENT, "/o/bring", "people.xlsx", people)
        _all_sign(there, walk.people)
        _bring(there, bring_in.WRITER, "/p/GW/bring", "life-cycle.xlsx", life)
        _bring(there, bring_in.WRITER, "/o/bring", "procedures.xlsx", bring_in.workbook(rows), files)
        _all_sign(there, walk.people)
        counted.seconds = time.perf_counter() - start
        _board(there, bring_in.WRITER)
    if left := Record.objects.exclude(head_state="effective").count():
        raise SystemExit(f"{left} records are not effective")
    counted.told = f"{Record.objects.count():,} records effective"
    return counted


def _bring(
    there: People, who: str, path: str, name: str, data: bytes, files: Mapping[str, bytes] | None = None
) -> None:
    """Send a workbook, take its columns as they are matched, and take it in with all that is complete submitted."""
    page = there.open(who, path)
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page.set_input_files("#table", {"name": name, "mimeType": sheet, "buffer": data})
    if files:
        sent = [{"name": one, "mimeType": "application/pdf", "buffer": body} for one, body in files.items()]
        page.set_input_files("#files", sent)
    page.click("button:has-text('Look what would become of it')")
    _wait_for(lambda: page.locator("button[value=take]").count() or (page.reload() and False))
    page.check("input[name=submit]")
    page.click("button[value=take]")
    page.wait_for_selector("h1:has-text('is taken in'), h1:has-text('Taking in')")
    there.counted.tables += 1
    _wait_for(lambda: page.reload() and "is taken in" in page.inner_text("h1"))


def _all_sign(there: People, names: Mapping[str, str]) -> None:
    """Let each person sign what waits for them, in one act each, until nothing waits."""
    for name in names:
        while there.sign(name):
            pass


def _board(there: People, who: str) -> None:
    """Look at the board until the worker has assessed what came."""
    page = there.window(who)
    _wait_for(lambda: page.goto(f"{there.address}/p/GW/") and page.locator(".tile").count() > 50)


def _wait_for(done: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise SystemExit(f"it did not come about within {seconds:.0f} s")
        time.sleep(0.5)


# --- a security patch -----------------------------------------------------------------------------------------------


class LedgerClock:
    """The clock of the example's hands, and that of the server with it: the ledger says how far it is behind."""

    def __init__(self, zone: str, now: datetime) -> None:
        self._zone = ZoneInfo(zone)
        self._set(now)

    def _set(self, now: datetime) -> None:
        self._behind = timedelta(seconds=int((datetime.now(UTC) - now).total_seconds()))
        self._tell(self._behind)

    def _tell(self, behind: timedelta) -> None:
        from asepsis.store.models import Ledger

        Ledger.objects.update(clock_offset_s=int(behind.total_seconds()))

    @contextmanager
    def as_founded(self) -> Iterator[None]:
        """Let the ledger say what its founding says, for as long as it is verified."""
        self._tell(timedelta())
        yield
        self._tell(self._behind)

    @property
    def now(self) -> datetime:
        """Return the instant that it is."""
        return datetime.now(UTC) - self._behind

    def __call__(self) -> datetime:
        return self.now

    def go(self, day: str, at: str = "09:00") -> None:
        """Go on to an hour of a day; where it is later already, stay."""
        there = datetime.combine(datetime.fromisoformat(day), hour_of.fromisoformat(at), self._zone).astimezone(UTC)
        if there > self.now:
            self._set(there)

    @property
    def day(self) -> str:
        """Return the day that it is."""
        return self.now.astimezone(self._zone).date().isoformat()


def patch(home: Path) -> Counted:
    """Walk the patch of the example on the pages, until its gate is open."""
    from asepsis.conformance import moments
    from asepsis.example import delivery, story
    from asepsis.example.cast import CAST
    from asepsis.example.clock import ZONE
    from asepsis.store import queries
    from benchmarks import patch as told

    counted = Counted("patch", "a security patch, from its decision to the open gate")
    writer = story.begin(home, seed=b"a patch")
    told.before(writer)
    clock, verified = LedgerClock(ZONE, writer.clock.now + timedelta(minutes=1)), delivery.ledger_verified

    def ledger_verified(by: Any) -> None:
        with clock.as_founded():
            verified(by)

    writer.clock, delivery.ledger_verified = clock, ledger_verified  # type: ignore[assignment]
    names = {one.key: one.name for one in CAST if one.key in writer.people}
    admit_all(dict.fromkeys(names.values()))
    start = time.perf_counter()
    with served(home, counted) as there:
        walk = on_pages(told.Walk(writer), there, names)
        told.decide(walk)
        told.build(walk)
        counted.seconds = time.perf_counter() - start
        moments.keep(found := told.ask(walk))
        page = there.open(names["aiko"], f"/p/GW/gate?release={queries.row(writer(f'release/{told.VERSION}')).label}")
        counted.told = page.inner_text(".lead")
    if moments.gate_of(found).exit_code:
        raise SystemExit("the gate is not open")
    return counted


def on_pages(walk: Any, there: People, names: Mapping[str, str]) -> Any:
    """Return a walk of `benchmarks.patch` whose forms are filled in and whose sets are signed on the pages."""
    from benchmarks.patch import Walk

    class OnPages(Walk):
        def fill_in(self, name: str, kind: type[Kind], *, by: str, **said: Any) -> None:
            value = {one: what for one, what in said.items() if what is not None}
            page = there.open(names[by], f"/p/GW/new/{kind.__name__}")
            label = _written(there, page, kind, value, self.w)
            _known(self.w, name, kind, label)
            self.forms.append((by, kind.__name__, str(said["title"])))
            self.waiting.append(self.w.records[name])

        def complete(self, name: str, *, by: str, **said: Any) -> None:
            from asepsis.record.kind import kind_named
            from asepsis.store import queries

            row = queries.row(self.w(name))
            page = there.open(names[by], f"/r/{row.label}/edit")
            _written(there, page, kind_named(row.kind), said, self.w)
            self.forms.append((by, row.kind, row.title))

        def submit(self, by: str) -> None:
            from asepsis.store import queries

            for row in queries.rows(self.waiting):
                if row.head_state == "draft":
                    page = there.open(names[by], f"/r/{row.label}")
                    page.click("button[name=act][value=submit]")
                    page.wait_for_load_state()

        def sign(self, when: str, by: str) -> None:
            from asepsis.store import queries

            self.submit(by)
            done: set[str] = set()
            while waiting := {
                one: what for one, what in self.w._waiting(self.waiting, None).items() if one not in done
            }:
                who = next(iter(waiting))
                rows = queries.rows([record for record, *_ in waiting[who]])
                for row in rows:
                    there.open(names[who], f"/r/{row.label}")
                count = there.sign(names[who], "/sign?" + "&".join(f"record={row.label}" for row in rows))
                self.acts.append((who, when, count))
                done.add(who)
            self.waiting.clear()

    return OnPages(walk.w)


def _written(there: People, page: Any, kind: type[Kind], value: Mapping[str, Any], writer: Any) -> str:
    """Fill in the boxes of a form for what is said, save it, and return the label of the record."""
    from asepsis.readers.viewer import looking, of_person
    from asepsis.record.fields import fields_of
    from asepsis.web.forms import inputs
    from asepsis.web.forms.names import Names
    from asepsis.web.record import texts_in

    with looking(of_person(writer.people["tomasz"])):
        names = Names(writer.product, frozenset(texts_in(value)))
        given = {one.name: value[one.name] for one in fields_of(kind) if one.name in value}
        texts = inputs.texts_of(kind, given, names)
    for at in sorted((one for one in texts if one.endswith(".#")), key=lambda one: one.count(".")):
        _rows(page, at.removesuffix(".#"), int(texts[at]))
    kept = {one["digest"]: body for body in writer._files for one in [_digest(body)]}
    for at, text in texts.items():
        if at.endswith(".#"):
            continue
        box = page.locator(f'[id="{at}"]')
        if at.endswith(".digest") and text in kept:
            body = {"name": "sent", "mimeType": texts[at.replace(".digest", ".media_type")], "buffer": kept[text]}
            page.set_input_files(f'[id="{at.removesuffix(".digest")}.file"]', body)
        elif at.endswith((".media_type", ".size")) and texts.get(f"{at.rpartition('.')[0]}.digest") in kept:
            continue
        elif box.evaluate("one => one.tagName") == "SELECT":
            box.select_option(text)
        else:
            box.fill(text)
    writer._files.clear()
    page.click("button:has-text('Save as a draft')")
    page.wait_for_url(lambda url: url.rpartition("/")[0].endswith("/r"))
    there.counted.forms += 1
    return str(page.url.rpartition("/")[2])


def _digest(body: bytes) -> dict[str, str]:
    from hashlib import sha256

    return {"digest": sha256(body).hexdigest()}


def _rows(page: Any, at: str, count: int) -> None:
    """Give a list of a form as many rows as are wanted."""
    held = f'input[type=hidden][name="{at}.#"]'
    while (there := int(page.locator(held).input_value())) < count:
        page.locator(f'button[name=add][value="{at}"]').click()
        page.wait_for_load_state()
        if int(page.locator(held).input_value()) <= there:
            raise SystemExit(f"no row more in {at}")


def _known(writer: Any, name: str, kind: type[Any], label: str) -> None:
    """Tell the example's hands of a record that was written on a page."""
    from asepsis.store import queries

    row = queries.row(label)
    writer.records[name], writer.kinds[row.id], writer.labels[row.id] = row.id, kind, row.label
    writer.owners[row.id] = writer.product or ""


# --- fifty new matches, and an audit ------------------------------------------------------------------------------


def matches(home: Path) -> Counted:
    """Decide fifty new matches by keys, and sign the set."""
    from asepsis.store.models import Record

    counted = Counted("matches", f"{MATCHES} new matches, decided and signed")
    maker = _maker(home)
    _scan(maker)
    with served(home, counted) as there:
        start = time.perf_counter()
        page = there.open("Jonas Weber", "/p/GW/inbox")
        page.keyboard.press("j")
        for number in range(MATCHES):
            keys = "a" if number % 5 == 0 else f"n{1 + number % 4}"  # then the next match is in hand
            for key in keys:
                page.keyboard.press(key)
            counted.keys += len(keys)
            counted.most_keys = max(counted.most_keys, len(keys))
        page.click("button:has-text('Submit, then sign')")
        page.wait_for_url("**/sign?record=*")
        there.sign("Jonas Weber", page.url.removeprefix(there.address))
        counted.seconds = time.perf_counter() - start
        left = page.goto(f"{there.address}/p/GW/inbox") and page.inner_text(".middle")
    effective = Record.objects.filter(kind="Exploitability", standing="effective").count()
    counted.told = f"{effective} statements effective"
    if effective != MATCHES or "Known vulnerabilities" not in str(left):
        raise SystemExit(f"{effective} of {MATCHES} statements are effective")
    return counted


def _maker(home: Path) -> Any:
    """Write the maker of the tests into an empty home, with a passphrase for everybody."""
    from asepsis.readers.viewer import looking, of_person
    from tests.web import maker as makers

    found = makers.write(home)
    with looking(of_person(found.people["Anna Lind"])):
        admit_all(found.people)
    return found


def _scan(maker: Any) -> None:
    """Give the maker a supported release whose bill was laid against feeds, with fifty matches."""
    from hashlib import sha256

    from asepsis.configuration.records import BillOfMaterials, Release
    from asepsis.exchange import subjects
    from asepsis.exchange.facts import Component, Components, Feed, Feeds, Match, Matches, document_bytes
    from tests.web.test_inbox import _take

    bill = sha256(b"fifty").hexdigest()
    maker.signed("2.5.0", Release, title="2.5.0", version="2.5.0", security_support_until="2031-01-01")
    kept = {"digest": bill, "shows": "the bill", "address": "https://builds.example/9", "seen_on": "2026-01-05"}
    maker.signed("bill", BillOfMaterials, title="Bill of 2.5.0", release=maker.ids["2.5.0"], document=kept)
    purls = [f"pkg:npm/part-{number}@1" for number in range(MATCHES)]
    listed = tuple(Component(f"part-{number}", version="1", purl=purl) for number, purl in enumerate(purls))
    found = tuple(
        Match(f"GHSA-aaaa-bbbb-{number:04}", purl, "affected", fixed=("2",), severity=MEDIUM)
        for number, purl in enumerate(purls)
    )
    feeds = document_bytes(Feeds("2026-04-01T00:00:00.000000Z", (Feed("osv", "2026-04-01T00:00:00.000000Z"),)))
    _take(maker, "components", bill, document_bytes(Components("CycloneDX 1.5", listed)))
    digest = sha256(feeds).hexdigest()
    laid = document_bytes(Matches(bill, digest, found, looked_up=MATCHES))
    _take(maker, "matches", subjects.bill_and_feeds(bill, digest), laid)


def audit(home: Path) -> Counted:
    """Let an auditor draw ten records of a release, walk each chain, and verify the ledger; count what people prepare."""
    from asepsis.store import queries

    counted = Counted("audit", "an audit: ten drawn, each chain walked, the ledger verified")
    maker = _maker(home)
    before = queries.ledger().size
    with served(home, counted) as there:
        start = time.perf_counter()
        page = there.open("Anna Lind", f"/p/GW/at/{maker.baseline}/audit?kind=Asset")
        drawn = page.locator("[data-row]").count()
        for _ in range(drawn - 1):
            with page.expect_navigation():
                page.keyboard.press("j")
            counted.keys += 1
            counted.pages += 1
        there.open("Anna Lind", "/ledger/verify")
        page.click("main form button >> nth=0")
        page.wait_for_load_state()
        counted.seconds = time.perf_counter() - start
    counted.told = f"{drawn} drawn, {queries.ledger().size - before} entries written for it"
    if drawn != 10 or queries.ledger().size != before:
        raise SystemExit(counted.told)
    return counted


WALKS: dict[str, Callable[[Path], Counted]] = {"board": board, "patch": patch, "matches": matches, "audit": audit}


# --- the table ------------------------------------------------------------------------------------------------------


def main() -> None:
    """Print a line for each walk; exit with 1 where one takes more than is asked."""
    if len(sys.argv) == 3 and sys.argv[1] == "--one":
        with tempfile.TemporaryDirectory(prefix="asepsis-walk-") as folder:
            home = Path(folder) / "home"
            use_home(home)
            show(found := WALKS[sys.argv[2]](home))
        raise SystemExit(int(not found.holds))
    names = sys.argv[1:] or list(WALKS)
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n")
    heads = ("forms", "at most", "acts", "at most", "signed", "tables", "keys", "pages", "seconds")
    print(f"{'what':62} " + " ".join(f"{one:>7}" for one in heads), flush=True)
    codes = [subprocess.call([sys.executable, "-m", "benchmarks.walks", "--one", name]) for name in names]
    raise SystemExit(int(any(codes)))


def show(one: Counted) -> None:
    """Print the line of a walk."""
    forms, acts = MOST[one.name]
    keys = f"{one.most_keys} each" if one.most_keys else str(one.keys)
    told = (one.forms, forms, one.acts, acts, one.signatures, one.tables, keys, one.pages, f"{one.seconds:.1f}")
    print(f"{one.what:62} " + " ".join(f"{what!s:>7}" for what in told) + f"  {one.told}", flush=True)


if __name__ == "__main__":
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop running in this thread
    main()
