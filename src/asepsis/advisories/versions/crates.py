"""Cargo: SemVer 2.0.0; what follows a "+" does not count.

Source: doc.rust-lang.org/cargo/reference/resolver.html; RustSec advisories are compared by precedence.
"""

from __future__ import annotations

from asepsis.advisories.versions.scheme import Scheme
from asepsis.advisories.versions.semver import key

CARGO = Scheme("cargo", "crates.io", key)
