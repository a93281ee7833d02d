"""Sessions in the database, asked for by keys that can be ours alone: 32 small letters and figures."""

from __future__ import annotations

import re

from django.contrib.sessions.backends import db

KEY = re.compile("[a-z0-9]{32}")


class SessionStore(db.SessionStore):
    """Looks for no key that a cookie made up: PostgreSQL takes no U+0000, and says so by a fault."""

    def _validate_session_key(self, key: str | None) -> bool:
        return key is not None and KEY.fullmatch(key) is not None
