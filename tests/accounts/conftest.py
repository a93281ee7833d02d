"""The small ledger of the store's tests, with its cast."""

from __future__ import annotations

from tests.store.conftest import migrated, prepared, store

__all__ = ["migrated", "prepared", "store"]
