"""What the records of each source are: told apart from the sources, since whoever only looks up needs no more of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

KIND_OF: Mapping[str, str | None] = MappingProxyType(
    {
        **{name: name for name in ("osv", "nvd", "kev", "epss", "csaf", "cwe", "capec")},
        "vulnrichment": "cve",
        "folder": None,
    }
)
"""The kind of the records of a source, by its name; `None` where whoever adds the feed says it."""
