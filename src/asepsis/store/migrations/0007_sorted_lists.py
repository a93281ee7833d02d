from django.db import migrations, models

GONE = ("record_state", "record_who", "record_due", "record_rank", "record_group", "record_changed")
SORTED = {
    "record_state_number": ["product", "kind", "head_state", "number"],
    "record_who_number": ["product", "kind", "who", "number"],
    "record_group_number": ["product", "kind", "group", "number"],
    "record_due_id": ["product", "kind", "due", "id"],
    "record_rank_id": ["product", "kind", "-rank", "id"],
    "record_kind_changed": ["product", "kind", "changed_position"],
    "record_changed_id": ["product", "changed_position", "id"],
    "record_standing": ["product", "standing", "changed_position"],
}


class Migration(migrations.Migration):
    """Each index of the records gives its rows in the order in which a list shows them, so that none is sorted."""

    dependencies = [("store", "0006_assessed_data")]
    operations = [
        *(migrations.RemoveIndex("record", name) for name in GONE),
        *(migrations.AddIndex("record", models.Index(fields=of, name=name)) for name, of in SORTED.items()),
    ]
