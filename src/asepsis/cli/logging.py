"""How a command that goes on logs what happens: as text for people, or as lines of JSON for what gathers them."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer


class Form(StrEnum):
    """The form of a line of the log."""

    TEXT = "text"
    JSON = "json"


LogOption = Annotated[
    Form | None, typer.Option("--log", help="json: one JSON object a line, without what people sent or wrote.")
]


def choose(form: Form | None) -> None:
    """Let the settings, which are read next, have this form; without one, as the environment says."""
    if form is not None:
        os.environ["ASEPSIS_LOG"] = str(form)
