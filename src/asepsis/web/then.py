"""Records as they stand at a moment: their chains, and a small dossier of some of them, now or at a baseline."""

from __future__ import annotations

from collections.abc import Iterable

from asepsis.readers import chains
from asepsis.record.dossier import Dossier
from asepsis.record.history import History
from asepsis.store import queries
from asepsis.web.moment import Moment


def histories(moment: Moment, records: Iterable[str]) -> dict[str, History]:
    """Return the chains of these records, those left out that are withheld or did not exist yet."""
    return chains.of(records, moment.position)


def dossier(moment: Moment, chains: dict[str, History]) -> Dossier:
    """Return a dossier of these records alone: their states, links and contents as at the moment."""
    product = moment.product.id if moment.product else None
    return queries.of_histories(chains, product=product, position=moment.entry)
