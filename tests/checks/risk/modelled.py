"""Stories about risk: a product with a plan, a context, a model, and a threat that a control lowers to an accepted risk."""

from __future__ import annotations

from typing import Any

from asepsis.quality.records import ProductProfile
from asepsis.risk.records import Control, Element, Risk, RiskPlan, SecurityContext, SystemModel, Threat, Vulnerability
from tests.dossiers import Cast, Story, run_check

VECTORS = {
    "3.7": "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N",
    "5.3": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L",
    "7.5": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
    "9.8": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
}
BANDS = (("0.0", "3.9"), ("4.0", "6.9"), ("7.0", "10.0"))
GRID = {
    "none": ("acceptable", "acceptable", "needs-approval"),
    "minor": ("acceptable", "needs-approval", "unacceptable"),
    "serious": ("needs-approval", "unacceptable", "unacceptable"),
}
METHOD = {"method": "cvss3.1", "version": "3.1", "lowest": "0.0", "highest": "10.0", "step": "0.1"}
HARMLESS = {"safety": "none", "effectiveness": "none", "data": "minor", "availability": "minor"}
HARMFUL = HARMLESS | {"safety": "serious"}
NO_SIDE_EFFECTS = {name: {"presence": "none"} for name in ("security", "safety", "usability")}


def score(number: str) -> dict[str, str]:
    """Return a CVSS 3.1 score whose vector gives its number."""
    return {"method": "cvss3.1", "vector": VECTORS[number], "number": number}


def grid(*levels: str, method: str = "cvss3.1") -> list[dict[str, Any]]:
    """Return the cells of a plan with these levels of harm."""
    return [
        {"method": method, "score_from": low, "score_to": high, "harm": level, "verdict": verdict}
        for level in levels
        for (low, high), verdict in zip(BANDS, GRID[level], strict=True)
    ]


class Modelled(Story):
    """A product whose one process has one threat, which one control lowers to a risk that is accepted."""

    def __init__(self, *, plan: bool = True) -> None:
        super().__init__()
        self.the_release = self.release()
        if plan:
            self.the_plan = self.plan()
        self.the_profile = self.add(ProductProfile, users=[{"who": "nurse"}], reachable="none")
        self.the_context = self.a(SecurityContext, profile=self.the_profile, exposure="internet", users=["nurse"])
        self.the_model = self.a(SystemModel, context=self.the_context, reflects="1.0.0")
        self.the_element = self.an_element()
        self.the_threat = self.a_threat()
        self.the_control = self.a_control()
        self.the_risk = self.a_risk()

    def a(self, kind: type[Any], **fields: Any) -> str:
        """Write a record of a kind, signed."""
        return self.add(kind, **fields)

    def plan(self, *levels: str, **fields: Any) -> str:
        scale = levels or tuple(GRID)
        given: dict[str, Any] = {
            "methods": [METHOD],
            "harm_scale": [{"level": level, "meaning": f"Harm: {level}."} for level in scale],
            "cells": grid(*scale),
        }
        return self.add(RiskPlan, **(given | fields))

    def an_element(self, kind: str = "process", **fields: Any) -> str:
        given: dict[str, Any] = {
            "model": self.the_model,
            "kind": kind,
            "reachable": "both",
            "zone": "device",
            "debug": False,
        }
        return self.add(Element, **(given | fields))

    def a_threat(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "element": self.the_element,
            "technique": "stride",
            "category": "tampering",
            "impact": HARMLESS,
            "severity": score("7.5"),
            "disposition": "mitigate",
        }
        return self.add(Threat, **(given | fields))

    def a_control(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "kind": "protective",
            "mitigates": [self.the_threat],
            "acts_on": "score",
            "side_effects": NO_SIDE_EFFECTS,
            "compensating": False,
        }
        return self.add(Control, **(given | fields))

    def a_vulnerability(self, **fields: Any) -> str:
        given: dict[str, Any] = {"severity": score("7.5"), "threats": [self.the_threat], "left_in": False}
        return self.add(Vulnerability, **(given | fields))

    def a_risk(self, **fields: Any) -> str:
        given: dict[str, Any] = {
            "threats": [self.the_threat],
            "initial": score("7.5"),
            "harm_before": "none",
            "controls": [self.the_control],
            "residual": score("3.7"),
            "harm_after": "none",
            "evaluation": "acceptable",
            "owner": Cast.SECURITY,
        }
        return self.add(Risk, **(given | fields))

    def said(self, check: str, **arguments: Any) -> Any:
        """Return what a check says of this story, looking at its release."""
        return run_check(check, self, release=self.the_release, **arguments)
