"""The processes that this program knows, in one table, and what each tells the store. Called once, at the start."""

from __future__ import annotations

from importlib import import_module

PROCESSES = (
    "quality",
    "configuration",
    "risk",
    "development",
    "problems",
    "maintenance",
    "transition",
    "statements",
)


def load() -> None:
    """Bring in the kinds of every process, and tell the store who holds a role and which policy is in force."""
    for process in PROCESSES:
        import_module(f"asepsis.{process}.records")
    _register()


def _register() -> None:
    from asepsis.clauses.policy import in_force
    from asepsis.quality.domain import holdings, months_after
    from asepsis.store import checkpoints, door
    from asepsis.store.registered import PolicyRule, Retention, Roles, registered

    registered.roles = Roles(
        "Appointment",
        "Role",
        "role",
        lambda appointment, role: [
            (one.person, one.role, one.since.isoformat(), one.until.isoformat() if one.until else None, one.deputy)
            for one in holdings(appointment, role)
        ],
    )
    registered.policy = PolicyRule(
        "Policy",
        lambda organisation, product, zone: in_force(
            organisation.settings if organisation is not None else None,
            product.settings if product is not None else None,
            time_zone=zone,
        ),
    )
    registered.retention = Retention(
        "Release",
        "quality.retention_years",
        lambda releases, years: max((months_after(one.support_until, 12 * years) for one in releases), default=None),
    )
    if checkpoints.let_out not in door.AFTERWARDS:
        door.AFTERWARDS.append(checkpoints.let_out)
