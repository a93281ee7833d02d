"""The one list of the modules that hold checks."""

from __future__ import annotations

import importlib

MODULES: tuple[str, ...] = ()


def load() -> None:
    """Register every check: import each module of the list."""
    for module in MODULES:
        importlib.import_module(f"asepsis.checks.{module}")
