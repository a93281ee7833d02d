from django.db import migrations, models


class Migration(migrations.Migration):
    """What pages show is kept with its row, not for ever beside the entries."""

    dependencies = [("store", "0005_words")]
    operations = [
        migrations.AddField(model_name="assessed", name="data", field=models.BinaryField(null=True)),
    ]
