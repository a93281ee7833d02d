"""The story, from the founding in July 2024 to the gate of 2.4.0 in July 2026: who did what, in the order of the days."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from django.db import transaction

from asepsis.conformance import moments
from asepsis.errors import RefusedError
from asepsis.example import (
    configuration,
    delivery,
    development,
    maintenance,
    problems,
    quality,
    risk,
    testing,
    transition,
)
from asepsis.example.cast import CAST
from asepsis.example.chance import Chance
from asepsis.example.clock import ZONE, Clock
from asepsis.example.writer import Writer
from asepsis.sentences import Sentence
from asepsis.store import acts

LAST = datetime(2026, 7, 1, 7, tzinfo=UTC)  # the example's last instant: nothing of it is later

Progress = Callable[[int, int], None]
Chapter = Callable[[Writer], None]


class TooEarlyError(RefusedError):
    """The clock of the machine says a day before the example's last one."""

    code = "example-early"
    sentence = Sentence(
        "The clock of this machine says {now}, and the example goes on until {last}.",
        next="Set the clock right, then write the example.",
    )


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: each product's id by code, the releases' ids by version, and the baselines' positions."""

    products: dict[str, str]
    releases: dict[str, str]
    baselines: dict[str, int]


def write(
    home: Path, *, offset_days: int | None = None, seed: bytes | None = None, progress: Progress | None = None
) -> Written:
    """Write the example into the empty store of `home`, through the acts, as a demonstration.

    The ledger's clock goes on from the example's last day, `LAST`, whatever day it is: without `offset_days` that is
    worked out from the clock of the machine, and with it the clock is that many days behind. The same `seed` and
    `offset_days` give the same bytes. `progress` is told how many days of the story are written, of how many.

    Raises `FoundedAlreadyError` where there is a ledger, and `TooEarlyError`.
    """
    offset_s = _offset(offset_days)
    with transaction.atomic():  # all of it or nothing
        w = begin(home, offset_s=offset_s, seed=seed, progress=progress)
        tell(w, CHAPTERS)
        _kept(w)
    if w.clock.now > LAST:
        raise ValueError(f"the story ends at {w.clock.now}, after {LAST}")
    releases = {
        name.removeprefix("release/"): record for name, record in w.records.items() if name.startswith("release/")
    }
    return Written(dict(w.products), releases, dict(w.baselines))


def begin(home: Path, *, offset_s: int = 0, seed: bytes | None = None, progress: Progress | None = None) -> Writer:
    """Found the ledger of a demonstration in the empty store of `home`, and return the hands that write its story.

    Raises `FoundedAlreadyError` where there is a ledger.
    """
    clock, chance = Clock(), Chance(seed if seed is not None else bytes.fromhex(acts.new_id() + acts.new_id()))
    first, _ = acts.found_ledger(
        home, acts.First(CAST[0].name, "identity card, shown in person"), time_zone=ZONE, clock=clock,
        origin="demonstration", clock_offset_s=offset_s, salt=chance.salt, ids=chance.id,
        key_seed=chance.key("ledger"),
    )  # fmt: skip
    return Writer(clock, chance, people={CAST[0].key: first}, told=_counting(progress))


def tell(w: Writer, chapters: Iterable[Chapter]) -> None:
    """Write chapters of the story, one after the other."""
    for chapter in chapters:
        chapter(w)


def _kept(w: Writer) -> None:
    """Keep the assessments that pages show: of each baseline as it was, and of each product now."""
    for version, position in w.baselines.items():
        asked = moments.Asked(w.products["GW"], w(f"release/{version}"), position)
        moments.keep(moments.assess_product(asked, w.clock.now), baseline=True)
    for product in w.products.values():
        moments.keep(moments.assess_product(moments.Asked(product), w.clock.now))


def _counting(progress: Progress | None) -> Callable[[], None]:
    """Return what is called at each day of the story, and tells how far it is."""
    done = count(1)

    def told() -> None:
        if progress is not None:
            progress(min(next(done), DAYS), DAYS)

    return told


