"""How records, people and products are called, read from the store and both ways."""

from __future__ import annotations

import re
from functools import cached_property

from asepsis.record.kind import ID
from asepsis.store import queries, refusals


class StoreNames:
    """The names that the store knows (`asepsis.cli.forms.Names`)."""

    def id_of_record(self, text: str) -> str:
        """Return the id of a record by its label. Raises `UnknownRecordError`."""
        return queries.row(text).id

    def id_of_person(self, text: str) -> str:
        """Return the id of a person by name, or of a product by its code. Raises `UnknownPersonError`."""
        try:
            return queries.person(text).id
        except refusals.UnknownPersonError:
            found = next((one for one, code in self._products.items() if code == text.upper()), None)
            if found is None:
                raise
            return found

    def told(self, identity: str) -> tuple[str, str | None] | None:
        """Return how the record, person or product of an id is called, and its title; `None` where there is none."""
        if identity in self._people:
            name = self._people[identity]
            alone = list(self._people.values()).count(name) == 1
            return (name, None) if alone else (identity, name)
        if identity in self._products:
            return self._products[identity], None
        try:
            row = queries.row(identity)
        except refusals.UnknownRecordError:
            return None
        return row.label, row.title

    def shown(self, text: str) -> str:
        """Return an id with its name: a record's label and title, a person's name; any other text as it is."""
        told = self.told(text) if re.fullmatch(ID, text) else None
        if told is None:
            return text
        called, title = told
        return f"{called} ({title})" if title else called

    @cached_property
    def _people(self) -> dict[str, str]:
        return queries.names()

    @cached_property
    def _products(self) -> dict[str, str]:
        from asepsis.store.models import Product

        return dict(Product.objects.values_list("id", "code"))
