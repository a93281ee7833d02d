"""A list as a table to take away, CSV or Excel: what it shows to this reader, with every field, and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping

from django.http import FileResponse

from asepsis.exchange.tables import delimited, workbook
from asepsis.readers import visible
from asepsis.record.kind import Kind
from asepsis.store import listing
from asepsis.store.listing import Shown
from asepsis.store.models import Record
from asepsis.web.moment import Moment

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
IN_MEMORY = 4 * 1024 * 1024  # bytes; past them it is written to a file that nobody else sees


def download(
    moment: Moment,
    kind: type[Kind],
    form: str,
    records: Iterable[Record],
    shown: Callable[[list[Record]], Mapping[str, Shown]],
) -> FileResponse:
    """Return records of a kind as a file of one of the forms in `MEDIA`. Raises `TooLongCellError`."""
    rows = listing.rows(kind, records, names, shown)
    stream = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
    if form == "csv":
        delimited.write(stream, rows)
    else:
        workbook.write(stream, [(kind.__name__, rows)])
    stream.seek(0)
    scope = moment.product.code if moment.product else "ORG"
    at = f"-at-{moment.position}" if moment.past else ""
    name = f"{scope}-{kind.__name__}{at}.{form}"
    return FileResponse(stream, as_attachment=True, filename=name, content_type=MEDIA[form])


def names(ids: set[str]) -> dict[str, str]:
    """Return how those of some ids are called that the reader may see: records by label, people, products."""
    products = dict(visible.products().values_list("id", "code"))
    return listing.people() | products | {one.id: one.label for one in visible.by_id(ids).values()}
