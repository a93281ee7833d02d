"""Hex: SemVer 2.0.0, as Elixir's Version compares it.

Source: hexdocs.pm/elixir/Version.html.
"""

from __future__ import annotations

from asepsis.advisories.versions.scheme import Scheme
from asepsis.advisories.versions.semver import key

HEX = Scheme("hex", "Hex", key)
