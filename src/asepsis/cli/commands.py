"""All commands, as one tree."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from asepsis.cli import (
    assess,
    attest,
    backup,
    baseline,
    bundle,
    catalogue,
    due,
    facts,
    feeds,
    ledger,
    link,
    person,
    policy,
    product,
    record,
    release,
    sbom,
    scan,
    serve,
    start,
    vex,
    withholding,
)

ORDER = (
    "init", "demo", "serve",
    "product", "person", "record", "link", "import",
    "assess", "gate", "trace", "due",
    "scan", "sbom", "feeds", "vex",
    "attest", "policy", "baseline", "release",
    "export", "restore", "backup", "erasure", "ledger", "clauses", "kinds",
)  # fmt: skip


class _InOrder(TyperGroup):
    """Commands in the order in which people come to need them."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=ORDER.index)


# Plain help: what rich would draw around it costs more time than all the rest of the program.
app = typer.Typer(
    cls=_InOrder, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)


@app.callback()
def asepsis() -> None:
    """Run the security life cycle that IEC 81001-5-1 asks of health software, and prove it.

    Every command ends with 0 for yes or done, 1 for no, 2 for wrong use, 3 where the question cannot be answered, 4 where
    input is refused. With --json it answers with one JSON object. State lives in the folder that ASEPSIS_HOME names.
    """


for module in (start, serve, attest, assess, due, facts, catalogue, bundle, scan):
    module.add_to(app)
for name, noun in (
    ("product", product),
    ("person", person),
    ("record", record),
    ("link", link),
    ("baseline", baseline),
    ("release", release),
    ("feeds", feeds),
    ("policy", policy),
    ("ledger", ledger),
    ("sbom", sbom),
    ("vex", vex),
    ("backup", backup),
):
    app.add_typer(noun.app, name=name)
app.add_typer(withholding.erasure, name="erasure")
