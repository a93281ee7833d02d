"""Records found by any of their words: which words stand in each, as a projection, and the asking of both databases.

A word is what letters and figures make up, small and without accents, so that both databases find the same. It is found
by how it begins. What is withheld stands here too: whoever asks says which records may be shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections

from asepsis.record.kind import DIGEST, ID
from asepsis.store.models import Words
from asepsis.store.rows import select, select_in, upsert

INDEX = "store_words_index"  # the FTS5 table beside `store_words`; PostgreSQL keeps its index in the table itself
MOST_WORDS = 4_000  # of one record; a longer one is found by its first
MOST_LETTERS = 40  # of a word
MOST_ASKED = 12
_INTO = f"INSERT INTO {INDEX}"
WORD = re.compile(r"[^\W_]+")
NO_WORDS = re.compile(f"{ID}|{DIGEST}")  # ids and digests are found as what they are


def words_in(text: str) -> list[str]:
    """Return the words of a text as they are kept and asked for."""
    if not text.isascii():
        text = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return [found[:MOST_LETTERS] for found in WORD.findall(text.casefold())]


def words_of(*values: Mapping[str, Any]) -> tuple[str, str]:
    """Return the words of the titles in some values of a record, and those of all that they say, each word once."""
    title: dict[str, None] = {}
    every: dict[str, None] = {}
    for value in values:
        title.update(dict.fromkeys(words_in(str(value.get("title", "")))))
        for text in _texts(value):
            if len(every) < MOST_WORDS:
                every.update(dict.fromkeys(words_in(text)))
    return " ".join(sorted(title)), " ".join(sorted([*every][:MOST_WORDS]))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if not NO_WORDS.fullmatch(value):
            yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def records_with(asked: str, may: tuple[str, Sequence[Any]], most: int, *, in_title: bool = False) -> tuple[str, ...]:
    """Return the ids of records in which every word of `asked` begins a word, the newest first.

    `may` is a condition over `store_record` with its values, which says what may be shown. Without a word in `asked`
    nothing is found.
    """
    words = list(dict.fromkeys(words_in(asked)))[:MOST_ASKED]
    if not words:
        return ()
    condition, values = may
    column = "title" if in_title else "words"
    order = "w.position"
    if connection.vendor == "sqlite":
        order = f"{INDEX}.rowid"  # in which the index gives them by itself
        query = f"{{{column}}} : (" + " AND ".join(f'"{one}"*' for one in words) + ")"
        found, fits = f"JOIN {INDEX} ON {INDEX}.rowid = w.position", f"{INDEX} MATCH %s"
    else:
        found, fits = "", f"w.{column}_found @@ %s::tsquery"
        query = " & ".join(f"'{one}':*" for one in words)
    rows = select(
        f"SELECT store_record.id FROM store_words w {found} JOIN store_record ON store_record.id = w.record "
        f"WHERE {fits} AND ({condition}) ORDER BY {order} DESC LIMIT %s",
        [query, *values, most],
    )
    return tuple(one for (one,) in rows)


def write(rows: Sequence[tuple[Any, ...]], *, index: bool = True) -> None:
    """Write the words of records, in the place of those that were there; without `index`, `reindex` has to follow.

    Triggers cannot do it: SQLite refuses an index of FTS5 inside one where the schema is not trusted.
    """
    if connection.vendor == "sqlite" and index:
        names = [str(position) for position, *_ in rows]
        before = list(select_in("SELECT position, title, words FROM store_words WHERE position IN ({})", names))
        with connection.cursor() as cursor:
            cursor.executemany(f"{_INTO}({INDEX}, rowid, title, words) VALUES ('delete', %s, %s, %s)", before)
            after = [(position, title, words) for position, _, title, words in rows]
            cursor.executemany(f"{_INTO}(rowid, title, words) VALUES (%s, %s, %s)", after)
    upsert(Words, rows)


def reindex(using: str = DEFAULT_DB_ALIAS) -> None:
    """Write the index anew out of the rows: until then it holds what a row said before."""
    if connections[using].vendor == "sqlite":
        with connections[using].cursor() as cursor:
            cursor.execute(f"{_INTO}({INDEX}) VALUES ('rebuild')")
