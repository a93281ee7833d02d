"""A text that a person wrote, as the plain value of a field: one conversion for forms, files and tables."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from datetime import date

from asepsis.record.fields import Form, What

Plain = str | int | bool
IdOf = Callable[[Form, str], str | None]

_FLAGS = {"yes": True, "true": True, "no": False, "false": False}
_NUMBER = re.compile(r"-?[0-9]{1,16}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(?:\.(\d{1,6}))?Z", re.ASCII)
_OTHER_DAY = re.compile(r"([0-9]{1,2})[./\- ]([0-9]{1,2})[./\- ]([0-9]{2}|[0-9]{4})")
_BETWEEN = re.compile(r"[\s_\-]+")


def plain_of(form: Form, text: str, id_of: IdOf) -> Plain | None:
    """Return a text as the plain value of a scalar field; `None` where it does not fit (`misfit` then says why).

    A choice is taken whatever its case, blanks, hyphens and underscores. `id_of` gives the id of what a reference or a
    person is called, `None` where there is none.
    """
    bare = text.strip()
    match form.what:
        case What.FLAG:
            return _FLAGS.get(bare.casefold())
        case What.NUMBER:
            return int(bare) if _NUMBER.fullmatch(bare) else None
        case What.CHOICE:
            return choice_of(form.choices, bare)
        case What.DAY:
            return bare if _DAY.fullmatch(bare) and _is_day(bare) else None
        case What.INSTANT:
            found = _INSTANT.fullmatch(bare)
            return found and f"{found[1]}T{found[2]}{found[3] or ':00'}.{found[4] or '':0<6}Z"
        case What.REFERENCE | What.ID:
            return id_of(form, bare)
        case _:
            return text


def choice_of(choices: Iterable[str], text: str) -> str | None:
    """Return the one of `choices` that a text means, whatever its case, what stands between its words, and its ending:
    `Installation` is `install`, `authorization` is `authorisation`.
    """
    every = tuple(choices)
    fits = [one for one in every if one == text] or [one for one in every if squeezed(one) == squeezed(text)]
    fits = fits or [one for one in every if _is_alike(squeezed(one), squeezed(text))]
    return fits[0] if len(fits) == 1 else None


_ENDINGS = frozenset({"", "e", "s", "ed", "ing", "ion", "ions", "ation", "al", "ance", "ain", "enance", "ity"})


def _is_alike(one: str, other: str) -> bool:
    """Return whether two words have a stem of five letters or more in common, and each an ending of those that words have."""
    one, other = one.replace("z", "s"), other.replace("z", "s")
    pairs = zip(one, other, strict=False)
    stem = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
    return any({one[at:], other[at:]} <= _ENDINGS for at in range(5, stem + 1))


def squeezed(text: str) -> str:
    """Return a text as it is compared: without case, and with one hyphen between its words."""
    return _BETWEEN.sub("-", text.strip().casefold())


def misfit(form: Form, text: str) -> str:
    """Return why a text does not fit a field, as what follows its name: "is 'soon'; it is a day such as 2026-11-25"."""
    bare = text.strip()
    if form.what is What.CHOICE:
        near = difflib.get_close_matches(squeezed(bare), form.choices, n=1)
        return f"is '{short(bare)}', not {form.hint}{f'; perhaps {near[0]} is meant' if near else ''}"
    if form.what is What.DAY and (other := _OTHER_DAY.fullmatch(bare)):
        first, second = int(other[1]), int(other[2])
        two = "can be read as two days" if first <= 12 and second <= 12 and first != second else "has another order"
        return f"is '{bare}', which {two}; write it as year-month-day, such as 2026-11-25"
    return f"is '{short(bare)}'; it is {form.hint}"


def short(text: str) -> str:
    """Return a text cut to what a sentence holds."""
    return text if len(text) <= 60 else f"{text[:57]}..."


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
