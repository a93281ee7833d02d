"""The marks of verdicts: drawn shapes that differ without colour, each with its word as its name."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from asepsis.record.verdict import Verdict

WORDS = {
    Verdict.MET: "met",
    Verdict.GAP: "gap",
    Verdict.UNKNOWN: "unknown",
    Verdict.NOT_APPLICABLE: "not applicable",
    Verdict.NOT_ASKED: "not asked",
}
DASH, SMALL_DASH = '<path d="M3 8h10"/>', '<path d="M2 5h6"/>'
SHAPES = {
    "met": '<circle cx="8" cy="8" r="7"/>',
    "gap": '<circle cx="8" cy="8" r="6"/><path d="M5 8h6"/>',
    "urgent": '<circle cx="8" cy="8" r="5.5"/><path d="M0 8h16"/>',
    "unknown": '<circle cx="8" cy="8" r="6"/>',
    "not-applicable": DASH,
    "not-asked": DASH,
}
SMALL = {
    "met": '<circle cx="5" cy="5" r="3.3"/>',
    "gap": '<circle cx="5" cy="5" r="3.4"/><path d="M3 5h4"/>',
    "urgent": '<circle cx="5" cy="5" r="3.2"/><path d="M0 5h10"/>',
    "unknown": '<circle cx="5" cy="5" r="3.6"/>',
    "not-applicable": SMALL_DASH,
    "not-asked": SMALL_DASH,
}


def word(verdict: Verdict, *, urgent: bool = False) -> str:
    """Return a verdict in a word or two."""
    return "urgent gap" if urgent and verdict is Verdict.GAP else WORDS[verdict]


def mark(verdict: Verdict | str, *, urgent: bool = False, small: bool = False) -> SafeString:
    """Return the drawn mark of a verdict, 16 pixels wide, or 10 where it is `small`."""
    verdict = Verdict(verdict)
    shape = "urgent" if urgent and verdict is Verdict.GAP else str(verdict)
    size, shapes = (10, SMALL) if small else (16, SHAPES)
    return format_html(
        '<svg class="mark {} mark-{}" width="{}" height="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        "small" if small else "large",
        shape,
        size,
        size,
        size,
        size,
        word(verdict, urgent=urgent),
        mark_safe(shapes[shape]),  # noqa: S308 - one of the shapes above
    )
