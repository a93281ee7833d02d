from typing import Any

from django.db import migrations, models

SQLITE = """
CREATE VIRTUAL TABLE store_words_index USING fts5(
    title, words, content='store_words', content_rowid='position', tokenize='unicode61', prefix='2 3'
)
"""
POSTGRESQL = (
    "ALTER TABLE store_words ADD COLUMN {0}_found tsvector GENERATED ALWAYS AS "
    "(array_to_tsvector(array_remove(string_to_array({0}, ' '), ''))) STORED",
    "CREATE INDEX words_{0} ON store_words USING gin ({0}_found)",
)


def index(apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "sqlite":
        editor.execute(SQLITE)
    else:
        for column in ("title", "words"):
            for statement in POSTGRESQL:
                editor.execute(statement.format(column))


def no_index(apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "sqlite":
        editor.execute("DROP TABLE store_words_index")


class Migration(migrations.Migration):
    """The words by which records are found, and the index of them that each database has."""

    dependencies = [("store", "0004_columns")]
    operations = [
        migrations.CreateModel(
            name="Words",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("record", models.CharField(max_length=32, unique=True)),
                ("title", models.TextField()),
                ("words", models.TextField()),
            ],
        ),
        migrations.RunPython(index, no_index),
    ]
