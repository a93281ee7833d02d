"""The garbage collector, and when it rests: it would walk a great many objects again and again and free none of them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def resting() -> Iterator[None]:
    """Keep the collector from running while many objects are made that all stay, or go by themselves."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def making_what_stays() -> Iterator[None]:
    """Let the collector rest, and afterwards never look at what was made, nor at what was there before."""
    with resting():
        yield
    gc.freeze()
