"""Tokens: what of them is kept, how long they are good, and that they give no more than their person has."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from asepsis.accounts import tokens
from asepsis.accounts.models import AccessToken
from asepsis.accounts.tokens import RefusedTokenError, Scope, ScopeError, UnfitTokenError, UnknownTokenError
from asepsis.record.slots import Meaning, SystemRole
from asepsis.store import acts, queries, refusals, rights
from asepsis.store.acts import Hand
from asepsis.store.changes import Actor, Signed, Token
from asepsis.store.rights import Held
from tests.web.conftest import copied, maker, written
from tests.web.maker import Maker

__all__ = ["copied", "maker", "written"]
NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)


def made(
    *scopes: Scope, days: int = 30, name: str = "nightly build", product: str | None = None
) -> tuple[AccessToken, str]:
    return tokens.make("Nadia Kovac", name, scopes or (Scope.READ,), NOW, days=days, product=product)


def test_a_token_is_good_until_its_last_second(copied: Maker) -> None:
    token, text = made(days=1)
    assert tokens.passport(text, token.until - timedelta(seconds=1)).token.id == token.id
    with pytest.raises(RefusedTokenError):
        tokens.passport(text, token.until)


def test_two_tokens_have_nothing_in_common(copied: Maker) -> None:
    (one, first), (two, second) = made(), made()
    assert one.id != two.id
    assert first.split("_", 2)[2] != second.split("_", 2)[2]
    for mixed in (f"asepsis_{one.id}_{second.split('_', 2)[2]}", first.upper(), first + "x", f" {first}", first[:-1]):
        with pytest.raises(RefusedTokenError):
            tokens.passport(mixed, NOW)


def test_what_is_kept_is_the_sha256_of_the_secret_alone(copied: Maker) -> None:
    token, text = made()
    assert token.hash == hashlib.sha256(text.split("_", 2)[2].encode()).hexdigest()


def test_a_hash_out_of_the_database_lets_nobody_in(copied: Maker) -> None:
    token, _ = made()
    with pytest.raises(RefusedTokenError):
        tokens.passport(f"asepsis_{token.id}_{token.hash[:43]}", NOW)


@pytest.mark.parametrize(
    ("name", "scopes", "days"),
    [
        ("", ["read"], 1), ("x" * 81, ["read"], 1), ("a\nb", ["read"], 1), ("a", [], 1), ("a", ["sign"], 1), ("a", ["read"], 0),
        ("a", ["read"], -1), ("a", ["read"], 91),
    ],
)  # fmt: skip
def test_a_token_that_does_not_fit_is_not_made(copied: Maker, name: str, scopes: list[str], days: int) -> None:
    with pytest.raises(UnfitTokenError):
        tokens.make("Nadia Kovac", name, scopes, NOW, days=days)
    assert not AccessToken.objects.exists()


def test_a_token_that_is_ended_stays_to_say_that_it_was(copied: Maker) -> None:
    token, text = made()
    tokens.end(token.account_id, token.id, NOW)
    assert tokens.end(token.account_id, token.id, NOW + timedelta(days=1)).ended_at == NOW
    with pytest.raises(RefusedTokenError):
        tokens.passport(text, NOW)
    with pytest.raises(UnknownTokenError):
        tokens.end(copied.people["Anna Lind"], token.id, NOW)


def test_a_scope_that_a_token_lacks_is_refused(copied: Maker) -> None:
    token, text = made(Scope.READ, Scope.IMPORT)
    found = tokens.passport(text, NOW)
    found.need(Scope.IMPORT)
    with pytest.raises(ScopeError, match="act"):
        found.need(Scope.ACT)
    assert token.scopes == "read import"


def test_it_is_kept_on_which_day_a_token_was_used_last(copied: Maker) -> None:
    token, text = made()
    for at in (NOW, NOW + timedelta(hours=1), NOW + timedelta(days=2)):
        tokens.passport(text, at)
        token.refresh_from_db()
        assert token.used_on == at.date()


def test_roles_reach_no_further_than_the_product_of_a_token() -> None:
    held = (
        Held(SystemRole.QUALITY, None, False),
        Held(SystemRole.TESTER, "a" * 32, True),
        Held(SystemRole.SECURITY, "b" * 32, False),
    )
    assert rights.within(held, None) == held
    assert rights.within(held, "a" * 32) == (
        Held(SystemRole.QUALITY, "a" * 32, False),
        Held(SystemRole.TESTER, "a" * 32, True),
    )


def test_the_store_itself_takes_no_signature_of_a_token(copied: Maker) -> None:
    record = copied.ids["risk"]
    before = queries.ledger().size
    hand = Hand(Actor(copied.people["Jonas Weber"], token=Token("0" * 16, "CI")), copied.clock)
    for meaning in Meaning:
        with pytest.raises(refusals.TokenSignsNothingError):
            acts.approve(hand, [record], meaning, Signed("passphrase"))
    with pytest.raises(refusals.TokenSignsNothingError):
        acts.report_progress(hand, copied.ids["2.4.0"], {"planned": "2026-06-04"}, "passphrase")
    assert queries.ledger().size == before


def test_the_store_itself_takes_nothing_of_a_token_elsewhere(copied: Maker) -> None:
    hand = Hand(
        Actor(copied.people["Nadia Kovac"], token=Token("0" * 16, "CI"), within=queries.product("PX").id), copied.clock
    )
    with pytest.raises(refusals.TokenBoundError):
        acts.comment(hand, copied.ids["read"], "x")
    with pytest.raises(refusals.NotPermittedError):
        acts.found_product(Hand(Actor(copied.people["Ada Moser"], within=copied.product), copied.clock), "QX", "x")
