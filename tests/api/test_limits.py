"""How often somebody may ask, at given times."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import override_settings

from asepsis.api import limits
from asepsis.api.limits import TooManyRequestsError
from asepsis.settings import MACHINE
from asepsis.store import queries
from tests.api.conftest import Caller, caller
from tests.web.maker import Maker

NOW = datetime(2026, 5, 1, 8, 0, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def few(tmp_path: Path) -> Iterator[None]:
    """Ten requests in a minute, and nobody has asked yet."""
    with override_settings(MACHINE=MACHINE.model_copy(update={"api_per_minute": 10, "home": tmp_path})):
        yield


def test_a_token_has_so_many_requests_in_a_minute_and_as_many_in_the_next() -> None:
    for _ in range(10):
        limits.count_token("a", NOW)
    with pytest.raises(TooManyRequestsError) as refused:
        limits.count_token("a", NOW)
    assert refused.value.seconds == 40
    limits.count_token("b", NOW)
    limits.count_token("a", NOW + timedelta(seconds=40))


def test_processes_of_the_server_count_together() -> None:
    limits.count_token("a", NOW)
    for _ in range(3):
        if (pid := os.fork()) == 0:
            for _ in range(3):
                limits.count_token("a", NOW)
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
    with pytest.raises(TooManyRequestsError):
        limits.count_token("a", NOW)


def test_who_is_gone_for_two_minutes_is_forgotten(tmp_path: Path) -> None:
    for number in range(50):
        limits.count_address(f"192.0.2.{number}", NOW)
    limits.count_address("198.51.100.1", NOW + timedelta(minutes=2))
    with closing(sqlite3.connect(tmp_path / limits.FILE)) as counts:
        assert counts.execute("SELECT COUNT(*) FROM accounts_asked").fetchone() == (1,)


def test_an_address_has_four_times_as_many() -> None:
    for _ in range(40):
        limits.count_address("192.0.2.1", NOW)
    with pytest.raises(TooManyRequestsError):
        limits.count_address("192.0.2.1", NOW)
    limits.count_address("192.0.2.2", NOW)


def test_wrong_tokens_shut_an_address_out_for_the_rest_of_the_minute() -> None:
    for _ in range(limits.WRONG_TOKENS):
        limits.check_wrong_tokens("192.0.2.1", NOW)
        limits.count_wrong_token("192.0.2.1", NOW)
    with pytest.raises(TooManyRequestsError):
        limits.check_wrong_tokens("192.0.2.1", NOW)
    limits.check_wrong_tokens("192.0.2.2", NOW)
    limits.check_wrong_tokens("192.0.2.1", NOW + timedelta(minutes=1))


def test_who_asks_too_often_is_told_how_long_to_wait(copied: Maker) -> None:
    who = caller("Anna Lind")
    with override_settings(MACHINE=MACHINE.model_copy(update={"api_per_minute": 10, "home": queries.home()})):
        answers = [who.get("/me") for _ in range(25)]
    refused = [one for one in answers if one.status == 429]
    assert refused
    assert refused[0].code == "requests-too-many"
    assert 1 <= int(refused[0].headers["Retry-After"]) <= 60


def test_a_good_token_does_not_get_in_from_where_many_wrong_ones_came(copied: Maker) -> None:
    who = caller("Anna Lind")
    with override_settings(MACHINE=MACHINE.model_copy(update={"api_per_minute": 10_000, "home": queries.home()})):
        found = {Caller(f"wrong {number}").get("/me").status for number in range(3 * limits.WRONG_TOKENS)}
        assert found == {401, 429}
        assert who.get("/me").status in (200, 429)  # a minute may have turned
