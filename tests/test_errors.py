"""A failure says what is so and what to do next, and a command ends with its exit code."""

from __future__ import annotations

import pytest

from asepsis.errors import AsepsisError, InputError, RefusedError, UnanswerableError
from asepsis.sentences import Sentence


class UnreadableError(InputError):
    code = "unreadable"
    sentence = Sentence("{source} cannot be read.", next="Export {source} again.")


class ClosedError(RefusedError):
    code = "closed"
    sentence = Sentence("The product is closed.")


def test_a_failure_reads_as_its_sentence() -> None:
    assert str(UnreadableError(source="bom.json")) == "bom.json cannot be read."


def test_a_failure_names_the_next_step_or_none() -> None:
    assert UnreadableError(source="bom.json").next == "Export bom.json again."
    assert ClosedError().next is None


def test_a_failure_that_lacks_an_argument_is_a_bug_and_says_so() -> None:
    with pytest.raises(TypeError, match="lacks source"):
        UnreadableError()


@pytest.mark.parametrize(("branch", "code"), [(InputError, 4), (RefusedError, 1), (UnanswerableError, 3)])
def test_each_branch_ends_a_command_with_its_own_code(branch: type[AsepsisError], code: int) -> None:
    assert branch.exit_code == code


def test_what_cannot_be_answered_is_never_taken_for_a_yes() -> None:
    assert issubclass(UnanswerableError, RefusedError)
