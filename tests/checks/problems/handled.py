"""Stories about problems: a release in use, and the way from a report over its vulnerability to what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from asepsis.exchange import facts, subjects
from asepsis.problems.records import (
    Advisory,
    CaseNote,
    Decision,
    Exploitability,
    ImpactAnalysis,
    Incident,
    Investigation,
    Report,
    ReportingChannel,
)
from asepsis.quality.records import ProductProfile
from asepsis.record import entry
from asepsis.risk.records import RiskPlan, SecurityContext, Vulnerability
from tests.checks.risk.modelled import METHOD, grid, score
from tests.dossiers import ZONE, Cast, DayLike, Said, Story, as_day, digest, run_check

NO_EFFECT = {"size": "none"}
SERIOUS = {"size": "serious", "why": "Therapy stops."}
EFFECTS = {"safety": NO_EFFECT, "security": NO_EFFECT, "effectiveness": NO_EFFECT}
RESTS_ON = {"reachability": "reachable", "kev": False, "epss": "unknown", "exploited": "no"}
FEEDS = digest("feeds")


def at(day: DayLike, hour: int = 12, minute: int = 0) -> str:
    """Return an instant of a day in the organisation's time zone, as records write it."""
    the_day = as_day(day)
    return written(datetime(the_day.year, the_day.month, the_day.day, hour, minute, tzinfo=ZONE))


def written(instant: datetime) -> str:
    """Return an instant as records write it."""
    return entry.instant(instant)


