"""What every test may ask for."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import django
import pytest
from hypothesis import HealthCheck, settings

from asepsis.accounts import secret

ROOT = Path(__file__).parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# Nothing that a test does reaches the state of whoever runs it: settings are read from here on, also by what tests start.
HOME = tempfile.mkdtemp(prefix="asepsis-tests-")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
for name in [name for name in os.environ if name.startswith("ASEPSIS_")]:
    del os.environ[name]
os.environ.update(ASEPSIS_HOME=HOME, DJANGO_SETTINGS_MODULE="asepsis.settings")
if server := os.environ.get("TEST_DATABASE"):  # tests/store/engine.py
    os.environ["ASEPSIS_DATABASE"] = server
django.setup()
secret.make(Path(HOME))
# A worker of pytest-xdist inherits the environment, and would read the settings before its own home is made.
del os.environ["DJANGO_SETTINGS_MODULE"]

# The same examples each time, so that a red run is red again; `HYPOTHESIS_PROFILE=search` looks for new ones.
settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of data that is shared beside the repository and never copied into it."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("there is no folder ../shared beside the repository")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of a Chromium that a browser test can drive."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    pytest.skip(f"none of {', '.join(BROWSERS)} is on the PATH")
