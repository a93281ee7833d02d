"""Write docs/openapi.json again, as the API describes itself; a test compares the two."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

FILE = Path(__file__).parents[1] / "docs" / "openapi.json"


def text() -> str:
    """Return what stands in the file."""
    from asepsis.api.urls import description

    return json.dumps(description(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main() -> None:
    """Write the file."""
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(ASEPSIS_HOME=home, DJANGO_SETTINGS_MODULE="asepsis.settings")
        import django

        django.setup()
        FILE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
