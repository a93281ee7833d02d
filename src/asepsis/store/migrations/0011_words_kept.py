from django.db import migrations, models


class Migration(migrations.Migration):
    """What the words in a column stand for is kept with what the column is taken for."""

    dependencies = [("store", "0010_verdict_counts")]
    operations = [
        migrations.AddField(model_name="columnskept", name="words", field=models.TextField(default="{}")),
    ]
