"""The files that real tools made, and the source and package of each build; `inputs/README.md` says how they came about."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from asepsis.example.cast import BY_KEY
from asepsis.exchange.git import GitMissingError
from asepsis.exchange.source import Source

FOLDER = Path(__file__).parent / "inputs"
SOURCE = FOLDER / "gateway-src"
VERSIONS = ("2.2.0", "2.3.0", "2.4.0")
BUILDS = {"2.2.0": "gw-2.2.0-b118", "2.3.0": "gw-2.3.0-b164", "2.4.0": "gw-2.4.0-b181"}


def file(*parts: str) -> Source:
    """Return one of the kept files."""
    return Source.file(FOLDER.joinpath(*parts))


def tree(version: str) -> dict[str, bytes]:
    """Return the source of a version by path: each version holds what changed since the one before."""
    found: dict[str, bytes] = {}
    for one in VERSIONS[: VERSIONS.index(version) + 1]:
        for path in sorted((SOURCE / one).rglob("*")):
            if path.is_file() and path.suffix in (".py", ".toml", ".md"):
                found[path.relative_to(SOURCE / one).as_posix()] = path.read_bytes()
    return found


# --- the repository -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Commit:
    """One change of the gateway's source: by whom, reviewed by whom, and which files of which version it brings."""

    day: str
    author: str
    reviewer: str
    message: str
    version: str
    paths: tuple[str, ...]
    request: str | None = None  # the name of the change request in the story
    tag: str | None = None


COMMITS = (
    Commit(
        "2025-02-10", "jonas", "minh", "Take images in by C-STORE", "2.2.0",
        ("ward_gateway/dicom_listener.py", "ward_gateway/router.py", "README.md"), "change/2.2.0",
    ),
    Commit(
        "2025-03-17", "minh", "jonas", "Take results in by HL7, with an audit log that shows what was taken out", "2.2.0",
        ("ward_gateway/hl7_listener.py", "ward_gateway/audit.py"), "change/2.2.0",
    ),
    Commit(
        "2025-05-05", "jonas", "minh", "Serve FHIR, administrators and updates", "2.2.0",
        ("ward_gateway/fhir_api.py", "ward_gateway/admin.py", "ward_gateway/update.py"), "change/2.2.0",
    ),
    Commit(
        "2025-06-10", "minh", "jonas", "Release 2.2.0, with its tests", "2.2.0",
        ("ward_gateway/__init__.py", "pyproject.toml", "tests/"), "change/2.2.0", "v2.2.0",
    ),
    Commit(
        "2026-02-11", "minh", "jonas", "Slow down clients that ask too much", "2.3.0", ("ward_gateway/limits.py", "tests/"),
        "change/limits",
    ),
    Commit(
        "2026-03-09", "jonas", "minh", "Speak TLS 1.2 at the least", "2.3.0", ("ward_gateway/tls.py",), "change/tls",
    ),
    Commit(
        "2026-04-20", "jonas", "minh", "Let the login page answer alike, whether a name exists or not", "2.3.0",
        ("ward_gateway/admin.py",), "change/names",
    ),
    Commit(
        "2026-04-21", "minh", "jonas", "Release 2.3.0: raise cryptography, PyJWT and Pillow", "2.3.0",
        ("ward_gateway/__init__.py", "pyproject.toml"), "change/pins-2.3.0", "v2.3.0",
    ),
    Commit(
        "2026-06-04", "jonas", "minh", "Read segments that go on in ADD segments", "2.4.0",
        ("ward_gateway/hl7_listener.py", "tests/"), "change/add-segments",
    ),
    Commit(
        "2026-06-18", "minh", "jonas", "Prepare 2.4.0: raise urllib3, PyJWT and idna", "2.4.0",
        ("ward_gateway/__init__.py", "pyproject.toml"), "change/pins-2.4.0", "v2.4.0",
    ),
)  # fmt: skip


def repository(folder: Path, labels: dict[str, str], up_to: str) -> None:
    """Make the gateway's repository in an empty folder, up to a version's tag, with real commits of fixed days.

    `labels` gives the label of each change request by its name in the story; commits name it, as the procedure asks.
    Raises `GitMissingError`.
    """
    _git(folder, "init", "-q")
    for commit in COMMITS:
        if VERSIONS.index(commit.version) > VERSIONS.index(up_to):
            break
        files = tree(commit.version)
        own = SOURCE / commit.version
        for path, data in files.items():
            if path.startswith(commit.paths) and (own / path).exists():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(data)
        _git(folder, "add", "-A")
        author, reviewer = BY_KEY[commit.author], BY_KEY[commit.reviewer]
        named = f" ({labels[commit.request]})" if commit.request else ""
        message = f"{commit.message}{named}\n\nReviewed-by: {reviewer.name} <{reviewer.email}>\n"
        at = datetime.fromisoformat(f"{commit.day}T13:00:00").replace(tzinfo=UTC).isoformat()
        who = {f"GIT_{role}_{field}": value for role in ("AUTHOR", "COMMITTER") for field, value in (
            ("NAME", author.name), ("EMAIL", author.email), ("DATE", at))}  # fmt: skip
        _git(folder, "commit", "-q", "--allow-empty", "-m", message, environment=who)
        if commit.tag:
            _git(folder, "tag", commit.tag)


def _git(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> None:
    program = shutil.which("git")
    if program is None:
        raise GitMissingError(folder=folder.name)
    alone = {
        "PATH": os.environ.get("PATH", os.defpath), "HOME": os.devnull, "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }  # fmt: skip
    pinned = ("-c", "commit.gpgsign=false", "-c", "core.autocrlf=false", "-c", f"core.hooksPath={os.devnull}")
    subprocess.run(  # noqa: S603  a found program and fixed words, in a folder of our own
        [program, *pinned, *arguments], cwd=folder, env=alone | (environment or {}), check=True, capture_output=True
    )


# --- the package ----------------------------------------------------------------------------------------------------

INSTALL = b"""#!/bin/sh
# Checks the package against its manifest before anything is run.
set -eu
sha256sum --check --quiet MANIFEST.sha256
exec ./setup --from .
"""


def security_guide(version: str) -> bytes:
    """Return the security guide of a version, as it lies in its package."""
    return (FOLDER / "security-guide.md").read_text(encoding="utf-8").replace("{version}", version).encode()


def package(version: str, guide: bytes) -> dict[str, bytes]:
    """Return the files of a package as it is delivered, by path."""
    code = {path: data for path, data in tree(version).items() if path.startswith("ward_gateway/")}
    return {
        **{f"app/{path}": data for path, data in code.items()},
        "app/pins.txt": b"".join(sorted(_pins(version))),
        "docs/security-guide.md": guide,
        "install.sh": INSTALL,
    }


def _pins(version: str) -> list[bytes]:
    listed = json.loads(file("bills", f"{version}.cdx.json").data)["components"]
    return [f"{one['name']}=={one['version']}\n".encode() for one in listed]


def laid(files: dict[str, bytes], folder: Path) -> Path:
    """Lay files into a folder."""
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def manifest(files: dict[str, bytes], made_at: str) -> bytes:
    """Return the manifest of a package: digest, size and path of each file, and when it was made."""
    lines = [f"{sha256(data).hexdigest()} {len(data)} {path}\n" for path, data in sorted(files.items())]
    return "".join(("# sha256 size path\n", f"# made_at: {made_at}\n", *lines)).encode()
