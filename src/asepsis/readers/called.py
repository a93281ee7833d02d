"""How people, products and records are called to who reads: by name where that may be told, else as it stands."""

from __future__ import annotations

import re

from asepsis.readers import visible
from asepsis.record.kind import ID
from asepsis.store.models import Person, Product, Record

WITHHELD = "a withheld record"


def called(text: str) -> str:
    """Return an id as its reader knows it: a label with the title, a name, a code; any other text as it is."""
    if not re.fullmatch(ID, text):
        return text
    if row := visible.by_id([text]).get(text):
        return f"{row.label} ({row.title})"
    if Record.objects.filter(pk=text).exists():
        return WITHHELD
    if name := Person.objects.filter(pk=text).values_list("name", flat=True).first():
        return str(name)
    return Product.objects.filter(pk=text).values_list("code", flat=True).first() or text
