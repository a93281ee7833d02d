"""The signatures that a revision asks for: who, in which role, with which meaning."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class SystemRole(StrEnum):
    """What a person can be in the life cycle; a Role record says which of these it acts as."""

    MANAGEMENT = "management"
    QUALITY = "quality"
    REGULATORY = "regulatory"
    SECURITY = "security"
    ARCHITECT = "architect"
    DEVELOPER = "developer"
    TESTER = "tester"
    CLINICAL = "clinical"
    SAFETY = "safety"
    RELEASE_MANAGER = "release-manager"
    INCIDENT = "incident"
    AUDITOR = "auditor"
    SUPPLIER = "supplier"

    @property
    def working(self) -> bool:
        """Return whether its holders write records; auditors and suppliers read only."""
        return self not in (SystemRole.AUDITOR, SystemRole.SUPPLIER)


class Meaning(StrEnum):
    """What a signature says (21 CFR 11.50(a)(3))."""

    AUTHORED = "authored"
    REVIEWED = "reviewed"
    TESTED = "tested"
    APPROVED = "approved"
    RELEASED = "released"


class Slot(msgspec.Struct, frozen=True, omit_defaults=True):
    """A signature that a submitted revision waits for: of a holder of one of `roles`, or of the one `person`.

    `apart` bars the authors: whoever wrote a revision of the record since the last effective one.
    """

    meaning: Meaning
    roles: tuple[SystemRole, ...] = ()
    person: str | None = None
    apart: bool = False

    @property
    def label(self) -> str:
        """Return the slot as people say it: "approved by quality"."""
        by = " or ".join(self.roles) if self.roles else "its author"
        return f"{self.meaning} by {by}"


def authored(by: SystemRole | str) -> Slot:
    """Return a slot for who wrote it: a role, or one person by id."""
    return _slot(Meaning.AUTHORED, by)


def reviewed(by: SystemRole | str, *, apart: bool = False) -> Slot:
    """Return a slot for a reviewer."""
    return _slot(Meaning.REVIEWED, by, apart)


def tested(by: SystemRole) -> Slot:
    """Return a slot for who tested it."""
    return _slot(Meaning.TESTED, by)


def approved(by: SystemRole, *, apart: bool = False) -> Slot:
    """Return a slot for who approves it."""
    return _slot(Meaning.APPROVED, by, apart)


def released(by: SystemRole) -> Slot:
    """Return a slot for who releases it."""
    return _slot(Meaning.RELEASED, by)


def _slot(meaning: Meaning, by: SystemRole | str, apart: bool = False) -> Slot:
    if isinstance(by, SystemRole):
        return Slot(meaning, roles=(by,), apart=apart)
    return Slot(meaning, person=by, apart=apart)
