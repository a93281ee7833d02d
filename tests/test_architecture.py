"""What holds for the tree as a whole, and the proof that what guards it would notice."""

from __future__ import annotations

import ast
import functools
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "asepsis"
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = {contract["id"]: contract for contract in CONFIGURATION["tool"]["importlinter"]["contracts"]}
PURE = ("clauses", "record", "scoring", "signing", "exchange", "advisories", "techniques", "checks")
DJANGOS_FOLDERS = {"migrations", "management", "commands"}  # Django asks for them and fills them

# Each breach: the contract it breaks, and what is written into which modules; the first one is the culprit.
BREACHES: list[tuple[str, dict[str, str]]] = [
    ("layers", {"sentences.py": "import asepsis.errors"}),
    ("layers", {"record/planted.py": "import asepsis.exchange"}),
    ("layers", {"scoring/planted.py": "import asepsis.signing.planted", "signing/planted.py": ""}),
    ("layers", {"risk/planted.py": "import asepsis.problems.planted", "problems/planted.py": ""}),
    ("layers", {"web/planted.py": "import asepsis.api.planted", "api/planted.py": ""}),
    ("layers", {"unlisted/__init__.py": ""}),
    ("process", {"risk/records.py": "import asepsis.risk.domain", "risk/domain.py": ""}),
    ("process", {"risk/domain.py": "import asepsis.risk.acts", "risk/acts.py": ""}),
    *(("no-django", {f"{package}/planted.py": "from django.db import models"}) for package in PURE),
    ("no-django", {"errors.py": "import django"}),
    ("no-django", {"risk/records.py": "from django.utils import timezone"}),
    ("no-django", {"risk/domain.py": "import asepsis.store.planted", "store/planted.py": "import django"}),
    *(("no-network", {f"{package}/planted.py": "import socket"}) for package in PURE),
    ("no-network", {"risk/domain.py": "import http.client"}),
    *(("no-clock", {f"{package}/planted.py": "import time"}) for package in PURE),
    ("no-clock", {"risk/domain.py": "from random import choice"}),
    *(("no-processes", {f"{package}/planted.py": "import subprocess"}) for package in PURE),
    ("no-processes", {"risk/records.py": "import multiprocessing"}),
]

# What ruff's banned names catch in a module of their own; import-linter cannot bar a single function.
BANNED = [
    "from datetime import datetime\n\nNOW = datetime.now()\n",
    "from datetime import date\n\nTODAY = date.today()\n",
    "import datetime\n\nNOW = datetime.datetime.utcnow()\n",
    "import time\n\nNOW = time.time()\n",
    "import random\n\nCHANCE = random.random()\n",
    "import os\n\nSALT = os.urandom(16)\n",
    "import uuid\n\nIDENTITY = uuid.uuid4()\n",
    "import urllib.request\n\nPAGE = urllib.request.urlopen\n",
]


