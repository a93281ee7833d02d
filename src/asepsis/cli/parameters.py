"""What is given to a command, read as plain types; without the library that would take longer to load than a scan takes.

typer reads each parameter by an adapter of pydantic, which commands that need no records do not load otherwise. Text,
whole numbers, paths and lists of these are read here; whatever else a parameter may be is left to typer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args, get_origin

import typer
from typer.core import TyperCommand, TyperGroup

_Read = Callable[[Any, Any], Any]  # of a value and of what typer knows of the parameter

LONGEST_NUMBER = 18  # digits


class _Plainly:
    """What makes a command read its plain parameters here, its --help among them."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return all parameters of the command."""
        found: list[Any] = super().get_params(ctx)  # type: ignore[misc]  # of the command that this is laid over
        for one in found:
            described = getattr(one, "type_descriptor", None)
            if described is not None and one._runtime_param is None and (read := _reader(described)) is not None:
                one._runtime_param = _Plain(read, described.parameter_info)
        return found


class PlainCommand(_Plainly, TyperCommand):
    """A command whose plain parameters are read here."""


class PlainGroup(_Plainly, TyperGroup):
    """A noun, or the program, whose plain parameters are read here."""


@dataclass(frozen=True, slots=True)
class _Plain:
    """What typer asks for the value of one parameter."""

    read: _Read
    about: Any

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value that was given, or what stands for none. Raises `typer.BadParameter`."""
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        try:
            return self.read(value, self.about)
        except ValueError as problem:
            raise typer.BadParameter(str(problem), ctx=ctx, param=param) from problem


def _reader(described: Any) -> _Read | None:
    """Return what reads a parameter; `None` where it is not plain."""
    about, of = described.parameter_info, described.annotation
    if about.parser is not None or about.exists or about.resolve_path or about.allow_dash or about.clamp:
        return None
    if get_origin(of) is list:
        one = _READERS.get(get_args(of)[0])
        return None if one is None else lambda values, about: [one(each, about) for each in values]
    return _READERS.get(of)


def _flag(value: Any, about: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither yes nor no.")
    return value


def _text(value: Any, about: Any) -> str:
    return str(value)


def _path(value: Any, about: Any) -> Path:
    return Path(value)


def _number(value: Any, about: Any) -> int:
    digits = str(value).strip().removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER):
        raise ValueError(f"{value!r} is not a whole number.")
    number = int(str(value))
    if about.min is not None and number < about.min:
        raise ValueError(f"{number} is less than {about.min}, the least it can be.")
    if about.max is not None and number > about.max:
        raise ValueError(f"{number} is more than {about.max}, the most it can be.")
    return number


_READERS: MappingProxyType[Any, _Read] = MappingProxyType({bool: _flag, str: _text, Path: _path, int: _number})
