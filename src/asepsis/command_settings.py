"""The settings of commands: those of the pages without what only pages need, since reading it takes 0.2 s."""

from __future__ import annotations

from asepsis.settings import *  # noqa: F403 - these are the same settings
from asepsis.settings import COMMANDS_NEED

INSTALLED_APPS = COMMANDS_NEED
MIDDLEWARE = []
AUTHENTICATION_BACKENDS = ["asepsis.accounts.backend.PassphraseBackend"]
