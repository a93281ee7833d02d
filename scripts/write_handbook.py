"""Write docs/clauses anew: one page for each clause, out of the catalogue and the checks (`make handbook`)."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from asepsis.clauses.catalogue import catalogue
from asepsis.processes import PROCESSES

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "clauses"


def handbook() -> dict[str, str]:
    """Return the pages as they should be, by name."""
    for process in PROCESSES:
        import_module(f"asepsis.{process}.records")
    from asepsis.reports.handbook import pages

    return pages(catalogue())


def main() -> None:
    """Write each page, and remove those that are no longer made."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = handbook()
    for file in FOLDER.glob("*.md"):
        if file.name not in made:
            file.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    print(f"{len(made)} pages in docs/clauses")


if __name__ == "__main__":
    main()