def _offset(days: int | None) -> int:
    if days is not None:
        return days * 86_400
    now = datetime.now(UTC)
    if now < LAST:
        raise TooEarlyError(now=now, last=LAST)
    return (now - LAST) // timedelta(seconds=1)


DAYS = 78  # on which something happens


def _founded(w: Writer) -> None:
    """The maker, its quality system, and what the gateway is for."""
    w.go("2024-07-01")
    quality.people_and_roles(w)
    w.go("2024-07-22")
    quality.quality_system(w)
    w.go("2024-07-29")
    quality.from_before(w)
    w.go("2024-08-19")
    w.products["GW"] = acts.found_product(w.hand("helene"), "GW", "Ward Gateway")
    w.product = w.products["GW"]
    quality.scope(w)


def _begun(w: Writer) -> None:
    """Criteria, plan and channels, before there is anything to judge."""
    w.go("2024-09-02")
    risk.criteria(w)
    w.go("2024-09-09")
    development.frame(w)
    w.go("2024-09-16")
    problems.channels(w)
    maintenance.policy(w)
    w.go("2024-11-04")
    configuration.suppliers(w)
    configuration.release(w, "2.2.0", planned="2025-06-18", before=None, support="2027-06-30", security="2027-06-30")
    configuration.items(w)
    maintenance.sources(w)
    w.go("2024-11-18")
    risk.context(w)
    w.go("2024-12-09")
    risk.model(w)
    risk.threats(w)
    w.go("2025-01-20")
    risk.controls(w, *(one for one in risk.CONTROLS if one not in (*risk.LATER, *risk.MAKESHIFT)))
    risk.assumptions(w)
    risk.risks(w, *risk.RISKS)
    w.go("2025-01-27")
    risk.handed_to_safety(
        w, "2025", [*risk.harmful(w), w("control/lockout")],
        "What an attack on the gateway could do to patients, and that an account is locked for 15 minutes after five wrong "
        "passwords.", "Taken into the safety file as HS-007, HS-011 and HS-014; the lockout harms nobody, since routes are "
        "changed in quiet hours.",
    )  # fmt: skip
    w.go("2025-02-03")
    development.requirements(w, *(one for one in development.REQUIREMENTS if one not in development.LATER))
    development.design(w)
    w.go("2025-02-10", "10:00")
    development.interfaces(w)
    development.thought_better_of(w)
    configuration.change(
        w, "change/2.2.0", "Build 2.2.0", "The first release of the new gateway.", [], security="minor"
    )
    w.sign()
    w.go("2025-02-24")
    configuration.agreement(w)
    w.go("2025-03-03")
    quality.reviewed(w, "review/problems/2025", "problem-resolution", "2024-07-01", "2025-02-28",
                     concluded="Nothing was reported yet; the channels work.")  # fmt: skip
    w.go("2025-04-01")
    maintenance.looked_through(w, "2024-11-04", "2025-03-31")
    w.go("2025-04-07")
    quality.management_review(
        w, "/2025", [w("review/problems/2025")], "Security has what it needs for the first release."
    )
    quality.attested(w, "/2025")


def _first_release(w: Writer) -> None:
    """2.2.0 goes out, on an assessment that nobody read to its end."""
    w.go("2025-05-06")
    testing.plans(w)
    testing.cases(w, testing.CASES)
    testing.by_hand(w)
    w.go("2025-05-20")
    delivery.signing_key(w)
    quality.reviewed(
        w, "review/model/2025", "threat-model", "2024-12-09", "2025-05-19", concluded="The model shows 2.2.0."
    )
    w.go("2025-06-11", "17:30")
    configuration.built(w, "2.2.0")
    delivery.build_facts(w, "2.2.0", None)
    w.go("2025-06-12")
    testing.automated(w, "2.2.0")
    w.go("2025-06-16")
    configuration.looked_up(w, "2025-06-16", "2.2.0")
    testing.scanned(w, "2.2.0", "2025-06-16")
    risk.judged(w, "2.2.0", "Two risks need the hospital's help and are told; none adds to another.")
    w.go("2025-06-17")
    guide = delivery.guide(w, "2.2.0")
    delivery.packed(w, "2.2.0", guide)
    delivery.guide_tells_of_manifest(w, "2.2.0")
    delivery.guide_reviewed(w, "2.2.0")
    delivery.key_log(w, "2025-06-17")
    w.go("2025-06-18")
    delivery.decided(w, "2.2.0", {"site-0417": 1, "site-0422": 2, "site-0431": 1})


