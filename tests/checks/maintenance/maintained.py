"""Stories about updates: a supported release with a vulnerability, its analysis, and an update that repairs it."""

from __future__ import annotations

from typing import Any

from asepsis.development.records import IntegrityManifest, ReleaseDocument
from asepsis.exchange import subjects
from asepsis.exchange.facts import Component, Feeds, Match, Matches
from asepsis.maintenance.domain import STEPS
from asepsis.maintenance.records import Update, UpdatePolicy, UpdateVerification
from asepsis.problems.records import Decision, ImpactAnalysis
from asepsis.risk.records import Vulnerability
from tests.checks.risk.modelled import score
from tests.dossiers import DayLike, Story, digest, evidence, run_check

ALL = {name: [one.value for one in steps] for name, steps in STEPS.items()}
SLOW: dict[str, Any] = ALL | {"exploited": ["no", "poc"], "qualify_days": 30, "deliver_days": 60}
FAST: dict[str, Any] = ALL | {"exploited": ["yes"], "qualify_days": 5, "deliver_days": 10}
KNOWN_SINCE = "2026-01-05"
QUALIFY, DELIVER = "2026-02-04", "2026-03-06"  # 30 and 60 days later
FAST_QUALIFY, FAST_DELIVER = "2026-01-10", "2026-01-15"
NONE = {"size": "none"}
LIMITS = {"operational": "none", "safety": "none", "legal": "none"}
ZLIB = Component("zlib", purl="pkg:generic/zlib@1.3", version="1.3")
OLD_SCAN, NEW_SCAN = "2026-11-17T08:00:00.000000Z", "2026-11-18T08:00:00.000000Z"  # eight and seven days before TODAY


class Maintained(Story):
    """A supported release that has a vulnerability of the maker's own code, analysed on the day it became known."""

    def __init__(self) -> None:
        super().__init__()
        self.the_release = self.release()
        self.send_out(self.the_release)
        self.the_policy = self.add(UpdatePolicy, bands=[SLOW, FAST], many_from=10)
        self.the_vulnerability = self.a_vulnerability()
        self.the_analysis = self.an_analysis()

    def a_vulnerability(self, **fields: Any) -> str:
        given: dict[str, Any] = {"severity": score("7.5"), "left_in": False, "affected": [self.the_release]}
        return self.add(Vulnerability, **(given | fields))

    def an_analysis(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "vulnerability": self.the_vulnerability,
            "severity": score("7.5"),
            "affected": [self.the_release],
            "safety": NONE,
            "effectiveness": NONE,
            "external_controls": "none",
        }
        return self.add(ImpactAnalysis, **(given | fields))

    def a_decision(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "about": [self.the_vulnerability],
            "option": "fix",
            "risk": None,
            "residual": score("3.7"),
            "harm": "none",
        }
        return self.add(Decision, **(given | fields))

    def fixing(self, available_on: DayLike | None = None, **fields: Any) -> str:
        """Bring out release 1.0.1 as the update of the first release; return the update."""
        self.the_fix = self.release("1.0.1", kind="update", predecessor=self.the_release)
        self.the_manifest = self.add(IntegrityManifest, release=self.the_fix, files=evidence("manifest"))
        self.the_guide = self.add(ReleaseDocument, release=self.the_fix)
        given: dict[str, Any] = {
            "release": self.the_fix,
            "for_releases": [self.the_release],
            "fixes": [self.the_vulnerability],
            "integrity": self.the_manifest,
            "instructions": self.the_guide,
        }
        if available_on is not None:
            given["available_on"] = str(available_on)
        return self.add(Update, **(given | fields))

    def verified(self, update: str, **fields: Any) -> str:
        return self.add(UpdateVerification, update=update, **({"outcome": "pass", "constraints": LIMITS} | fields))

    def scan(self, release: str, *found: Match, as_of: str = NEW_SCAN) -> None:
        """Lay the bill of a release against feeds."""
        name, feeds = evidence(f"bill of {release} ")["digest"], digest("feeds")
        self.take_in(Matches(name, feeds, found), subjects.bill_and_feeds(name, feeds), as_of=as_of)

    def feeds(self, as_of: str = "2026-11-18T12:00:00Z") -> None:
        """Say that the feeds in force are as of a moment, by itself seven days before the day of the tests."""
        self.take_in(Feeds(as_of, ()), subjects.ORGANISATION, as_of=as_of)

    def said(self, check: str, **arguments: Any) -> Any:
        """Return what a check says of this story, looking at its first release."""
        return run_check(check, self, **({"release": self.the_release} | arguments))
