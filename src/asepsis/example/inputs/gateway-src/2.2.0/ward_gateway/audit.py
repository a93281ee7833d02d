"""The audit log: each line holds the digest of the line before, so that nobody takes one out unnoticed."""

import hashlib
import json

FIRST = "0" * 64


def line(before: str, who: str, did: str, at: int) -> str:
    """Return the next line; control characters cannot start a line of their own, since it is JSON."""
    return json.dumps({"at": at, "before": before, "did": did, "who": who}, sort_keys=True)


def digest(text: str) -> str:
    """Return the digest by which the next line names this one."""
    return hashlib.sha256(text.encode()).hexdigest()


def first_break(lines: list[str]) -> int | None:
    """Return the number of the first line that does not follow the one before, from 0; `None` where all do."""
    before = FIRST
    for number, text in enumerate(lines):
        if json.loads(text)["before"] != before:
            return number
        before = digest(text)
    return None
