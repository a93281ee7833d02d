"""Make the inputs of the example again: bills, advisories, test reports and scans, all from real tools and real packages.

    python scripts/make_example_inputs.py --osv ../shared/data/advisories/osv/PyPI/all.zip

Everything is made in temporary folders; only small results are kept, in src/asepsis/example/inputs. README.md there says
what each file is.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
INPUTS = ROOT / "src" / "asepsis" / "example" / "inputs"
SOURCE = INPUTS / "gateway-src"
PACKAGES = (
    "cryptography", "fastapi", "fhir.resources", "hl7", "lxml", "pillow", "pydicom", "pyjwt", "pynetdicom",
    "python-multipart", "requests", "uvicorn",
)  # fmt: skip
TOOLS = ("cyclonedx-bom==7.5.0", "pytest==9.0.2", "bandit[sarif]==1.9.4", "ruff==0.15.1", "detect-secrets==1.5.0")
UV = shutil.which("uv") or str(ROOT / ".venv" / "bin" / "uv")
MADE_FOR_US = ("tessaline-mllp", "1.4.2", "Tessaline Interop s.r.o.")
SNAPSHOTS = ("2025-06-16", "2026-05-06", "2026-07-01")


@dataclass(frozen=True)
class Build:
    """One build of the gateway: its version, build id, day, and the day up to which packages were taken."""

    version: str
    build_id: str
    built: str
    newest: str
    held: tuple[str, ...] = ()


BUILDS = (
    Build("2.2.0", "gw-2.2.0-b118", "2025-06-11T15:20:00Z", "2025-06-10"),
    Build("2.3.0", "gw-2.3.0-b164", "2026-04-27T14:05:00Z", "2026-04-20", ("lxml<6.1",)),
    Build("2.4.0", "gw-2.4.0-b181", "2026-06-19T13:40:00Z", "2026-06-18", ("starlette<1.3",)),
)


PRINTER = Build("1.9.0", "rp-1.9.0-b40", "2026-05-28T10:10:00Z", "2026-05-27")
PRINTER_PACKAGES = ("hl7==0.4.5", "pillow==10.3.0", "pyserial==3.5", "reportlab==4.0.4")


def run(*command: str | Path, cwd: Path | None = None, fails: bool = False) -> str:
    """Return what a program writes; one that fails ends this script, unless it may."""
    done = subprocess.run([str(one) for one in command], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode and not fails:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def tree(version: str, to: Path) -> None:
    """Lay the source of a version into a folder: each version holds what changed since the one before."""
    for build in BUILDS:
        for file in sorted((SOURCE / build.version).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                place = to / file.relative_to(SOURCE / build.version)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, place)
        if build.version == version:
            return


def environment(build: Build, folder: Path, uv: str) -> Path:
    """Make the environment in which a build runs, of the packages as they were on its day, and return its Python."""
    wanted = folder / "wanted.in"
    wanted.write_text("\n".join((*PACKAGES, *build.held)) + "\n")
    pins = run(
        uv, "pip", "compile", "-q", "--no-header", "--no-annotate", "--python-version", "3.11",
        "--exclude-newer", f"{build.newest}T00:00:00Z", wanted,
    )  # fmt: skip
    (folder / "pins.txt").write_text(pins)
    run(uv, "venv", "-q", "--python", "3.11", folder / "run")
    python = folder / "run" / "bin" / "python"
    run(uv, "pip", "install", "-q", "--python", python, "-r", folder / "pins.txt")
    own = folder / "tessaline"
    own.mkdir()
    name, version, _ = MADE_FOR_US
    (own / "pyproject.toml").write_text(f'[project]\nname = "{name}"\nversion = "{version}"\n')
    (own / "tessaline_mllp.py").write_text('"""Reads and writes MLLP frames."""\n')
    run(uv, "pip", "install", "-q", "--python", python, "--no-deps", own)
    return python


# --- bills ----------------------------------------------------------------------------------------------------------


def bill(build: Build, written: str, serial: int) -> dict[str, Any]:
    """Return a bill as the gateway's pipeline finishes it: with suppliers, build and tag, and no person's name."""
    document: dict[str, Any] = json.loads(written)
    root = document["metadata"]["component"]
    root["supplier"] = {"name": "Quillhaven Medical Software"}
    for key in ("description", "externalReferences", "licenses", "author", "authors"):
        root.pop(key, None)
    document["metadata"] |= {
        "timestamp": build.built,
        "authors": [{"name": "Quillhaven build pipeline"}],
        "properties": [
            {"name": "asepsis:build_id", "value": build.build_id},
            {"name": "asepsis:source_tag", "value": f"v{build.version}"},
        ],
    }
    for tool in document["metadata"].get("tools", {}).get("components", []):
        for key in ("description", "externalReferences", "licenses"):
            tool.pop(key, None)
    for component in document["components"]:
        name = component["name"]
        supplier = MADE_FOR_US[2] if name == MADE_FOR_US[0] else f"{name} project"
        for key in ("description", "author", "authors", "publisher", "externalReferences", "properties", "evidence"):
            component.pop(key, None)
        component["supplier"] = {"name": supplier}
        component["purl"] = f"pkg:pypi/{re.sub('[-_.]+', '-', name).lower()}@{component['version']}"
        component["licenses"] = [one for one in component.get("licenses", []) if "text" not in json.dumps(one)]
        if not component["licenses"]:
            del component["licenses"]
    document["serialNumber"] = f"urn:uuid:00000000-0000-4000-8000-{build.version.replace('.', '')}{serial:09d}"
    return document


def write(path: Path, document: Any) -> None:
    """Write JSON as it is read best in a diff."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def bills(build: Build, python: Path, source: Path, tools: Path) -> None:
    """Write the bill of a build, the one that was made again from its tag, and what a composition scan sees."""
    program = tools / "bin" / "cyclonedx-py"
    of = ("--of", "JSON", "--sv", "1.6", "--output-reproducible")
    made = [
        bill(build, run(program, "environment", *of, "--pyproject", source / "pyproject.toml", python), serial)
        for serial in (1, 2)
    ]
    write(INPUTS / "bills" / f"{build.version}.cdx.json", made[0])
    write(INPUTS / "bills" / f"{build.version}.regenerated.cdx.json", made[1])
    listed = run(UV, "pip", "freeze", "--python", python)
    frozen = re.sub(r"^(tessaline-mllp) @.*$", rf"\1=={MADE_FOR_US[1]}", listed, flags=re.MULTILINE)
    (source.parent / "frozen.txt").write_text(frozen)
    scan = run(program, "requirements", *of, "--pyproject", source / "pyproject.toml", source.parent / "frozen.txt")
    write(INPUTS / "scans" / f"{build.version}.composition.cdx.json", bill(build, scan, 3))


