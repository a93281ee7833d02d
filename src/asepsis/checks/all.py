"""The one list of the modules that hold checks."""

from __future__ import annotations

import importlib

MODULES: tuple[str, ...] = (
    "configuration.bills",
    "configuration.changes",
    "configuration.history",
    "configuration.items",
    "configuration.suppliers",
    "development.decommissioning",
    "development.documents",
    "development.environment",
    "development.findings",
    "development.gate",
    "development.keys",
    "development.manifest",
    "development.plan",
    "development.residual_risks",
    "development.rigour",
    "development.runs",
    "development.secrets_in_source",
    "quality.improvement",
    "quality.management_reviews",
    "quality.nonconformities",
    "quality.procedures",
    "quality.qualifications",
    "quality.quality_system",
    "quality.resolution_reviews",
    "quality.roles",
    "quality.scope",
    "quality.signatories",
    "maintenance.compatibility",
    "maintenance.notices",
    "maintenance.policies",
    "maintenance.readiness",
    "maintenance.sources",
    "maintenance.updates",
    "maintenance.vulnerabilities",
    "problems.analyses",
    "problems.channels",
    "problems.disclosure",
    "problems.investigations",
    "problems.reports",
    "risk.assumptions",
    "risk.context",
    "risk.controls",
    "risk.evaluations",
    "risk.model",
    "risk.plans",
    "risk.safety",
    "risk.scores",
    "risk.steps",
    "risk.threats",
    "risk.watch",
    "statements.attestations",
)


def load() -> None:
    """Register every check: import each module of the list."""
    for module in MODULES:
        importlib.import_module(f"asepsis.checks.{module}")
