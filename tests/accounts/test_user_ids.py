"""User ids: made of names, unique, and never given to another."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from asepsis.accounts import passphrase
from asepsis.accounts.models import Account
from asepsis.accounts.user_ids import user_id
from asepsis.store import acts, queries
from tests.store.conftest import Store


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Anna Lind", "anna.lind"),
        ("Åsa Lindström", "asa.lindstrom"),
        ("Jürgen Groß", "jurgen.gross"),
        ("O'Neill-Brown, Ruth", "o.neill.brown.ruth"),
        ("山田 太郎", "person"),
        ("", "person"),
    ],
)
def test_a_user_id_is_made_of_the_name(name: str, expected: str) -> None:
    assert user_id(name, set()) == expected


@given(st.lists(st.text(max_size=80), max_size=20))
def test_no_user_id_of_many_names_is_another(names: list[str]) -> None:
    taken: set[str] = set()
    for name in names:
        found = user_id(name, taken)
        assert found not in taken
        assert found == found.lower()
        assert 0 < len(found) <= 64
        taken.add(found)


def test_no_user_id_is_given_twice(store: Store) -> None:
    first, second = (acts.admit(store.hand("ada"), "Theodora Beispiel", "passport seen") for _ in range(2))
    assert [passphrase.open_account(one).user_id for one in (first, second)] == [
        "theodora.beispiel",
        "theodora.beispiel2",
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.filter(pk=second).update(user_id="theodora.beispiel")


def test_no_account_is_deleted_alone_or_with_others(store: Store) -> None:
    account = passphrase.open_account("ada")
    for delete in (account.delete, Account.objects.filter(pk=account.pk).delete, Account.objects.all().delete):
        with pytest.raises(TypeError, match="never deleted"):
            delete()


def test_how_an_identity_was_checked_stands_on_the_name_card(store: Store) -> None:
    person = acts.admit(store.hand("ada"), "Theodora Beispiel", "passport seen")
    assert queries.value_of(queries.person(person).card) == {"name": "Theodora Beispiel", "checked": "passport seen"}