def printer(folder: Path, uv: str, tools: Path) -> None:
    """Write the bill of the older product, twice."""
    python = folder / "run" / "bin" / "python"
    run(uv, "venv", "-q", "--python", "3.11", folder / "run")
    run(
        uv,
        "pip",
        "install",
        "-q",
        "--python",
        python,
        "--exclude-newer",
        f"{PRINTER.newest}T00:00:00Z",
        *PRINTER_PACKAGES,
    )
    names = ", ".join(f'"{one.partition("==")[0]}"' for one in PRINTER_PACKAGES)
    pyproject = folder / "pyproject.toml"
    pyproject.write_text(f'[project]\nname = "result-printer"\nversion = "1.9.0"\ndependencies = [{names}]\n')
    of = ("--of", "JSON", "--sv", "1.6", "--output-reproducible", "--pyproject", pyproject)
    for serial, suffix in ((7, ""), (8, ".regenerated")):
        made = bill(PRINTER, run(tools / "bin" / "cyclonedx-py", "environment", *of, python), serial)
        write(INPUTS / "bills" / f"result-printer-1.9.0{suffix}.cdx.json", made)


# --- known vulnerabilities ------------------------------------------------------------------------------------------


def advisories(archive: Path) -> list[dict[str, Any]]:
    """Return every record of the OSV export that was not withdrawn."""
    with zipfile.ZipFile(archive) as held:
        records = [json.loads(held.read(name)) for name in held.namelist()]
    return [one for one in records if not one.get("withdrawn")]


def facts_of(record: dict[str, Any], packages: Collection[str]) -> dict[str, Any] | None:
    """Return what an advisory says of our packages, in facts alone: names, ranges, vectors and days; no prose."""
    about = [
        {key: one[key] for key in ("package", "ranges", "versions", "severity") if key in one}
        for one in record.get("affected", [])
        if name_of(one["package"]["name"]) in packages
    ]
    for one in about:
        for held in one.get("ranges", []):
            held.pop("database_specific", None)
    kept = ("schema_version", "id", "modified", "published", "aliases", "upstream", "related", "severity")
    return {key: record[key] for key in kept if record.get(key)} | {"affected": about} if about else None


