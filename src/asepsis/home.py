"""The folder in which all state lives, as the environment names it: what needs no store asks here, and not the settings."""

from __future__ import annotations

import os
from pathlib import Path


def place() -> Path:
    """Return the folder that ASEPSIS_HOME names, else the one by default."""
    named = os.environ.get("ASEPSIS_HOME")
    return by_default() if named is None else Path(named)


def by_default() -> Path:
    """Return `var/` in a checkout, the platform's data folder where the program was installed."""
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file():
        return checkout / "var"
    import platformdirs

    return Path(platformdirs.user_data_dir("asepsis", appauthor=False))