class Handled(Story):
    """A product with one release that is out and supported until the end of 2030."""

    def __init__(self, *, out: bool = True, **settings: Any) -> None:
        super().__init__(**settings)
        self.the_release = self.release()
        if out:
            self.send_out(self.the_release)
        self.the_profile = self.add(ProductProfile, users=[{"who": "nurse"}], reachable="none")
        self.the_context = self.add(SecurityContext, profile=self.the_profile, exposure="local", users=["nurse"])

    def said(self, check: str, **arguments: Any) -> Said:
        """Return what a check says, by itself looking at no release."""
        return run_check(check, self, **arguments)

    def revise(self, record: str, /, *, day: DayLike | None = None, **fields: Any) -> None:
        """Write a new revision, by itself on the newest day so far."""
        super().revise(record, day=day or max(when for when, _ in self._acts).date(), **fields)

    def called(self, label: str) -> str:
        """Return the id of the record of that label."""
        return next(record for record, found in self.labels.items() if found == label)

    def plan(self) -> str:
        """Have a risk plan signed: of CVSS 3.1, with three bands and three levels of harm."""
        levels = [{"level": level, "meaning": "What it is."} for level in ("none", "minor", "serious")]
        cells = grid("none", "minor", "serious")
        return self.add(RiskPlan, methods=[METHOD], harm_scale=levels, cells=cells)

    def channel(self, *origins: str, **fields: Any) -> str:
        """Set up a channel for these origins that was tried out in January."""
        given: dict[str, Any] = {
            "origins": origins or ["users"],
            "how": [{"way": "address", "where": "security@example.com"}],
            "owner": Cast.INCIDENT,
            "acknowledge_days": 5,
            "try_every_months": 6,
            "tried_on": "2026-01-05",
        }
        return self.add(ReportingChannel, **(given | fields))

    def report(self, received: DayLike = "2026-06-01", make: Any = None, **fields: Any) -> str:
        """Take up a report that nobody says is exploited."""
        given: dict[str, Any] = {"origin": "users", "received_on": at(received), "exploited": "no", "day": received}
        return (make or self.add)(Report, **(given | fields))

    def investigate(self, *reports: str, concluded: DayLike | None = "2026-06-10", **fields: Any) -> str:
        """Look into reports; without `concluded` it goes on."""
        given: dict[str, Any] = {
            "reports": reports,
            "applicable": True,
            "verified": "no",
            "started_on": "2026-06-01",
            "concluded_on": None if concluded is None else as_day(concluded),
            "day": concluded or "2026-06-10",
        }
        return self.add(Investigation, **(given | fields))

    def note(self, *about: str, on: DayLike = "2026-06-10", **fields: Any) -> str:
        """Write down a message to whoever sent a report."""
        given: dict[str, Any] = {"about": about, "at": at(on), "direction": "out", "with_whom": "reporter", "day": on}
        return self.add(CaseNote, **(given | fields))

    def vulnerability(self, make: Any = None, **fields: Any) -> str:
        """Write a vulnerability of CVSS 7.5 that stays in."""
        given: dict[str, Any] = {"severity": score("7.5"), "weakness": ["CWE-79"], "affected": [self.the_release]}
        return (make or self.add)(Vulnerability, **(given | fields))

    def analyse(self, vulnerability: str, **fields: Any) -> str:
        """Analyse a vulnerability: it affects the release, and harms nobody."""
        given: dict[str, Any] = {
            "vulnerability": vulnerability,
            "context": self.the_context,
            "severity": score("7.5"),
            "root_cause": f"The cause of {self.labels[vulnerability]}.",
            "affected": [self.the_release],
            "safety": NO_EFFECT,
            "effectiveness": NO_EFFECT,
        }
        return self.add(ImpactAnalysis, **(given | fields))

    def decide(self, *about: str, option: str = "fix", **fields: Any) -> str:
        """Decide about vulnerabilities: they are fixed, nothing bad is left, and nobody is told, since nobody has to be."""
        given: dict[str, Any] = {
            "about": about,
            "option": option,
            "risk": None,
            "residual": score("3.7"),
            "harm": "none",
            "disclose": "no",
        }
        if option in ("plan", "defer"):
            given["due"] = "2027-01-01"
        if option not in ("fix", "plan"):
            given["effects"] = EFFECTS
        return self.add(Decision, **(given | fields))

    def judge(self, name: str, component: str, status: str = "not-affected", make: Any = None, **fields: Any) -> str:
        """Say whether an advisory about a component matters in the release."""
        given: dict[str, Any] = {
            "advisory_id": name,
            "component": component,
            "releases": [self.the_release],
            "versions": None,
            "status": status,
            "rests_on": RESTS_ON,
        }
        if status == "not-affected":
            given |= {"justification": "vulnerable-code-not-present", "impact": "The module is not built in."}
        return (make or self.add)(Exploitability, **(given | fields))

    def publish(self, *vulnerabilities: str, on: DayLike | None = "2026-07-01", **fields: Any) -> str:
        """Publish an advisory on vulnerabilities of the release."""
        given: dict[str, Any] = {
            "vulnerabilities": vulnerabilities,
            "severity": score("7.5"),
            "affected": [self.the_release],
            "to": ["users"],
            "published_on": None if on is None else as_day(on),
            "day": on or "2026-07-01",
        }
        return self.add(Advisory, **(given | fields))

    def incident(self, aware: DayLike = "2026-09-14", make: Any = None, **fields: Any) -> str:
        """Write down an incident at a site that touched no patient."""
        given: dict[str, Any] = {
            "where": "site",
            "noticed_on": at(aware, 8),
            "aware_on": at(aware, 10, 30),
            "patients": "none",
            "day": aware,
        }
        return (make or self.add)(Incident, **(given | fields))

    def scan(
        self,
        release: str,
        *components: facts.Component,
        matches: tuple[facts.Match, ...] = (),
        day: DayLike = "2026-11-20",
        **fields: Any,
    ) -> str:
        """Give a release a bill, lay it against the feeds of a day, and return the id of the bill."""
        bill = self.bill(release, *components)
        self.lay(release, *matches, day=day, **fields)
        return bill

    def lay(
        self, release: str, *matches: facts.Match, day: DayLike = "2026-11-20", feeds: str = FEEDS, **fields: Any
    ) -> None:
        """Lay the bill of a release against the feeds of a day."""
        bill = digest(f"bill of {release} ")
        as_of = f"{as_day(day).isoformat()}T12:00:00Z"
        found = facts.Matches(bill, feeds, matches, **fields)
        self.take_in(found, subjects.bill_and_feeds(bill, feeds), day=day, as_of=as_of)


def component(name: str = "openssl", version: str = "3.0.1", **fields: Any) -> facts.Component:
    """Return a component of a bill by its package URL."""
    return facts.Component(name, version=version, purl=f"pkg:generic/{name}@{version}", **fields)


def match(name: str = "CVE-2026-1", of: str = "pkg:generic/openssl@3.0.1", **fields: Any) -> facts.Match:
    """Return a match that affects a component, first seen in June."""
    given: dict[str, Any] = {"first_seen": "2026-06-01"}
    return facts.Match(name, of, "affected", **(given | fields))
