from django.db import migrations, models


class Migration(migrations.Migration):
    """The records of a kind that stand in one way are found without going through all of the product's."""

    dependencies = [("store", "0013_watch_indexes")]
    operations = [
        migrations.AddIndex(
            "record", models.Index(fields=["product", "kind", "standing", "number"], name="record_kind_standing")
        ),
    ]
