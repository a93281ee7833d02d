from django.db import migrations, models


class Migration(migrations.Migration):
    """What was done with cells that did not fit is kept with what the columns are taken for."""

    dependencies = [("store", "0011_words_kept")]
    operations = [
        migrations.AddField(model_name="columnskept", name=name, field=models.BooleanField(default=False))
        for name in ("make", "leave")
    ]