def _a_year(w: Writer) -> None:
    """What came in, what was looked through, and what an audit found."""
    w.go("2025-07-01")
    maintenance.looked_through(w, "2025-04-01", "2025-06-30")
    w.go("2025-07-21")
    problems.not_affected(w, "2026-05-06", {"PYSEC-2025-61": ["2.2.0"]}, by="minh", signer="samira")
    w.go("2025-08-18")
    problems.not_affected(w, "2026-05-06", {"PYSEC-2025-183": ["2.2.0"]})
    w.go("2025-09-18")
    quality.first_audit(w)
    w.go("2025-09-22")
    problems.tried(w)
    w.go("2025-10-01")
    maintenance.looked_through(w, "2025-07-01", "2025-09-30")
    w.go("2025-10-14")
    quality.audit_answered(w)
    w.go("2025-10-27")
    configuration.change(w, "change/support-page", "A page for support with all logs", "Support asks for it.", [])
    w.submit()
    acts.reject(w.hand("tomasz"), w("change/support-page"), "It would show patients' names to whoever opens it.")
    w.go("2025-11-12", "10:40")
    problems.greedy_reported(w)
    w.go("2025-11-13")
    problems.greedy_acknowledged(w)
    w.go("2025-11-28")
    problems.greedy_investigated(w)
    w.go("2025-12-01")
    configuration.category_changed(w)
    configuration.release(w, "2.3.0", planned="2026-05-08", before="2.2.0", support="2028-06-30", security="2028-06-30")
    w.go("2025-12-08")
    problems.greedy_analysed(w)
    risk.handed_to_safety(w, "greedy", w("threat/greedy", "hazard/away"), "A client without a limit can make wards wait.",
                          "Half a minute is within what the safety file allows; critical results are not touched.")  # fmt: skip
    maintenance.notice(w, "hl7", "The HL7 parser is looked after by nobody any more", ["category/hl7"], ["2.2.0"])
    w.go("2025-12-15")
    configuration.category_taken_over(w)
    w.look("aiko", *((f"interface/{one}", "item/hl7") for one in development.FAMILIES["hl7"]["elements"]))
    quality.done(w, "action/audit", "daan")
    quality.procedure_renewed(w)
    w.happened("nonconformity/2025", "ruben", accepted_on=w.today)
    w.go("2026-01-02")
    maintenance.looked_through(w, "2025-10-01", "2025-12-31")


