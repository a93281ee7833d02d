"""The Django application of the accounts."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """Keeps Django's own permissions away: what a person may do follows from their appointments and from nothing else."""

    name = "asepsis.accounts"
    label = "accounts"

    def ready(self) -> None:
        post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
