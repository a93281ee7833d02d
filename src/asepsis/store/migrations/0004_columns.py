from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0003_accounts")]

    operations = [
        migrations.CreateModel(
            name="ColumnsKept",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("product", models.CharField(default="", max_length=32)),
                ("kind", models.CharField(max_length=64)),
                ("headings", models.CharField(max_length=64)),
                ("sheet", models.TextField()),
                ("columns", models.TextField()),
                ("by", models.CharField(max_length=32)),
                ("at", models.CharField(max_length=27)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("product", "headings", "kind"), name="columns_kept"),
                ],
            },
        ),
    ]
