"""Settings of sessions and cookies, and the secret behind them: at their strictest, and none by default."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from asepsis.accounts import secret
from asepsis.settings import Machine

ROOT = Path(__file__).parents[2]


def told(code: str, **environment: str) -> str:
    """Return what a program of its own prints that reads the settings under an environment."""
    wanted = os.environ | {"PYTHONPATH": str(ROOT / "src"), "DJANGO_SETTINGS_MODULE": "asepsis.settings"} | environment
    done = subprocess.run([sys.executable, "-c", code], env=wanted, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


def test_under_an_https_name_cookies_are_taken_over_https_alone(tmp_path: Path) -> None:
    code = (
        "from django.conf import settings as s; print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, "
        "s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SECURE_HSTS_SECONDS > 0, s.ALLOWED_HOSTS[-1])"
    )
    found = told(code, ASEPSIS_HOME=str(tmp_path), ASEPSIS_ADDRESS="https://asepsis.example")
    assert found == "True True __Host-asepsis __Host-asepsis-form True asepsis.example"


@pytest.mark.parametrize("address", ["http://asepsis.example", "https://", "https://a.example/path", "asepsis.example"])
def test_an_address_that_is_not_https_stops_the_start(tmp_path: Path, address: str) -> None:
    found = told(
        "from django.conf import settings; settings.DEBUG", ASEPSIS_HOME=str(tmp_path), ASEPSIS_ADDRESS=address
    )
    assert "ASEPSIS_ADDRESS" in found


def test_no_secret_has_a_default(tmp_path: Path) -> None:
    found = told("from django.conf import settings; print(str(settings.SECRET_KEY))", ASEPSIS_HOME=str(tmp_path))
    assert "NoSecretError" in found


def test_a_secret_is_its_owners_alone_and_is_made_once(tmp_path: Path) -> None:
    secret.make(tmp_path)
    first = secret.read(tmp_path)
    secret.make(tmp_path)
    assert secret.read(tmp_path) == first
    assert (tmp_path / secret.FILE).stat().st_mode & 0o077 == 0
    (tmp_path / secret.FILE).write_text("short", encoding="ascii")
    with pytest.raises(secret.NoSecretError):
        secret.read(tmp_path)


def test_commands_read_nothing_that_only_pages_need(tmp_path: Path) -> None:
    code = (
        "import sys; from asepsis.cli.opening import set_up; set_up(); "
        "print(sorted({one.partition('.')[0] for one in sys.modules} & {'allauth', 'axes', 'fido2'}))"
    )
    environment = {one: value for one, value in os.environ.items() if one != "DJANGO_SETTINGS_MODULE"}
    wanted = environment | {"PYTHONPATH": str(ROOT / "src"), "ASEPSIS_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=wanted, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("module", "named", "extra"),
    [
        ("ldap3", {"ldap_server": "dc.example", "ldap_base": "dc=example"}, "asepsis[ldap]"),
        ("onelogin", {"saml_metadata_file": "idp.xml"}, "asepsis[saml]"),
    ],
)
def test_what_needs_an_extra_that_is_not_installed_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, module: str, named: dict[str, str], extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ValueError, match=re.escape(extra)):
        Machine.model_validate(named)
