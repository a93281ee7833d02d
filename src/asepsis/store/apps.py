"""The Django application of the store."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class StoreConfig(AppConfig):
    """Installs the triggers after each migration: Django rebuilds a table without them."""

    name = "asepsis.store"
    label = "store"

    def ready(self) -> None:
        from asepsis.store.triggers import install

        post_migrate.connect(install, sender=self, dispatch_uid="asepsis.store.triggers")
