"""How a publisher tells the versions of a document apart, kept so that only another one is fetched."""

from __future__ import annotations

import msgspec


class Validators(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a publisher tells one version of a document from another by."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        """Return the headers that ask for a document only where it is another."""
        told = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in told.items() if value}

    @property
    def same_bytes(self) -> str | None:
        """Return what only the very same bytes have, so that the rest of a document may be put behind its beginning."""
        return self.last_modified if self.etag is None or self.etag.startswith("W/") else self.etag
