"""What a workbook that is made to hurt costs to read, each in a process of its own: `python -m benchmarks.hostile`."""

from __future__ import annotations

import io
import os
import resource
import time
import zipfile

from asepsis.errors import AsepsisError
from asepsis.exchange.source import Source
from asepsis.exchange.tables import workbook

SHAPES = (  # rows, columns, and what it tries
    (4_990, 100, "as many cells as are read"),
    (19_990, 25, "as many rows as are read"),
    (10_000, 60, "more cells than are read"),
    (15_000, 100, "60 MB unpacked"),
)
CELL = '<c t="inlineStr"><is><t>xxx</t></is></c>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.'
    'openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.'
    'openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="Requirements" sheetId="1" '
    'r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def crafted(rows: int, columns: int) -> bytes:
    """Return a well-formed workbook of so many cells, each as small as a cell can be."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in PARTS.items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            for number in range(1, rows + 1):
                sheet.write(f'<row r="{number}">{CELL * columns}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")
    return stream.getvalue()


def main() -> None:
    """Print a table."""
    print("    rows  columns  sent MB  seconds  peak MB  what became of it")
    for rows, columns, what in SHAPES:
        data = crafted(rows, columns)
        if os.fork() == 0:
            begun = time.process_time()
            try:
                book = workbook.read(Source("hostile.xlsx", data))
                told = f"{len(book.sheets[0].rows):,} rows"
            except AsepsisError as error:
                told = error.said.text()
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{rows:8,} {columns:8} {len(data) / 2**20:8.2f} {time.process_time() - begun:8.1f} {peak:8.0f}  {what}: {told}",
                flush=True,
            )
            os._exit(0)
        os.wait()


if __name__ == "__main__":
    main()
