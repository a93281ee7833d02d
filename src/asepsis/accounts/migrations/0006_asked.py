from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_watch")]
    operations = [
        migrations.CreateModel(
            name="Asked",
            fields=[
                ("key", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("minute", models.BigIntegerField()),
                ("count", models.IntegerField()),
            ],
            options={"indexes": [models.Index(fields=["minute"], name="asked_minute")]},
        ),
    ]
