"""What the system models in force show: which elements count, and at which of them a control stands."""

from __future__ import annotations

from asepsis.checks.view import View
from asepsis.record.dossier import Item
from asepsis.risk.records import Control, Element, Reachable, SystemModel, Threat

FROM_OUTSIDE = (Reachable.EXTERNAL, Reachable.BOTH)


def is_modelled(element: Item[Element], view: View) -> bool:
    """Return whether an element is part of a system model that is in force."""
    model: Item[SystemModel] | None = view.dossier.get(element.content.model)
    return model is not None


def elements(view: View) -> tuple[Item[Element], ...]:
    """Return the elements of the system models in force."""
    return view.once(
        "elements modelled", lambda view: tuple(one for one in view.dossier.all(Element) if is_modelled(one, view))
    )


def is_guarded(element: str, view: View) -> bool:
    """Return whether a control in force counters a threat in force to an element."""
    return element in view.once("elements guarded", _guarded)


def _guarded(view: View) -> frozenset[str]:
    threats: list[Item[Threat] | None] = [
        view.dossier.get(threat) for control in view.dossier.all(Control) for threat in control.content.mitigates
    ]
    return frozenset(str(threat.content.element) for threat in threats if threat is not None)