def _second_prepared(w: Writer) -> None:
    """2.3.0: a limit for each client, TLS without the old versions, a repaired login page."""
    w.go("2026-01-12")
    w.revise("plan/security", by="daan", review_by="2027-01-31")
    w.sign()
    configuration.change(w, "change/limits", "Limit requests for each client", "One client must not slow down the others.",
                         ["element/fhir", "threat/greedy"], security="minor", safety="minor")  # fmt: skip
    w.sign()
    w.go("2026-01-19")
    risk.controls(w, *risk.LATER)
    development.requirements(w, *development.LATER)
    risk.second_risks(w)
    w.go("2026-01-21")
    problems.greedy_decided(w)
    w.revise("change/limits", by="minh", because=[w("decision/greedy")])
    w.sign()
    w.go("2026-01-26")
    development.second_design(w)
    testing.cases(w, testing.LATER)
    risk.handed_to_safety(
        w, "2026", risk.harmful(w),
        "Each client of the API is limited; TLS 1.2 is the least.", "No effect on the delivery of critical results.",
    )  # fmt: skip
    w.go("2026-03-06")
    configuration.change(w, "change/tls", "Speak TLS 1.2 at the least", "TLS 1.0 and 1.1 are broken.", ["element/reads"],
                         security="minor")  # fmt: skip
    w.submit()
    w.go("2026-03-11")
    w.approve([w("change/tls")])
    w.go("2026-03-16")
    quality.management_review(w, "/2026", [w("review/problems/2025"), w("nonconformity/2025")],
                              "Security has two people; a third is granted for the care of what is in the field.")  # fmt: skip
    quality.attested(w, "/2026")
    w.go("2026-03-23")
    quality.reviewed(w, "review/problems/2026", "problem-resolution", "2025-03-01", "2026-03-20",
                     concluded="One report, answered in a day; the review itself came three weeks late.")  # fmt: skip
    quality.late_answered(w)
    w.go("2026-03-30")
    w.revise("coding", by="jonas", reviewed_on="2026-03-27", review_by="2027-03-27")
    w.revise("practices", by="jonas", reviewed_on="2026-03-27")
    w.sign()
    w.go("2026-04-01")
    maintenance.looked_through(w, "2026-01-01", "2026-03-31")
    w.retire("source/list", "samira", "The list was closed by those who kept it.", "source/osv")
    quality.done(w, "action/late", "ruben")
    quality.done(w, "action/audit", "ruben", "The gate was asked before each of the last three meetings.")
    w.go("2026-04-07")
    problems.not_affected(w, "2026-05-06", {"PYSEC-2026-120": ["2.2.0"]})
    quality.laboratory(w)
    w.go("2026-04-13")
    testing.broken_into(w)
    w.go("2026-04-15")
    problems.names_decided(w)
    configuration.change(w, "change/names", "Let the login page answer alike", "Names must not be told apart.",
                         ["design/console"], security="minor", because=[w("decision/names")])  # fmt: skip
    configuration.change(w, "change/pins-2.3.0", "Raise packages for 2.3.0", "Repaired versions are out.",
                         ["design/updater"])  # fmt: skip
    w.sign()


def _second_release(w: Writer) -> None:
    """2.3.0 goes out, with nothing against it."""
    w.go("2026-04-20")
    w.revise("model", reflects="2.3.0", last_relevant_change=w.today)
    w.sign()
    quality.reviewed(w, "review/model/2026", "threat-model", "2025-05-20", "2026-04-20",
                     concluded="Two threats got their control; the model shows 2.3.0.")  # fmt: skip
    quality.reviewed(w, "review/access/2026", "access", "2025-11-01", "2026-04-20", months=6,
                     concluded="Two accounts of people who changed teams were closed.")  # fmt: skip
    development.verified(w)
    quality.done(w, "action/late", "eluned", "Both were tried: the calendar warned, the merge was refused.")
    risk.observed(w, "2026-04-20", {
        "bounds": "14 refused messages a week, all of one sender that was repaired", "queue": "longest wait 41 seconds",
        "matching": "3 messages set aside, all rightly", "stations": "2 refused associations, a new CT",
        "lockout": "one locked account, by its owner", "signed": "no refused update", "forms": "no refused form",
        "first-login": "two installations, both with a password set at the console",
    })  # fmt: skip
    w.go("2026-04-27", "17:00")
    configuration.built(w, "2.3.0")
    commit = delivery.build_facts(w, "2.3.0", "2.2.0")
    problems.not_affected(w, "2026-05-06", {"PYSEC-2026-35": ["2.2.0"], "PYSEC-2026-36": ["2.2.0"]})
    w.go("2026-04-28")
    development.reviews(w, "2.3.0", {"repository": "ward-gateway", "to_commit": commit})
    problems.dismissed(w)
    w.go("2026-04-29")
    testing.automated(w, "2.3.0")
    w.go("2026-05-04")
    testing.broken_into_again(w)
    problems.names_closed(w)
    problems.not_affected(w, "2026-05-06", {"PYSEC-2026-87": ["2.2.0", "2.3.0"]})
    w.go("2026-05-06")
    configuration.looked_up(w, "2026-05-06", "2.2.0", "2.3.0")
    testing.scanned(w, "2.3.0", "2026-05-06")
    for name in ("limits", "tls", "names", "pins-2.3.0"):
        proof = "run/2.3.0/requirements/limits" if name in ("limits", "tls") else "run/2.3.0/requirements"
        w.happened(f"change/{name}", "daan", done_in=w("release/2.3.0"), proved_by=[w(proof)])
    risk.judged(w, "2.3.0", "What was left open in 2.2.0 is closed; two risks need the hospital's help and are told.")
    w.go("2026-05-07")
    guide = delivery.guide(w, "2.3.0")
    delivery.packed(w, "2.3.0", guide)
    delivery.guide_tells_of_manifest(w, "2.3.0")
    delivery.guide_reviewed(w, "2.3.0")
    delivery.key_log(w, "2026-05-07")
    w.happened("key", "tomasz", custody_checked_on=w.today)
    delivery.attested(w, "2.3.0", ("5.1.2-1", "5.3.1-1", "5.4.2-1", "5.7.2-1"))
    quality.reviewed(w, "review/open/2.3.0", "open-issues", "2025-06-19", "2026-05-07",
                     concluded="All that is open is decided; nothing keeps 2.3.0 back.")  # fmt: skip
    delivery.ledger_verified(w)
    w.go("2026-05-08")
    delivery.decided(w, "2.3.0", {"site-0417": 1})
    w.go("2026-05-08", "15:00")
    maintenance.update(w)
    problems.greedy_closed(w)


