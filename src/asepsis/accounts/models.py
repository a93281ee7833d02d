"""The table of accounts: one row for each person who may come in, never deleted, so that no user id is given twice."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from asepsis.store.models import ID

USER_ID = 64


class Accounts(BaseUserManager["Account"]):
    """All accounts; a user id counts as the same however it is typed."""

    def get_by_natural_key(self, username: str | None) -> Account:
        """Return the account of a user id. Raises `Account.DoesNotExist`."""
        return self.get(user_id=(username or "")[:USER_ID].strip().lower())


class Account(AbstractBaseUser):
    """How a person comes in: a user id that is never given to another, and the hash of a passphrase.

    `failures` counts wrong tries in a row. A closed account (`is_active` false) stays, for its user id was used.
    """

    person = models.CharField(max_length=ID, primary_key=True)
    user_id = models.CharField(max_length=USER_ID, unique=True)
    email = models.EmailField(blank=True, default="")
    failures = models.IntegerField(default=0)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[Accounts] = Accounts()

    USERNAME_FIELD = "user_id"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.user_id

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: an account is closed and stays, or its user id could be given to somebody else (11.100(a))."""
        raise TypeError("An account is closed, never deleted.")

    @property
    def has_passphrase(self) -> bool:
        """Return whether a passphrase was set."""
        return self.has_usable_password()
