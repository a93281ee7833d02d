from typing import Any

from django.db import migrations, models

import asepsis.accounts.models
from asepsis.accounts.hashing import kept
from asepsis.accounts.user_ids import user_id


def take_over(apps: Any, schema_editor: Any) -> None:
    """Give everybody who signed at the command line an account, with the passphrase that they have."""
    account, person = apps.get_model("accounts", "Account"), apps.get_model("store", "Person")
    names = dict(person.objects.values_list("id", "name"))
    taken: set[str] = set()
    for one in apps.get_model("store", "Passphrase").objects.order_by("person"):
        own = user_id(names.get(one.person, ""), taken)
        taken.add(own)
        account.objects.create(
            person=one.person, user_id=own, password=kept(bytes(one.salt), bytes(one.hash)), failures=one.failures
        )


class Migration(migrations.Migration):
    initial = True
    dependencies = [("store", "0002_redacted")]
    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("person", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("user_id", models.CharField(max_length=64, unique=True)),
                ("email", models.EmailField(blank=True, default="", max_length=254)),
                ("failures", models.IntegerField(default=0)),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={"abstract": False},
            managers=[("objects", asepsis.accounts.models.Accounts())],
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