def copied(folder: Path) -> Path:
    """Copy the package with its contracts into `folder`, to be spoiled there."""
    shutil.copytree(PACKAGE, folder / "src" / "asepsis", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def plant(folder: Path, modules: dict[str, str]) -> None:
    """Write each line at the end of its module, which is made where it is missing."""
    for name, line in modules.items():
        path = folder / "src" / "asepsis" / name
        path.parent.mkdir(exist_ok=True)
        (path.parent / "__init__.py").touch()
        with path.open("a", encoding="utf-8") as module:
            module.write(f"\n{line}\n")


def dotted(name: str) -> str:
    """Return the dotted name of the module in the file `name`."""
    return "asepsis." + name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def lint_imports(folder: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    program = "import sys; from importlinter.cli import lint_imports as l; "
    program += "sys.exit(l(limit_to_contracts=tuple(sys.argv[1:]), no_cache=True))"
    return subprocess.run(
        [sys.executable, "-c", program, *contracts],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src"), "COLUMNS": "400"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def banned_names(text: str, module: str) -> str:
    """Return what ruff says of banned names in `text`, if it were `module`."""
    command = [sys.executable, "-m", "ruff", "check", "--select=TID251", "--output-format=concise", "--no-cache"]
    said = subprocess.run(
        [*command, f"--stdin-filename={PACKAGE / module}", "-"],
        cwd=ROOT,
        input=text,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert not said.stderr, said.stderr
    return said.stdout


def module_files() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)


def tracked_texts() -> Iterator[tuple[str, str]]:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout, so nothing says which files are tracked")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and b"\0" not in (data := path.read_bytes()):
            yield name, data.decode("utf-8", "replace")


@pytest.fixture(scope="session")
def spoiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Return what import-linter says of one contract when all its breaches are planted in a copy of the package."""

    @functools.cache
    def said_of(contract: str) -> str:
        folder = copied(tmp_path_factory.mktemp(contract))
        for broken, modules in BREACHES:
            if broken == contract:
                plant(folder, modules)
        said = lint_imports(folder, contract)
        assert said.returncode == 1, said.stdout + said.stderr
        assert "0 kept, 1 broken" in said.stdout
        return said.stdout

    return said_of


def test_every_contract_is_kept(tmp_path: Path) -> None:
    said = lint_imports(copied(tmp_path))
    assert said.returncode == 0, said.stdout + said.stderr
    assert f"{len(CONTRACTS)} kept, 0 broken" in said.stdout


@pytest.mark.parametrize(("contract", "modules"), BREACHES, ids=[f"{c}-{next(iter(m))}" for c, m in BREACHES])
def test_a_planted_import_breaks_its_contract(
    spoiled: Callable[[str], str], contract: str, modules: dict[str, str]
) -> None:
    name, line = next(iter(modules.items()))
    wanted = f"{dotted(name)} -> {line.split()[1]}" if line else f"- {dotted(name)}"
    outside = re.sub(r"(-> (?!asepsis)\w+)[\w.]*", r"\1", wanted)  # import-linter sees only the top of what is not ours
    assert outside in spoiled(contract)


def test_every_contract_has_a_breach() -> None:
    assert {contract for contract, _ in BREACHES} == CONTRACTS.keys()


def test_the_pure_contracts_speak_of_the_same_modules() -> None:
    pure = [set(contract["source_modules"]) for contract in CONTRACTS.values() if contract["type"] == "forbidden"]
    named = {f"asepsis.{package}" for package in (*PURE, "sentences", "errors", "*.records", "*.domain")}
    assert all(modules == named for modules in pure)


@pytest.mark.parametrize("text", BANNED, ids=[text.split("\n")[2] for text in BANNED])
@pytest.mark.parametrize("module", ["record/planted.py", "checks/risk/planted.py", "risk/domain.py", "risk/acts.py"])
def test_a_clock_or_chance_is_refused_where_decisions_are_made(module: str, text: str) -> None:
    assert "TID251" in banned_names(text, module)


@pytest.mark.parametrize("module", ["store/planted.py", "jobs/planted.py", "web/pages/planted.py", "cli/planted.py"])
def test_the_edges_may_read_the_clock(module: str) -> None:
    assert "TID251" not in banned_names(BANNED[0], module)


def test_every_package_says_what_it_is_for() -> None:
    silent = []
    for folder in {path.parent for path in module_files()}:
        if DJANGOS_FOLDERS & set(folder.parts):
            continue
        start = folder / "__init__.py"
        sentence = ast.get_docstring(ast.parse(start.read_text(encoding="utf-8"))) if start.exists() else None
        if not (sentence or "").rstrip().endswith("."):
            silent.append(str(folder.relative_to(ROOT)))
    assert not silent, f"these have no __init__ with a sentence: {', '.join(sorted(silent))}"


def test_no_module_is_called_after_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "base", "common", "misc"}
    djangos = PACKAGE / "store" / "sqlite" / "base.py"  # Django looks for a database backend under this name
    assert not [path for path in module_files() if empty & {path.stem, path.parent.name} and path != djangos]


def test_no_folder_or_module_is_named_by_a_clause_number() -> None:
    numbered = re.compile(r"(?<![0-9])[4-9](?:[._-][1-9][0-9]?)+(?![0-9])|^(?:clause|annex|section)_?[0-9a-f]$", re.I)
    names = {part for path in module_files() for part in path.relative_to(PACKAGE).with_suffix("").parts}
    assert not [name for name in names if numbered.search(name)]


def test_no_tracked_text_names_a_package_registry() -> None:
    registry = re.compile(r"pythonhosted\.org|(?<![a-z])pypi\.org|registry\.npmjs\.org|deb\.debian\.org|crates\.io/api")
    assert not [name for name, text in tracked_texts() if registry.search(text)]


def test_no_tracked_text_names_a_place_on_somebodys_machine() -> None:
    place = re.compile(r"(?<![\w./-])/(?:root|home/\w+|Users/\w+|farm|(?:work)/(?:main|shared)|(?:tmp)/[a-z_]+)[/.]")
    found = [f"{name}: {match[0]}" for name, text in tracked_texts() for match in place.finditer(text)]
    assert not found


def test_every_direct_dependency_has_its_reason_on_record() -> None:
    page = (ROOT / "docs" / "adr" / "0001-dependencies.md").read_text(encoding="utf-8").lower()
    lines = [line for path in ROOT.glob("requirements/*.in") for line in path.read_text(encoding="utf-8").splitlines()]
    names = {re.split(r"[\[<>=;]", line)[0].strip().lower() for line in lines if line and line[0] not in "-#"}
    assert not {name for name in names if not re.search(rf"^\|.*\b{re.escape(name)}\b.*\|.*\|", page, re.M)}


def test_every_dependency_is_pinned_by_its_hash() -> None:
    for name in ("build", "run", "dev", "bench"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        pins = re.split(r"^(?=[\w.-]+(?:\[[\w,]+\])?==)", text, flags=re.M)[1:]
        assert pins
        assert not [pin.split("\n")[0] for pin in pins if "--hash=sha256:" not in pin]


def test_tests_have_a_home_of_their_own() -> None:
    home = settings.MACHINE.home
    assert home == Path(os.environ["ASEPSIS_HOME"])
    assert ROOT not in home.parents


def test_no_two_failures_have_one_code() -> None:
    """A code never changes and is what a program goes by: it stands for one failure."""
    codes: dict[str, list[str]] = {}
    for path in sorted((ROOT / "src" / "asepsis").rglob("*.py")):
        if "inputs" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ClassDef):
                continue
            for part in node.body:
                match part:
                    case ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str(code))):
                        codes.setdefault(code, []).append(node.name)
    assert codes["record-unknown"] == ["UnknownRecordError"]
    assert {code: names for code, names in codes.items() if len(names) > 1} == {
        "json-double-key": ["DoubleKeyError", "DoubleKeyError"],  # of a file and of canonical JSON: the same fault
        "yaml-unreadable": ["YamlError", "UnreadableYamlError"],  # of a form and of a file: the same fault
    }
