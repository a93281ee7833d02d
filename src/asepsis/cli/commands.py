"""All commands, as one tree; the module of a command is brought in when it is called, so that none pays for the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

import typer
from typer.main import get_group

from asepsis.cli.parameters import PlainGroup

MODULES = MappingProxyType(
    {
        **dict.fromkeys(("init", "demo"), "start"),
        "serve": "serve",
        "worker": "worker",
        "doctor": "doctor",
        **{noun: noun for noun in ("product", "person", "token")},
        "record": "withholding",  # what stands there is added to those of `record`
        "link": "link",
        "import": "facts",
        **dict.fromkeys(("import-table", "export-table"), "bringing"),
        **dict.fromkeys(("assess", "gate", "trace"), "assess"),
        **{
            noun: noun
            for noun in (
                "due",
                "scan",
                "watch",
                "triage",
                "sbom",
                "feeds",
                "vex",
                "attest",
                "policy",
                "baseline",
                "release",
            )
        },
        **dict.fromkeys(("export", "restore"), "bundle"),
        "backup": "backup",
        "erasure": "erasure",
        "ledger": "ledger",
        **dict.fromkeys(("clauses", "kinds"), "catalogue"),
    }
)
"""The module of each command, in the order in which people come to need them."""


class _Commands(Mapping[str, Any]):
    """The commands by name. A module adds commands of its own by `add_to`, or is a noun with an `app` of several."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made.update(_commands_of(name, import_module(f"asepsis.cli.{MODULES[name]}")))
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(MODULES)

    def __len__(self) -> int:
        return len(MODULES)


def _commands_of(name: str, module: Any) -> Mapping[str, Any]:
    tree = _tree()
    if hasattr(module, "add_to"):
        module.add_to(tree)
    else:
        tree.add_typer(module.app, name=name, cls=getattr(module, "Commands", PlainGroup))
    return get_group(tree).commands


class _WhenCalled(PlainGroup):
    """A group whose commands are made when they are called."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = _Commands()  # type: ignore[assignment]  # nothing is added to it

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)


def _tree(**given: Any) -> typer.Typer:
    # Plain help: what rich would draw around it costs more time than all the rest of the program.
    return typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, **given)


app = _tree(cls=_WhenCalled, no_args_is_help=True)


@app.callback()
def asepsis() -> None:
    """Run the security life cycle that IEC 81001-5-1 asks of health software, and prove it.

    Every command ends with 0 for yes or done, 1 for no, 2 for wrong use, 3 where the question cannot be answered, 4 where
    input is refused. With --json it answers with one JSON object. State lives in the folder that ASEPSIS_HOME names.
    """
