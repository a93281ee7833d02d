"""What the guides tell people to type exists, and what they link to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from asepsis.cli.commands import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "guide").glob("*.md")])
TREE = get_command(app)


def typed(text: str) -> set[str]:
    """Return each command that a page names, as typed: in code spans and blocks."""
    return set(re.findall(r"(?:`|^)asepsis ((?:[a-z-]+ ?)+)", text, re.M))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_command_that_a_page_names_exists(page: Path) -> None:
    unknown = []
    for words in typed(page.read_text(encoding="utf-8")):
        node = TREE
        for word in words.split():
            commands = getattr(node, "commands", None)
            if commands is None:
                break
            if word not in commands:
                unknown.append(words)
                break
            node = commands[word]
    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_page_that_a_page_links_to_is_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert [one for one in links if not (page.parent / one).exists()] == []