def _watched(w: Writer) -> None:
    """2.3.0 is in use; news comes in."""
    w.go("2026-05-11")
    configuration.fielded(w, "2.3.0", {"site-0422": 2})
    maintenance.debian_tried(w)
    w.go("2026-05-20")
    problems.advised(w)
    maintenance.notice(
        w, "2.3.0", "Ward Gateway 2.3.0 limits each client", ["update/2.3.0", "advisory/greedy"], ["2.2.0"]
    )
    maintenance.notice(w, "debian", "Debian 12.11 fits 2.3.0", ["fits/debian"], ["2.2.0", "2.3.0"])
    delivery.claimed(w, "2.3.0")
    w.go("2026-05-26")
    problems.escape(w)
    w.go("2026-06-01")
    configuration.release(w, "2.4.0", planned="2026-07-10", before="2.3.0", support="2029-06-30", security="2029-06-30")
    configuration.change(w, "change/add-segments", "Read ADD segments of HL7", "Two laboratories send long comments so.",
                         ["interface/feed"], security="minor")  # fmt: skip
    w.sign()
    w.go("2026-06-08")
    day = "2026-07-01"
    problems.not_affected(w, day, {
        **{f"PYSEC-2026-{one}": ["2.2.0", "2.3.0"] for one in (141, 161, 175, 177, 178, 179, 215)},
        "PYSEC-2026-165": ["2.2.0"], "PYSEC-2026-176": ["2.2.0"],
    })  # fmt: skip
    problems.urllib3_affected(w, day)
    w.go("2026-06-12")
    problems.urllib3_analysed(w)
    risk.bad_software_again(w)
    risk.handed_to_safety(w, "urllib3", w.all(["risk/bad-software"]), "A package of the updater can be made to use all memory.",
                          "Results take another way; no change of the safety file.")  # fmt: skip


def _answered(w: Writer) -> None:
    """2.4.0 is to bring the repaired package."""
    w.go("2026-06-15")
    problems.urllib3_decided(w)
    configuration.shared(w, "2.2.0", "2.3.0")
    configuration.change(w, "change/pins-2.4.0", "Raise urllib3, PyJWT and idna", "Repaired versions are out.",
                         ["design/updater"], because=[w("decision/urllib3")])  # fmt: skip
    w.sign()


