from django.db import migrations, models


class Migration(migrations.Migration):
    """Which token a program acted by is kept beside the entries that it made."""

    dependencies = [("store", "0008_watched")]
    operations = [
        migrations.CreateModel(
            name="ByToken",
            fields=[
                ("first", models.BigIntegerField(primary_key=True, serialize=False)),
                ("until", models.BigIntegerField()),
                ("token", models.CharField(max_length=16)),
                ("name", models.CharField(max_length=100)),
            ],
        ),
    ]
