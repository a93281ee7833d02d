"""The one family of failures: each has a code that never changes and one sentence that tells its reader what to do."""

from __future__ import annotations

from typing import Any, ClassVar

from asepsis.sentences import Said, Sentence


class AsepsisError(Exception):
    """Something that a person asked for did not happen, and nothing was saved.

    `code` is for logs, the API and tests; `exit_code` is what a command ends with.
    """

    code: ClassVar[str]
    exit_code: ClassVar[int]
    sentence: ClassVar[Sentence]

    def __init__(self, **arguments: Any) -> None:
        self.said: Said = self.sentence.said(**arguments)
        super().__init__(self.said.text())

    @property
    def next(self) -> str | None:
        """Return what the reader can do next."""
        return self.said.next()


class InputError(AsepsisError):
    """What was given cannot be read or does not fit: the input has to change."""

    exit_code = 4


class RefusedError(AsepsisError):
    """What was asked for is understood and not allowed, or not possible as things stand."""

    exit_code = 1


class UnanswerableError(RefusedError):
    """The question cannot be answered with what is there."""

    exit_code = 3
