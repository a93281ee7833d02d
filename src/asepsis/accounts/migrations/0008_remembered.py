"""What all processes of a server remember together: codes of an app that were used, and how often somebody tried."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.db import migrations

TABLE = "accounts_remembered"


def make(apps: Any, schema_editor: Any) -> None:
    call_command("createcachetable", TABLE, database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_directory")]

    operations = [migrations.RunPython(make, lambda apps, editor: editor.execute(f"DROP TABLE {TABLE}"))]
