"""The table of accounts: one row for each person who may come in, never deleted, so that no user id is given twice."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.contrib.auth.hashers import is_password_usable
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from asepsis.store.models import DIGEST, ID

USER_ID = 64


class AccountSet(models.QuerySet["Account"]):
    """Accounts that were asked for."""

    def delete(self) -> NoReturn:
        """Refuse, as `Account.delete` does."""
        raise TypeError("An account is closed, never deleted.")


class Accounts(BaseUserManager["Account"]):
    """All accounts; a user id counts as the same however it is typed."""

    def get_queryset(self) -> AccountSet:
        """Return them, none of which is ever deleted."""
        return AccountSet(self.model, using=self._db)

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
        """Return whether a passphrase was set here."""
        return is_password_usable(self.password)

    def has_usable_password(self) -> bool:
        """Return whether something that is typed may prove who this is: a passphrase, or the password of a directory."""
        return self.has_passphrase or DirectoryEntry.objects.filter(account=self).exists()


class DirectoryEntry(models.Model):
    """The entry of a directory whose password lets an account in: the id that no other entry ever has, in hex.

    `name` is what it was found by, and is told to people; it decides nothing.
    """

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True)
    name = models.CharField(max_length=255)
    entry = models.CharField(max_length=128, unique=True)


class Invitation(models.Model):
    """A link that lets somebody in once: the hash of its token, and until when."""

    hash = models.CharField(max_length=DIGEST, primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    until = models.DateTimeField()


class Misuse(models.Model):
    """Something that looks like somebody using another's account."""

    what = models.CharField(max_length=32)
    person = models.CharField(max_length=ID, blank=True)
    place = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["person", "at"], name="misuse_person")]


class AccessToken(models.Model):
    """What lets a program act for a person: the hash of its secret, what it may do, for which product, and until when.

    `id` stands in the token itself and in lists; the secret was shown once. An ended token stays, to say that it was.
    """

    id = models.CharField(max_length=16, primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    hash = models.CharField(max_length=DIGEST)
    name = models.CharField(max_length=80)
    scopes = models.CharField(max_length=64)
    product = models.CharField(max_length=ID, null=True)
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    used_on = models.DateField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["account", "made_at"], name="token_account")]


class AnsweredRequest(models.Model):
    """What a request with an Idempotency-Key was answered, so that the same request again is given the same answer."""

    key = models.CharField(max_length=DIGEST, primary_key=True)
    request = models.CharField(max_length=DIGEST)
    status = models.SmallIntegerField(null=True)
    body = models.BinaryField(default=b"")
    headers = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["at"], name="answered_at")]


class Asked(models.Model):
    """How often a token or an address asked in its last minute; only on PostgreSQL, where machines may share it."""

    key = models.CharField(max_length=100, primary_key=True)
    minute = models.BigIntegerField()
    count = models.IntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["minute"], name="asked_minute")]


class Webhook(models.Model):
    """An address that is told of new entries: whose eyes they are seen with, how far it was told, and when it is tried next.

    `secret` is sealed: it signs what is sent and is never shown again. `position` is the first entry not told of yet; `watch`
    the last line of the watch that was, absent where it is not told of these.
    """

    id = models.CharField(max_length=16, primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    product = models.CharField(max_length=ID, null=True)
    address = models.CharField(max_length=500)
    secret = models.TextField()
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    position = models.BigIntegerField()
    watch = models.BigIntegerField(null=True)
    failures = models.IntegerField(default=0)
    next_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=200, default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["ended_at", "next_at"], name="webhook_due")]


class SavedView(models.Model):
    """A list as a person wants to see it again: which list, under which name, and what is asked of it.

    It belongs to the account and is no record: it says how somebody works, and nothing about a product.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    place = models.CharField(max_length=120)
    name = models.CharField(max_length=60)
    words = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "place", "name"], name="saved_view_once")]


class SigningSession(models.Model):
    """That a person proved in full who they are, to sign: in which session of the browser, how, and until when.

    Each further act in it asks for one component alone (21 CFR 11.200(a)(1)(i)).
    """

    session = models.CharField(max_length=DIGEST, primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    how = models.CharField(max_length=16)
    until = models.DateTimeField()


class SpentPage(models.Model):
    """A page that asked for signatures and was sent: it serves once, so that no signature is sent twice."""

    hash = models.CharField(max_length=DIGEST, primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    at = models.DateTimeField()
