"""The log as lines of JSON: what happened and where, never what somebody sent or wrote."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from asepsis.jobs.logs import JsonLines
from asepsis.store.refusals import UnknownProductError


def line(name: str, message: str, *values: object, error: BaseException | None = None) -> dict[str, object]:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, logging.ERROR, __file__, 1, message, values, info)
    found = json.loads(JsonLines().format(record))
    assert isinstance(found, dict)
    return found


def test_our_own_messages_are_whole_and_those_of_others_are_templates() -> None:
    assert line("asepsis.jobs", "%d jobs are lost", 3)["message"] == "3 jobs are lost"
    assert line("django.request", "Not Found: %s", "/r/secret")["message"] == "Not Found: %s"
    assert "message" not in line("some.library", f"it failed on {'secret'}")


def test_an_exception_is_told_by_its_type_and_places_without_its_words() -> None:
    try:
        raise ValueError("secret words")
    except ValueError as error:
        found = line("asepsis", "failed", error=error)
    assert "secret" not in json.dumps(found)
    told = found["error"]
    assert isinstance(told, dict)
    assert told["type"] == "builtins.ValueError"
    assert told["places"][0].endswith(sys._getframe().f_code.co_name)


def test_a_refusal_of_ours_is_told_by_its_code() -> None:
    found = line("asepsis", "refused", error=UnknownProductError(product="secret"))
    assert found["error"] == {
        "type": "asepsis.store.refusals.UnknownProductError", "code": UnknownProductError.code, "places": [],
    }  # fmt: skip


@pytest.mark.parametrize("naughty", ['a"b', "a\nb", "a\u2028b", "\ud800", "\x1b[2J"])
def test_a_line_is_one_line_whatever_stands_in_it(naughty: str) -> None:
    text = JsonLines().format(logging.LogRecord("asepsis", logging.ERROR, "f", 1, naughty, (), None))
    assert len(text.splitlines()) == 1
    assert json.loads(text)["message"] == naughty
