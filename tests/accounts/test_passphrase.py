"""Passphrases: only who knows it signs, guesses are counted, and nothing of it is to be found."""

from __future__ import annotations

import pytest

from asepsis.accounts import demonstration, passphrase
from asepsis.accounts.models import Account
from asepsis.store import acts, refusals
from asepsis.store.changes import Signed
from tests.store.conftest import Store, refused

WORDS = "correct horse battery staple"


def test_who_knows_it_signs(store: Store) -> None:
    passphrase.set_passphrase(store.people["dev"], WORDS)
    assert passphrase.prove("Dev", WORDS) == Signed("passphrase")


def test_who_does_not_know_it_does_not_sign(store: Store) -> None:
    passphrase.set_passphrase(store.people["dev"], WORDS)
    with pytest.raises(passphrase.WrongPassphraseError, match="9 more tries"):
        passphrase.prove(store.people["dev"], WORDS + "r")


def test_one_persons_passphrase_is_not_anothers(store: Store) -> None:
    passphrase.set_passphrase(store.people["dev"], WORDS)
    passphrase.set_passphrase(store.people["quality"], WORDS[::-1])
    with pytest.raises(passphrase.WrongPassphraseError):
        passphrase.prove(store.people["quality"], WORDS)


def test_who_has_none_does_not_sign(store: Store) -> None:
    assert not passphrase.has_passphrase(store.people["dev"])
    with refused(passphrase.NoPassphraseError):
        passphrase.prove(store.people["dev"], WORDS)


def test_who_is_not_admitted_has_none(store: Store) -> None:
    with refused(refusals.UnknownPersonError):
        passphrase.set_passphrase("5" * 32, WORDS)


@pytest.mark.parametrize(
    "text", ["elevenchars", "            ", "aaaaaaaaaaaaaaaa", "ababababababab", "x" * 1_001], ids=len
)
def test_a_weak_one_is_refused(store: Store, text: str) -> None:
    with refused(passphrase.WeakPassphraseError):
        passphrase.set_passphrase(store.people["dev"], text)


def test_ones_own_name_is_refused(store: Store) -> None:
    dora = acts.admit(store.hand("ada"), "Theodora Beispiel", "passport seen")
    with refused(passphrase.WeakPassphraseError, "your name"):
        passphrase.set_passphrase(dora, "theodora BEISPIEL")


def test_twelve_characters_are_enough(store: Store) -> None:
    passphrase.set_passphrase(store.people["dev"], "twelve chars")
    passphrase.prove(store.people["dev"], "twelve chars")


def test_after_ten_wrong_tries_it_is_shut_even_for_the_right_one(store: Store) -> None:
    dev = store.people["dev"]
    passphrase.set_passphrase(dev, WORDS)
    for _ in range(9):
        with pytest.raises(passphrase.WrongPassphraseError):
            passphrase.prove(dev, "something else")
    with pytest.raises(passphrase.LockedError):
        passphrase.prove(dev, "something else")
    with pytest.raises(passphrase.LockedError):
        passphrase.prove(dev, WORDS)
    assert Account.objects.get(person=dev).failures == 10


def test_a_new_one_lifts_the_lock(store: Store) -> None:
    dev = store.people["dev"]
    passphrase.set_passphrase(dev, WORDS)
    Account.objects.filter(person=dev).update(failures=10)
    passphrase.set_passphrase(dev, WORDS + " again")
    passphrase.prove(dev, WORDS + " again")
    with pytest.raises(passphrase.WrongPassphraseError):
        passphrase.prove(dev, WORDS)


def test_the_right_one_forgets_the_wrong_tries(store: Store) -> None:
    dev = store.people["dev"]
    passphrase.set_passphrase(dev, WORDS)
    with pytest.raises(passphrase.WrongPassphraseError):
        passphrase.prove(dev, "something else")
    passphrase.prove(dev, WORDS)
    assert Account.objects.get(person=dev).failures == 0


def test_a_letter_counts_as_itself_however_the_keyboard_writes_it(store: Store) -> None:
    passphrase.set_passphrase(store.people["dev"], "grüße aus dem süden")
    passphrase.prove(store.people["dev"], "gru\u0308ße aus dem su\u0308den")


def test_it_is_nowhere_to_be_found(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    dev = store.people["dev"]
    passphrase.set_passphrase(dev, WORDS)
    with pytest.raises(passphrase.WrongPassphraseError) as wrong:
        passphrase.prove(dev, "hunter2 hunter2")
    data = b"".join(file.read_bytes() for file in store.home.iterdir())
    assert WORDS.encode() not in data
    assert "hunter2" not in caplog.text + str(wrong.value)


def test_two_equal_ones_do_not_look_alike(store: Store) -> None:
    for name in ("dev", "quality"):
        passphrase.set_passphrase(store.people[name], WORDS)
    first, second = (
        one.password for one in Account.objects.filter(person__in=[store.people[name] for name in ("dev", "quality")])
    )
    assert first != second


def test_one_passphrase_for_all_is_refused_in_a_real_ledger(store: Store) -> None:
    with refused(demonstration.RealLedgerError):
        demonstration.open_to_all(store.home)
    assert not (store.home / demonstration.FILE).exists()
