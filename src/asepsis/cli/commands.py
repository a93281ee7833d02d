"""All commands, as one tree."""

from __future__ import annotations

import typer

from asepsis.cli import assess, attest, baseline, catalogue, facts, ledger, link, person, policy, product, record, start

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def asepsis() -> None:
    """Run the security life cycle that IEC 81001-5-1 asks of health software, and prove it.

    Every command ends with 0 for yes or done, 1 for no, 2 for wrong use, 3 where the question cannot be answered, 4 where
    input is refused. State lives in the folder that ASEPSIS_HOME names.
    """


for module in (start, baseline, attest, assess, facts, catalogue):
    module.add_to(app)
for name, noun in (
    ("product", product),
    ("person", person),
    ("record", record),
    ("link", link),
    ("baseline", baseline),
    ("policy", policy),
    ("ledger", ledger),
):
    app.add_typer(noun.app, name=name)
