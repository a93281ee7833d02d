"""A folder that keeps the columns of bills by the digests of these, so that no bill is parsed twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from asepsis.exchange.bill import Bill
from asepsis.exchange.columns import FORM, Columns, ColumnsError
from asepsis.exchange.source import Source

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class ColumnsFolder:
    """Columns by the SHA-256 of their bill. All of it can be deleted at any time: it is made again from the bills."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, digest: str) -> Columns | None:
        """Return the columns of a bill; `None` where they are not there, damaged, or of a form of old."""
        try:
            return Columns.from_bytes(self._file(digest).read_bytes())
        except (FileNotFoundError, ColumnsError):
            return None

    def keep(self, digest: str, columns: Columns) -> None:
        """Keep the columns of a bill; whoever reads sees all of them or none."""
        file = self._file(digest)
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".new")
        unfinished.write_bytes(columns.to_bytes())
        unfinished.replace(file)

    def of(self, source: Source, read: Callable[[Source], Bill]) -> Columns:
        """Return the columns of a bill, which is read only where they are not kept yet; then they are."""
        columns = self.get(source.digest)
        if columns is None:
            columns = Columns.of(read(source))
            self.keep(source.digest, columns)
        return columns

    def _file(self, digest: str) -> Path:
        if not _DIGEST.match(digest):
            raise ValueError(f"{digest!r} is no SHA-256 in hex")
        return self._folder / digest[:2] / f"{digest}.columns{FORM}"