def name_of(name: str) -> str:
    """Return the name of a package as PEP 503 writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def known(records: list[dict[str, Any]]) -> None:
    """Write what is known of the components of all bills, whenever it was published; an advisory is one line."""
    bills = [json.loads(place.read_bytes()) for place in sorted((INPUTS / "bills").glob("*.cdx.json"))]
    packages = {name_of(one["name"]) for bill in bills for one in bill["components"]}
    kept = sorted(filter(None, (facts_of(one, packages) for one in records)), key=lambda one: str(one["id"]))
    lines = (json.dumps(one, sort_keys=True, separators=(",", ":")) for one in kept)
    (INPUTS / "advisories.jsonl").write_text("".join(f"{line}\n" for line in lines))
    for day in SNAPSHOTS:
        count = sum(one["published"][:10] <= day for one in records)
        feed = {"name": "osv", "as_of": f"{day}T04:00:00Z", "covers": ["pypi"], "records": count}
        write(INPUTS / "feeds" / f"{day}.json", {"feeds": [feed]})


# --- tests and scans ------------------------------------------------------------------------------------------------


def tests(build: Build, source: Path, tools: Path) -> None:
    """Write a JUnit report for each file of tests, from a real run on the source of a build."""
    for file in sorted((source / "tests").glob("test_*.py")):
        report = source.parent / "report.xml"
        run(
            tools / "bin" / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}",
            "-o", "pythonpath=.", "--rootdir", source, file, cwd=source, fails=True,
        )  # fmt: skip
        text = report.read_text()
        text = re.sub(r' hostname="[^"]*"', "", text)
        text = re.sub(r' timestamp="[^"]*"', f' timestamp="{build.built.removesuffix("Z")}+00:00"', text)
        text = re.sub(r'(<testsuite [^>]*>)', rf'\1<properties><property name="build_id" value="{build.build_id}" />'
                      '</properties>', text, count=1)  # fmt: skip
        place = INPUTS / "junit" / build.version / f"{file.stem.removeprefix('test_')}.xml"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text.replace(str(source), "gateway").replace(str(source.resolve()), "gateway"))


def scans(build: Build, source: Path, tools: Path) -> None:
    """Write one SARIF log for a build: ruff over the source, bandit over the package, detect-secrets over all files."""
    ruff = json.loads(
        run(tools / "bin" / "ruff", "check", "--isolated", "--no-cache", "--select", "S,B,F", "--ignore", "S101",
            "--output-format", "sarif", "--exit-zero", ".", cwd=source)
    )["runs"][0]  # fmt: skip
    run(
        tools / "bin" / "bandit",
        "-q",
        "-r",
        "ward_gateway",
        "-f",
        "sarif",
        "-o",
        "bandit.sarif",
        cwd=source,
        fails=True,
    )
    bandit = json.loads((source / "bandit.sarif").read_text())["runs"][0]
    (source / "bandit.sarif").unlink()
    told = json.loads(run(tools / "bin" / "detect-secrets", "scan", "--all-files", ".", cwd=source))
    secrets = {
        "tool": {"driver": {"name": "detect-secrets", "version": told["version"]}},
        "results": [
            {
                "ruleId": one["type"], "level": "error", "message": {"text": one["type"]},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": file},
                                                    "region": {"startLine": one["line_number"]}}}],
            }
            for file, found in sorted(told["results"].items()) for one in found
        ],
    }  # fmt: skip
    ruff["properties"] = {
        "asepsis:analysis": "source", "asepsis:rule_set": "S,B,F without S101", "asepsis:paths": ["**"],
    }  # fmt: skip
    bandit["properties"] = {
        "asepsis:analysis": "binary", "asepsis:rule_set": "bandit default", "asepsis:paths": ["ward_gateway/**"],
    }  # fmt: skip
    secrets["properties"] = {
        "asepsis:analysis": "secrets", "asepsis:rule_set": "detect-secrets default",
        "asepsis:history": f"all commits up to v{build.version}", "asepsis:paths": ["**"],
    }  # fmt: skip
    for one in (ruff, bandit, secrets):
        one.pop("invocations", None)
        one.pop("artifacts", None)
        rules = one["tool"]["driver"].get("rules", [])
        one["tool"]["driver"]["rules"] = [
            {key: rule[key] for key in ("id", "name", "defaultConfiguration") if key in rule} for rule in rules
        ]
        one["invocations"] = [{"executionSuccessful": True, "endTimeUtc": build.built}]
    text = json.dumps({"version": "2.1.0", "runs": [ruff, bandit, secrets]}, indent=1, sort_keys=True)
    text = text.replace(f"file://{source.resolve()}/", "").replace(f"{source.resolve()}/", "")
    place = INPUTS / "sarif" / f"{build.version}.sarif"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text + "\n")


def main() -> None:
    """Make everything again."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--osv", type=Path, required=True, help="The export of OSV for PyPI, all.zip.")
    asked.add_argument("--uv", default=UV, help="The program uv.")
    asked.add_argument("--only-advisories", action="store_true", help="Leave all else as it is; this needs no network.")
    given = asked.parse_args()
    records = advisories(given.osv)
    if given.only_advisories:
        known(records)
        return
    with tempfile.TemporaryDirectory() as made:
        tools = Path(made) / "tools"
        run(given.uv, "venv", "-q", "--python", "3.11", tools)
        run(given.uv, "pip", "install", "-q", "--python", tools / "bin" / "python", *TOOLS, "cryptography==46.0.7")
        for build in BUILDS:
            folder = Path(made) / build.version
            source = folder / "gateway"
            source.mkdir(parents=True)
            tree(build.version, source)
            bills(build, environment(build, folder, given.uv), source, tools)
            tests(build, source, tools)
            scans(build, source, tools)
        folder = Path(made) / "printer"
        folder.mkdir()
        printer(folder, given.uv, tools)
    known(records)


if __name__ == "__main__":
    main()
