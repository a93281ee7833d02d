"""What is logged as one JSON object a line: what happened, where, and how long it took; never what somebody sent or wrote.

A message of a library is logged as its template, without what was put into it: a path, a user id, a field may be there. Of
an exception its type and its places are logged, without its words. Our own messages are sentences made to be read.
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from asepsis.errors import AsepsisError

OURS = "asepsis"
FRAMES = 30
SAFE = ("event", "method", "route", "status", "ms", "pid")  # what a line may carry besides, as `extra`


class JsonLines(logging.Formatter):
    """Writes a record of the log as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if (text := _text(record)) is not None:
            line["message"] = text
        line |= {name: getattr(record, name) for name in SAFE if hasattr(record, name)}
        status = getattr(record, "status_code", None)
        if isinstance(status, int):
            line["status"] = status
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _error(record.exc_info[1])
        return json.dumps(line, ensure_ascii=True)


def _text(record: logging.LogRecord) -> str | None:
    """Return what a record says: ours whole, a library's without what was put into it, and nothing where it is one text."""
    if record.name.split(".")[0] == OURS:
        return record.getMessage()
    return record.msg if isinstance(record.msg, str) and record.args else None


def _error(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    told: dict[str, Any] = {"type": f"{type(error).__module__}.{type(error).__qualname__}"}
    if isinstance(error, AsepsisError):
        told["code"] = error.code
    return told | {"places": [f"{_short(one.filename)}:{one.lineno} {one.name}" for one in frames]}


def _short(file: str) -> str:
    for root in ("/site-packages/", "/src/"):
        if root in file:
            return file.rpartition(root)[2]
    return file.rpartition("/")[2]


def settings(form: str) -> dict[str, Any]:
    """Return how Django is to log: as text for people, or as lines of JSON, then with one for each request."""
    shown = {"class": "logging.StreamHandler"} | ({"formatter": "json"} if form == "json" else {})
    found: dict[str, Any] = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "asepsis.jobs.logs.JsonLines"}},
        "handlers": {"console": shown},
        "root": {"handlers": ["console"], "level": "WARNING"},
    }
    if form == "json":
        alone = {"handlers": ["console"], "propagate": False}
        found["loggers"] = {
            OURS: alone | {"level": "INFO"},
            "django": alone | {"level": "WARNING"},
            "django.server": alone | {"level": "WARNING"},
        }
    return found
