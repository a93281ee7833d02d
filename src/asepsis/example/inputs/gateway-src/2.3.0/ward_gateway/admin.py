"""The administrators' pages: login with lockout, sessions that end, and forms that only the page itself can send."""

import hashlib
import hmac
from dataclasses import dataclass, field

MOST_FAILURES, LOCKED_SECONDS, SESSION_SECONDS = 5, 900, 900
COST = {"n": 2**14, "r": 8, "p": 1}
RIGHTS = {
    "viewer": frozenset({"routes.read"}),
    "administrator": frozenset({"routes.read", "routes.write", "update.install", "erase"}),
}


def hashed(password: str, salt: bytes) -> bytes:
    """Return what is kept of a password."""
    return hashlib.scrypt(password.encode(), salt=salt, **COST)


@dataclass
class Account:
    """An administrator's or viewer's account."""

    role: str
    salt: bytes
    kept: bytes
    failures: int = 0
    locked_until: int = 0

    def login(self, password: str, now: int) -> bool:
        """Return whether the password is right; after five wrong ones nobody gets in for 15 minutes."""
        if now < self.locked_until:
            return False
        if hmac.compare_digest(hashed(password, self.salt), self.kept):
            self.failures = 0
            return True
        self.failures += 1
        if self.failures >= MOST_FAILURES:
            self.failures, self.locked_until = 0, now + LOCKED_SECONDS
        return False

    def may(self, right: str) -> bool:
        """Return whether the account's role has a right."""
        return right in RIGHTS.get(self.role, frozenset())


@dataclass
class Session:
    """Somebody who is logged in, until 15 minutes after the last request."""

    secret: bytes
    seen: int
    used: set[str] = field(default_factory=set)

    def alive(self, now: int) -> bool:
        """Return whether the session goes on."""
        return 0 <= now - self.seen < SESSION_SECONDS

    def form_token(self, form: str) -> str:
        """Return the token that a form of this session bears."""
        return hmac.new(self.secret, form.encode(), "sha256").hexdigest()

    def takes(self, form: str, token: str) -> bool:
        """Return whether a form came from a page of this session, and for the first time."""
        if token in self.used or not hmac.compare_digest(self.form_token(form), token):
            return False
        self.used.add(token)
        return True


NOBODY = Account("nobody", b"nobody's salt 16", bytes(64))


def login(accounts: dict[str, Account], name: str, password: str, now: int) -> bool:
    """Return whether a name may come in; a name that nobody has takes as long to refuse as a wrong password."""
    account = accounts.get(name)
    if account is None:
        hmac.compare_digest(hashed(password, NOBODY.salt), NOBODY.kept)
        return False
    return account.login(password, now)
