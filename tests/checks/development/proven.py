"""Stories about tests: plans by type, cases and runs on the build of one release."""

from __future__ import annotations

from typing import Any

from asepsis.development.records import Finding, TestCase, TestPlan, TestRun
from asepsis.exchange import subjects
from asepsis.exchange.facts import Case, Change, Source, TestResults
from asepsis.problems.records import Decision, Investigation
from tests.dossiers import PRODUCT, Cast, Said, Story, digest, evidence, run_check

BUILD = "build-of-1.0.0"
EFFECT = {"size": "none", "why": "None is to be expected."}
EFFECTS = {"safety": EFFECT, "security": EFFECT, "effectiveness": EFFECT}


class Proven(Story):
    """A release with tests of its build."""

    def __init__(self) -> None:
        super().__init__()
        self.the_release = self.release()

    def plan(self, type_: str = "requirements", **fields: Any) -> str:
        return self.add(TestPlan, type=type_, **({"independence": 0} | fields))

    def case(self, plan: str, **fields: Any) -> str:
        return self.add(TestCase, plan=plan, **fields)

    def run(self, plan: str, *cases: str, make: Any = None, on: str = "2026-02-01", **fields: Any) -> str:
        given: dict[str, Any] = {
            "release": self.the_release,
            "build_id": BUILD,
            "plan": plan,
            "cases": cases,
            "outcome": "pass",
            "tester": Cast.TESTER,
            "tools": ["pytest 9.0"],
            "report": evidence("report"),
        }
        return (make or self.add)(TestRun, on=on, **(given | fields))

    def results(self, *cases: Case, subject: str = "report", **arguments: Any) -> None:
        self.take_in(TestResults(cases), digest(subject), **arguments)

    def source(self, *changes: Change, build: str = BUILD, **told: Any) -> None:
        given: dict[str, Any] = {"to_commit": changes[-1].id if changes else "c0", "from_commit": "c0"}
        document = Source(("gateway",), changes=changes, **(given | told))
        self.take_in(document, subjects.build(PRODUCT.id, build))

    def decide(self, *about: str, option: str = "no-fix", **fields: Any) -> str:
        effects = EFFECTS if option in ("environment", "defer", "no-fix") else None
        return self.add(Decision, about=about, option=option, effects=effects, **fields)

    def dismiss(self, finding: str, **fields: Any) -> str:
        given: dict[str, Any] = {"applicable": False, "started_on": "2026-01-05", "concluded_on": "2026-01-05"}
        return self.add(Investigation, reports=[finding], **(given | fields))

    def finding(self, *runs: str, make: Any = None, **fields: Any) -> str:
        given: dict[str, Any] = {"found_by": runs} if runs else {}
        return (make or self.add)(Finding, **({"results": None} if runs else {}) | given | fields)

    def said(self, check: str, **arguments: Any) -> Said:
        return run_check(check, self, release=self.the_release, **arguments)


def change(identity: str, *paths: str, author: str = Cast.DEVELOPER, on: str = "2026-01-10") -> Change:
    """Return a change of the source."""
    return Change(identity, (author,), f"{on}T12:00:00Z", paths=paths)
