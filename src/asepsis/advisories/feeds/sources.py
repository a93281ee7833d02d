"""The table of the sources of advisories."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from asepsis.advisories.feeds.capec import CAPEC
from asepsis.advisories.feeds.csaf import CSAF
from asepsis.advisories.feeds.cwe import CWE
from asepsis.advisories.feeds.epss import EPSS
from asepsis.advisories.feeds.feed import Source
from asepsis.advisories.feeds.folder import FOLDER
from asepsis.advisories.feeds.kev import KEV
from asepsis.advisories.feeds.nvd import NVD
from asepsis.advisories.feeds.osv import OSV
from asepsis.advisories.feeds.vulnrichment import VULNRICHMENT

SOURCES: Mapping[str, Source] = MappingProxyType(
    {source.name: source for source in (OSV, NVD, KEV, VULNRICHMENT, EPSS, CSAF, CWE, CAPEC, FOLDER)}
)
"""Each source by its name. Another one is a file beside these, and its line here."""
