"""The command line: each command asks one act or query, and shows what came of it."""

from __future__ import annotations

FEWEST_OBJECTS = 50_000  # made before the collector looks for cycles: a command is over before it would find any


def main() -> int:
    """Run the command that the arguments of the program name, and return what it ends with.

    0 yes or done, 1 no, 2 wrong use, 3 the question cannot be answered, 4 refused input.
    """
    import gc

    gc.set_threshold(FEWEST_OBJECTS)
    from asepsis.cli.commands import app

    app(prog_name="asepsis")
    return 0
