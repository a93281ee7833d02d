"""Work in a process of its own: what it gives, how it fails, and that it dies alone."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest

from asepsis.errors import InputError
from asepsis.jobs.bounds import Bounds, FaultyWorkError, RetoldError, StoppedError, TooCostlyError, told, within
from asepsis.sentences import Sentence

ROOMY = Bounds(processor=30, memory=512 * 2**20, clock=30)
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


class OddError(InputError):
    """Something is odd."""

    code = "odd"
    sentence = Sentence("{what} is odd.", next="Make it even.")


def odd() -> Any:
    raise OddError(what="3")


def wrong() -> Any:
    raise KeyError("secret")


def busy() -> Any:
    while True:
        pass


def greedy() -> Any:
    return [bytearray(2**20) for _ in range(4096)]


def slow() -> Any:
    time.sleep(60)


def killed() -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_it_gives_comes_back_whole() -> None:
    value = {"rows": ["x" * 1000] * 1000}
    assert within(ROOMY, lambda: value | {"own": os.getpid()}) != value | {"own": os.getpid()}
    assert within(ROOMY, lambda: value) == value


def test_a_failure_comes_back_with_its_sentence_its_code_and_its_next_step() -> None:
    with pytest.raises(RetoldError) as caught:
        within(ROOMY, odd)
    assert (caught.value.said.text(), caught.value.next, caught.value.code) == ("3 is odd.", "Make it even.", "odd")
    assert told(caught.value) == told(OddError(what="3"))


def test_of_a_fault_of_ours_its_name_alone_is_told() -> None:
    with pytest.raises(FaultyWorkError, match=r"^KeyError$"):
        within(ROOMY, wrong)


@pytest.mark.parametrize(
    ("do", "bounds", "why"),
    [
        (busy, Bounds(1, 2**30, 60), "keeps a processor busy"),
        (greedy, ROOMY, "takes more memory"),
        (slow, Bounds(30, 2**30, 0.3), "takes longer than"),
        (killed, ROOMY, "takes more memory"),
    ],
)
def test_a_bound_that_strikes_is_told_and_costs_nobody_else(do: Any, bounds: Bounds, why: str) -> None:
    with pytest.raises(TooCostlyError, match=why):
        within(bounds, do)


def test_it_is_stopped_when_somebody_wants_it() -> None:
    with pytest.raises(StoppedError):
        within(ROOMY, slow, lambda: True)
