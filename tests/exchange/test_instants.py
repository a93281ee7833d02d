"""Moments as fact documents write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.exchange.facts import Instant
from asepsis.exchange.instants import instant, written_instant


@given(st.datetimes(timezones=st.timezones()))
def test_each_moment_is_written_as_fact_documents_hold_it_and_read_back(moment: datetime) -> None:
    try:
        written = instant(moment)
    except ValueError:
        assert moment.year in (1, 9999)
        return
    assert msgspec.convert(written, Instant) == written
    assert written_instant(written) == (written, True)
    assert datetime.fromisoformat(written) == moment.astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-03-01T10:00:00+01:00", ("2026-03-01T09:00:00Z", True)),
        ("2026-03-01 10:00:00", ("2026-03-01T10:00:00Z", False)),
        (" 2026-03-01T10:00:00.123456789Z ", ("2026-03-01T10:00:00.123456Z", True)),
        ("20260301T1000", ("2026-03-01T10:00:00Z", False)),
    ],
)
def test_dates_and_times_of_iso_8601_are_read(text: str, written: tuple[str, bool]) -> None:
    assert written_instant(text) == written


@pytest.mark.parametrize(
    "text", ["", "2026-03-01", "10:00", "today T", "0001-01-01T00:00:00+01:00", "2026-02-30T00:00"]
)
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        written_instant(text)


def test_a_moment_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="does not say its offset"):
        instant(datetime(2026, 3, 1))


def test_a_moment_past_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="outside the years"):
        instant(datetime(9999, 12, 31, 23, tzinfo=UTC).replace(tzinfo=timezone(timedelta(hours=-2))))