def _at_the_gate(w: Writer) -> None:
    """2.4.0 is built; four things keep it back."""
    w.go("2026-06-19", "16:30")
    configuration.built(w, "2.4.0")
    commit = delivery.build_facts(w, "2.4.0", "2.3.0", scanned=False)
    w.go("2026-06-22")
    development.code_review(w, "2.4.0", {"repository": "ward-gateway", "to_commit": commit})
    w.revise("model", reflects="2.4.0", last_relevant_change=w.today)
    w.sign()
    testing.automated(w, "2.4.0")
    risk.judged(w, "2.4.0", "As in 2.3.0: no way in was added, and the updater's package is repaired.")
    w.go("2026-06-23")
    testing.flooded(w)
    delivery.carried(w, "2.4.0", "2.3.0", ["run/2.3.0/penetration", "attest/5.3.1-1/2.3.0", "attest/5.4.2-1/2.3.0"],
                     "No way in was added and no rule of routing changed.")  # fmt: skip
    w.go("2026-06-24", "11:20")
    problems.half_open_reported(w)
    w.go("2026-06-24", "18:00")
    problems.half_open_contained(w)
    w.go("2026-06-26")
    problems.half_open_investigated(w)
    guide = delivery.guide(w, "2.4.0")
    delivery.packed(w, "2.4.0", guide, without=("app/ward_gateway/tls.py",))
    delivery.guide_tells_of_manifest(w, "2.4.0")
    delivery.guide_reviewed(w, "2.4.0")
    development.verified(w)
    delivery.attested(w, "2.4.0", ("5.1.2-1", "5.7.2-1"))
    w.go("2026-06-29")
    problems.session_reported(w)
    problems.half_open_told(w)
    problems.half_open_drafted(w)
    for name in ("add-segments", "pins-2.4.0"):
        w.happened(f"change/{name}", "daan", done_in=w("release/2.4.0"), proved_by=[w("run/2.4.0/requirements")])
    acts.comment(
        w.hand("jonas"), w("finding/add-flood"), "Bounding the joined segments takes a day; it needs a new build."
    )
    acts.comment(w.hand("daan"), w("finding/add-flood"), "Then 2.4.0 moves to the 17th. Tomasz, please decide.")
    w.go("2026-06-30")
    problems.session_investigated(w)
    problems.under_investigation(w, "2026-07-01", {
        "PYSEC-2026-248": ["2.2.0", "2.3.0", "2.4.0"], "PYSEC-2026-249": ["2.2.0", "2.3.0", "2.4.0"],
    }, "2026-07-21")  # fmt: skip
    maintenance.looked_through(w, "2026-04-01", "2026-06-30", taken=w.all(["vex/PYSEC-2026-142/2.3.0"]))
    w.revise("req/bounded", by="jonas", criterion="The first byte over the bound ends the transfer, whether it comes in one "
             "message or joined from ADD segments; memory stays under 600 MB.")  # fmt: skip
    w.sign()


def _other_product(w: Writer) -> None:
    """A product from before the standard, on its way."""
    w.products["OLD"] = acts.found_product(w.hand("helene"), "OLD", "Result Printer")
    with w.on_product("OLD"):
        transition.scope(w)
        transition.threats(w)
        transition.built(w)
        risk.handed_to_safety(w, "old", w.all(["old/risk"]), "Who prints results, and from where.", "Nobody is treated on paper "
                              "alone; no change of the safety file.")  # fmt: skip
        transition.assessed(w)
        transition.continued(w)
        quality.reviewed(w, "old/review", "problem-resolution", "2025-07-01", "2026-06-29",
                         concluded="Nothing was reported about Result Printer.")  # fmt: skip
        quality.reviewed(w, "old/open", "open-issues", "2025-07-01", "2026-06-30",
                         concluded="No report, no finding and no vulnerability is open.")  # fmt: skip
        quality.management_review(
            w, "/old", [w("old/review"), w("old/plan")], "The way to the gateway is planned and paid."
        )
        quality.attested(w, "/old")
    w.go("2026-07-01", "07:30")
    configuration.looked_up(w, "2026-07-01", "2.2.0", "2.3.0", "2.4.0")
    testing.scanned(w, "2.4.0", "2026-07-01")
    with w.on_product("OLD"):
        configuration.looked_up(w, "2026-07-01", transition.FILE)
    delivery.ledger_verified(w)


BEFORE_THE_PATCH: tuple[Chapter, ...] = (
    _founded, _begun, _first_release, _a_year, _second_prepared, _second_release, _watched,
)  # fmt: skip
CHAPTERS: tuple[Chapter, ...] = (*BEFORE_THE_PATCH, _answered, _at_the_gate, _other_product)
