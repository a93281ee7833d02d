from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0002_reminders_and_checkpoints"),
    ]

    operations = [
        migrations.AddField(model_name="job", name="stop", field=models.BooleanField(default=False)),
        migrations.AddField(model_name="job", name="result", field=models.JSONField(null=True)),
        migrations.AddField(model_name="job", name="refused", field=models.JSONField(null=True)),
    ]
