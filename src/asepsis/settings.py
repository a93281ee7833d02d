"""Everything that can be set about the machine, read from the environment; nonsense stops the start with a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl, unquote, urlsplit

import platformdirs
import pydantic
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

SOURCE = Path(__file__).resolve().parent


def _default_home() -> Path:
    """Return `var/` in a checkout, the platform's data folder where the program was installed."""
    checkout = SOURCE.parent.parent
    if (checkout / "pyproject.toml").is_file():
        return checkout / "var"
    return Path(platformdirs.user_data_dir("asepsis", appauthor=False))


class Machine(BaseSettings):
    """What a machine's keeper sets, each as ASEPSIS_<NAME> in the environment."""

    model_config = SettingsConfigDict(env_prefix="ASEPSIS_", extra="ignore")

    home: Path = pydantic.Field(default_factory=_default_home, description="The folder in which all state lives.")
    database: str | None = pydantic.Field(
        default=None,
        description="postgresql://user@host/name, or postgresql:///name?host=/folder/of/its/socket; without it, SQLite "
        "in the home folder.",
    )
    database_password_file: Path | None = pydantic.Field(
        default=None, description="A file that holds the password of the database, and nothing else."
    )
    checkpoint_folder: Path | None = pydantic.Field(
        default=None, description="A folder, best on another machine, into which a checkpoint is written each day."
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = pydantic.Field(
        default=("localhost", "127.0.0.1", "[::1]"), description="Names under which pages are served, by comma."
    )
    busy_seconds: int = pydantic.Field(
        default=20, ge=1, le=600, description="How long a write waits for another to end, in seconds."
    )

    @pydantic.field_validator("allowed_hosts", mode="before")
    @classmethod
    def _by_comma(cls, value: object) -> object:
        return tuple(one.strip() for one in value.split(",") if one.strip()) if isinstance(value, str) else value

    @pydantic.field_validator("database")
    @classmethod
    def _is_postgresql(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in ("postgresql", "postgres"):
            raise ValueError("is no postgresql:// address")
        return value


def _read() -> Machine:
    try:
        return Machine()
    except pydantic.ValidationError as error:
        told = "; ".join(f"ASEPSIS_{str(one['loc'][0]).upper()} {one['msg']}" for one in error.errors())
        raise SystemExit(f"The settings in the environment cannot be used: {told}.") from error


def _database(machine: Machine) -> dict[str, object]:
    if machine.database is None:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": machine.home / "asepsis.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": machine.busy_seconds,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                "PRAGMA secure_delete=ON; PRAGMA recursive_triggers=ON; PRAGMA trusted_schema=OFF; "
                "PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456",
            },
        }
    parts = urlsplit(machine.database)
    password = unquote(parts.password or "")
    if machine.database_password_file is not None:
        password = machine.database_password_file.read_text(encoding="utf-8").strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": password,
        "HOST": parts.hostname or dict(parse_qsl(parts.query)).get("host", ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
    }


MACHINE = _read()

DEBUG = False
SECRET_KEY = ""  # nothing is signed with it: no session, no form; the workbench will bring its own, from a file
ALLOWED_HOSTS = list(MACHINE.allowed_hosts)
INSTALLED_APPS = ["django.contrib.staticfiles", "asepsis.store", "asepsis.web"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "asepsis.web.policy.ContentSecurityPolicyMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "asepsis.urls"
WSGI_APPLICATION = "asepsis.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"builtins": ["asepsis.web.templatetags.asepsis"], "string_if_invalid": ""},
    }
]
DATABASES = {"default": _database(MACHINE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
