"""What the README tells a new user to type is typed here, in a shell, in an empty folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, WORDS
from tests.cli.test_commands import BILL, REPORT

# Passphrases come from a file, since a test sits at no terminal; pages are served in a test of their own.
SHELL = """
set -e
asepsis() {
  case "$1 $2" in
    "init "*) "$PYTHON" -m asepsis init --name "Ada Beispiel" --time-zone UTC --passphrase-file words.txt ;;
    "person add") "$PYTHON" -m asepsis "$@" --passphrase-file words.txt ;;
    "record approve") "$PYTHON" -m asepsis "$@" --passphrase-file words.txt ;;
    "serve "*) ;;
    *) code=0; "$PYTHON" -m asepsis "$@" || code=$?; echo "$* ended with $code" ;;
  esac
}
"""


def quick_start() -> str:
    """Return the commands of the README's quick start, without those that make the environment."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("\n## Quick start\n")[1].split("\n## ")[0]
    blocks = "\n".join(re.findall(r"^```\n(.*?)^```", section, re.DOTALL | re.MULTILINE))
    return "\n".join(
        line for line in blocks.splitlines() if not line.startswith(("make ", "export PATH", "export ASEPSIS_HOME"))
    )


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no shell here")
def test_the_quick_start_gives_a_first_board(tmp_path: Path) -> None:
    (tmp_path / "bom.json").write_text(json.dumps(BILL), encoding="utf-8")
    (tmp_path / "report.xml").write_text(REPORT, encoding="utf-8")
    (tmp_path / "words.txt").write_text(WORDS, encoding="utf-8")
    (tmp_path / "words.txt").chmod(0o600)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASEPSIS_")}
    environment = kept | {
        "ASEPSIS_HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(ROOT / "src"),
        "PYTHON": sys.executable,
    }
    ended = subprocess.run(
        ["sh", "-c", SHELL + quick_start()],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    told = ended.stdout
    assert ended.returncode == 0, told + ended.stderr
    assert "GW-PRD-1 is signed. It is effective." in told
    assert re.search(r"4\.1\.3 .*What it covers", told)
    assert [told.count(f"{command} ended with {code}\n") for command, code in (("assess", 1), ("gate", 1))] == [1, 1]
    codes = re.findall(r"^(.*) ended with ([0-9]+)$", told, re.MULTILINE)
    assert [one for one in codes if one[1] not in ("0", "1")] == []
    assert [one for one in codes if one[1] == "1" and one[0].split()[0] not in ("assess", "gate")] == []
