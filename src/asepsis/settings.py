"""Everything that can be set about the machine, read from the environment; nonsense stops the start with a sentence."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

import pydantic
from django.utils.functional import SimpleLazyObject

from asepsis.accounts.way import LOOPBACK, protected
from asepsis.home import by_default
from asepsis.jobs import logs

SOURCE = Path(__file__).resolve().parent


def _needs(module: str, extra: str, setting: str) -> None:
    if find_spec(module) is None:
        raise ValueError(f"{setting} needs what is not installed: pip install 'asepsis[{extra}]'")


_ATTRIBUTE = r"^[A-Za-z][A-Za-z0-9-]{0,63}$"  # the name of an attribute of LDAP: RFC 4512, 2.5


class Machine(pydantic.BaseModel):
    """What a machine's keeper sets, each as ASEPSIS_<NAME> in the environment."""

    home: Path = pydantic.Field(default_factory=by_default, description="The folder in which all state lives.")
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
    allowed_hosts: tuple[str, ...] = pydantic.Field(
        default=("localhost", "127.0.0.1", "[::1]"), description="Names under which pages are served, by comma."
    )
    address: str | None = pydantic.Field(
        default=None,
        description="https://name under which people reach the pages through a proxy; without it, this machine alone.",
    )
    trusted_proxies: tuple[str, ...] = pydantic.Field(
        default=("127.0.0.1", "::1"),
        description="Where the proxies stand that ASEPSIS_ADDRESS speaks of, as addresses or networks, by comma: what they "
        "say of who asks is believed, and of nobody else.",
    )
    sso_server: str | None = pydantic.Field(
        default=None, description="The address of an OpenID Connect provider by which people may log in, too."
    )
    sso_name: str = pydantic.Field(default="single sign-on", description="How people call that provider.")
    sso_client_id: str = pydantic.Field(default="asepsis", description="What the provider calls this installation.")
    sso_secret_file: Path | None = pydantic.Field(
        default=None, description="A file that holds the secret that the provider gave, and nothing else."
    )
    saml_metadata_file: Path | None = pydantic.Field(
        default=None,
        description="A file with the metadata of a SAML 2.0 identity provider by which people may log in, too, instead of "
        "OpenID Connect.",
    )
    ldap_server: str | None = pydantic.Field(
        default=None, description="The host of a directory (LDAP) with whose passwords people may log in and sign, too."
    )
    ldap_port: int | None = pydantic.Field(
        default=None, ge=1, le=65_535, description="The port of that directory; else 636 for tls and 389 for starttls."
    )
    ldap_security: Literal["tls", "starttls", "none"] = pydantic.Field(
        default="tls", description="How the way to the directory is protected; none is for this machine alone."
    )
    ldap_ca_file: Path | None = pydantic.Field(
        default=None, description="The certificates by which the directory is known; else those of the system."
    )
    ldap_base: str = pydantic.Field(default="", description="Under which name of the directory people are looked for.")
    ldap_attribute: str = pydantic.Field(
        default="uid",
        pattern=_ATTRIBUTE,
        description="By what a person is found there who is joined to it: uid, sAMAccountName, mail.",
    )
    ldap_id_attribute: str = pydantic.Field(
        default="entryUUID",
        pattern=_ATTRIBUTE,
        description="What the directory gives to no other entry, ever: entryUUID, or objectGUID in Active Directory.",
    )
    ldap_user: str | None = pydantic.Field(
        default=None, description="As whom the directory is searched; without it, as nobody."
    )
    ldap_password_file: Path | None = pydantic.Field(
        default=None, description="A file that holds the password of that user, and nothing else."
    )
    ldap_seconds: int = pydantic.Field(
        default=5, ge=1, le=30, description="How long each step with the directory may take, in seconds."
    )
    ldap_local: Literal["away", "never"] = pydantic.Field(
        default="away",
        description="When the passphrase serves that somebody set here whose account is joined to the directory: as long "
        "as the directory does not answer, or never.",
    )
    session_hours: int = pydantic.Field(
        default=10, ge=1, le=24, description="How long a log-in lasts at most, in hours."
    )
    idle_minutes: int = pydantic.Field(
        default=30, ge=1, le=240, description="After how many minutes without a page somebody is logged out."
    )
    feeds: Literal["asked", "never"] = pydantic.Field(
        default="asked",
        description="asked: the feeds that were added are fetched from the network when somebody asks for it; never: only "
        "those in folders are read.",
    )
    token_days: int = pydantic.Field(
        default=90, ge=1, le=366, description="For how many days a token of the API is good at most."
    )
    api_per_minute: int = pydantic.Field(
        default=600, ge=10, le=100_000, description="How many requests a token of the API has in a minute."
    )
    upload_mib: int = pydantic.Field(
        default=64, ge=1, le=256, description="How large a file may be that is brought in over the API, in MiB."
    )
    webhooks: Literal["public", "private", "never"] = pydantic.Field(
        default="public",
        description="Where news of entries may be sent: to public https addresses and this machine; to those of a private "
        "network as well; or nowhere.",
    )
    checkpoint_mail: str | None = pydantic.Field(
        default=None, description="An address of mail, best of somebody else, to which a checkpoint goes each day."
    )
    checkpoint_webhook: str | None = pydantic.Field(
        default=None, description="An https:// address, best of somebody else, to which a checkpoint is sent each day."
    )
    checkpoint_every: int = pydantic.Field(
        default=0, ge=0, le=10_000_000, description="After how many entries a checkpoint leaves; 0: each day alone."
    )
    mail_server: str | None = pydantic.Field(
        default=None, description="The server that takes letters; without it, no letter is sent."
    )
    mail_port: int = pydantic.Field(default=587, ge=1, le=65_535, description="The port of that server.")
    mail_security: Literal["starttls", "tls", "none"] = pydantic.Field(
        default="starttls", description="How the way to that server is protected; none is for this machine alone."
    )
    mail_user: str | None = pydantic.Field(default=None, description="As whom to log in to that server.")
    mail_password_file: Path | None = pydantic.Field(
        default=None, description="A file that holds the password of that user, and nothing else."
    )
    mail_from: str = pydantic.Field(default="asepsis@localhost", description="The address that letters come from.")
    mail_folder: Path | None = pydantic.Field(
        default=None, description="A folder into which letters are written, instead of being sent; to try things out."
    )
    log: Literal["text", "json"] = pydantic.Field(
        default="text", description="json: each line of the log is one JSON object, with one for each request."
    )
    metrics: Literal["off", "loopback", "token"] = pydantic.Field(
        default="off", description="Who may read /metrics: nobody, this machine, or whoever brings the token."
    )
    metrics_token_file: Path | None = pydantic.Field(
        default=None, description="A file that holds that token, and nothing else."
    )
    busy_seconds: int = pydantic.Field(
        default=20, ge=1, le=600, description="How long a write waits for another to end, in seconds."
    )

    @pydantic.field_validator("trusted_proxies", mode="after")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(one)) for one in value)

    @pydantic.field_validator("allowed_hosts", "trusted_proxies", mode="before")
    @classmethod
    def _by_comma(cls, value: object) -> object:
        return tuple(one.strip() for one in value.split(",") if one.strip()) if isinstance(value, str) else value

    @pydantic.field_validator("checkpoint_webhook")
    @classmethod
    def _is_protected_webhook(cls, value: str | None) -> str | None:
        if value is not None and not protected(value):
            raise ValueError("is no https:// address")
        return value

    @pydantic.model_validator(mode="after")
    def _mail_is_protected(self) -> Machine:
        if self.mail_server and self.mail_security == "none" and self.mail_server not in LOOPBACK:
            raise ValueError("ASEPSIS_MAIL_SECURITY none is for a server on this machine alone")
        return self

    @pydantic.field_validator("address")
    @classmethod
    def _is_https(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query or parts.username:
            raise ValueError("is no https:// address of a host alone")
        return f"https://{parts.netloc}"

    @pydantic.field_validator("sso_server")
    @classmethod
    def _is_protected(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not protected(value):
            raise ValueError("is no https:// address")
        return value.rstrip("/")

    @pydantic.model_validator(mode="after")
    def _one_single_sign_on(self) -> Machine:
        if self.saml_metadata_file is None:
            return self
        if self.sso_server is not None:
            raise ValueError("name either ASEPSIS_SSO_SERVER or ASEPSIS_SAML_METADATA_FILE, not both")
        _needs("onelogin", "saml", "ASEPSIS_SAML_METADATA_FILE")
        return self

    @pydantic.model_validator(mode="after")
    def _directory_is_protected(self) -> Machine:
        if self.ldap_server is None:
            return self
        if self.ldap_security == "none" and self.ldap_server not in LOOPBACK:
            raise ValueError("ASEPSIS_LDAP_SECURITY none is for a directory on this machine alone")
        if "/" in self.ldap_server or ":" in self.ldap_server.strip("[]"):
            raise ValueError("ASEPSIS_LDAP_SERVER is the name of a host alone")
        if not self.ldap_base:
            raise ValueError("ASEPSIS_LDAP_SERVER needs ASEPSIS_LDAP_BASE, under which people are looked for")
        if (self.ldap_user is None) != (self.ldap_password_file is None):
            raise ValueError("ASEPSIS_LDAP_USER and ASEPSIS_LDAP_PASSWORD_FILE belong together")
        _needs("ldap3", "ldap", "ASEPSIS_LDAP_SERVER")
        return self

    @property
    def single_sign_on(self) -> str | None:
        """Return by what people may log in elsewhere, under the name that allauth knows it by.

        It is another for each server of OpenID Connect: what one calls somebody is nobody's name at the next.
        """
        if self.saml_metadata_file is not None:
            return "saml"
        return f"sso-{sha256(self.sso_server.encode()).hexdigest()[:12]}" if self.sso_server else None

    @pydantic.field_validator("database")
    @classmethod
    def _is_postgresql(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in ("postgresql", "postgres"):
            raise ValueError("is no postgresql:// address")
        return value


def _read(environment: Mapping[str, str]) -> Machine:
    named = {name: f"ASEPSIS_{name.upper()}" for name in Machine.model_fields}
    try:
        return Machine.model_validate({name: environment[said] for name, said in named.items() if said in environment})
    except pydantic.ValidationError as error:
        told = "; ".join(
            " ".join((*(f"ASEPSIS_{str(at).upper()}" for at in one["loc"][:1]), one["msg"])) for one in error.errors()
        )
        raise SystemExit(f"The settings in the environment cannot be used: {told}.") from error


def database(machine: Machine) -> dict[str, object]:
    """Return how Django reaches the database that a machine names."""
    if machine.database is None:
        return {
            "ENGINE": "asepsis.store.sqlite",
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


def _single_sign_on(machine: Machine) -> dict[str, object]:
    """Return what allauth is told of the one provider by which people may log in; nothing where there is none."""
    if machine.saml_metadata_file is not None:
        return {
            "saml": {"APPS": [{"provider_id": "saml", "name": machine.sso_name, "client_id": "saml", "settings": {}}]}
        }
    if machine.sso_server is None:
        return {}
    secret = machine.sso_secret_file.read_text(encoding="utf-8").strip() if machine.sso_secret_file else ""
    provider = {
        "provider_id": machine.single_sign_on,
        "name": machine.sso_name,
        "client_id": machine.sso_client_id,
        "secret": secret,
        "settings": {"server_url": machine.sso_server, "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [provider]}}


def _secret() -> Any:
    """Return the secret that signs sessions and forms, read from its file when it is first used."""

    def read() -> str:
        from asepsis.accounts import secret

        return secret.read(MACHINE.home)

    return SimpleLazyObject(read)


MACHINE = _read(os.environ)
HTTPS = MACHINE.address is not None
_PREFIX = "__Host-" if HTTPS else ""  # a browser takes such a cookie over HTTPS alone, from this very host

DEBUG = False
SECRET_KEY = _secret()
ALLOWED_HOSTS = [*MACHINE.allowed_hosts, *([str(urlsplit(MACHINE.address).hostname)] if MACHINE.address else [])]
COMMANDS_NEED = [
    "django.contrib.staticfiles",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "asepsis.store",
    "asepsis.accounts",
    "django_htmx",
    "django_tasks_db",
    "asepsis.jobs",
    "asepsis.web",
]
INSTALLED_APPS = [
    *COMMANDS_NEED,
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
    "axes",
]
MIDDLEWARE = [
    "asepsis.web.requests.RequestsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "asepsis.web.policy.ContentSecurityPolicyMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "asepsis.web.idle.IdleMiddleware",
    "asepsis.web.bodies.BodyMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "asepsis.web.viewer.ViewerMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
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
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
DATABASES = {"default": database(MACHINE)}
DATABASE_IN_A_FILE = database(MACHINE.model_copy(update={"database": None}))  # what a backup is
CACHES = {  # a code of an app serves once, whichever process it is sent to
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_remembered",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000  # of a form with many rows
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "asepsis.accounts.backend.PassphraseBackend"]
PASSWORD_HASHERS = ["asepsis.accounts.hashing.Argon2", "asepsis.accounts.hashing.OlderScrypt"]
LOGIN_URL = "/login"
SESSION_ENGINE = "asepsis.accounts.sessions"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = MACHINE.session_hours * 3600
SESSION_COOKIE_NAME = f"{_PREFIX}asepsis"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_NAME = f"{_PREFIX}asepsis-form"
CSRF_COOKIE_AGE = None
CSRF_FAILURE_VIEW = "asepsis.web.errors.not_from_here"
CSRF_TRUSTED_ORIGINS = [MACHINE.address] if MACHINE.address else []
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
ACCOUNT_ADAPTER = "asepsis.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = "user_id"
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_ADAPTER = "asepsis.accounts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RECOVERY_CODES_SHOW_ONCE = True
SOCIALACCOUNT_ADAPTER = "asepsis.accounts.adapters.SocialAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = _single_sign_on(MACHINE)
SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX = ""
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "asepsis.accounts.backend.asked_for"
AXES_LOCKOUT_CALLABLE = "asepsis.web.errors.stopped"
AXES_SENSITIVE_PARAMETERS = ["username", "user_id", "passphrase", "password", "credential", "code", "next"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
LOGGING = logs.settings(MACHINE.log)
