"""A string that breaks out of wherever it is not escaped, and contents of any kind that say it wherever a text may stand."""

from __future__ import annotations

import types
from enum import StrEnum
from html.parser import HTMLParser
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pydantic

from asepsis.record.kind import Ref
from tests.kinds import _adapter, _candidates

TEXT = "=1+1'\"></textarea></title><!--><img src=x onerror=alert(1)>{{7*7}}%7*7%\u202e [x](javascript:alert(1)) |"
PERSON = "a person"
MARK = "onerror"  # it is in the text alone, so whatever has an attribute of this name let it out
URLS = ("javascript:alert(1)//", "data:text/html,<script>alert(1)</script>", "https://x.example/'\"onerror=alert(1) ")


def said_everywhere(kind: type[pydantic.BaseModel], refs: dict[str, str]) -> dict[str, Any]:
    """Return a content of `kind` in which every text, however deep it stands, is the naughty one.

    `refs` gives an id for each kind that can be referred to, and of a person whose name is the naughty text.
    """
    found = {name: _filled(_whole(info), name, refs) for name, info in kind.model_fields.items()}
    return {name: one for name, one in found.items() if one is not None and name != "retired"}


def _whole(info: Any) -> Any:
    return Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation


def _filled(annotation: Any, name: str, refs: dict[str, str]) -> Any:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated and (get_origin(inner[0]) in (tuple, Union, types.UnionType) or _is_value(inner[0])):
        return _filled(inner[0], name, refs)
    if origin is tuple:
        one = _filled(inner[0], name, refs)
        return None if one is None else [one]
    if origin in (Union, types.UnionType):
        found = (_filled(one, name, refs) for one in inner if one is not type(None))
        return next((one for one in found if one is not None), None)
    if origin is Ref:
        return next((refs[one.__name__] for one in inner if getattr(one, "__name__", "") in refs), None)
    if origin is Literal:
        return inner[0]
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return next(iter(annotation)).value
    if _is_value(annotation):
        return said_everywhere(annotation, refs)
    for one in (TEXT, TEXT[:100], refs[PERSON], *URLS, *_candidates(name)):
        try:
            _adapter(annotation).validate_json(pydantic.TypeAdapter(Any).dump_json(one))
        except pydantic.ValidationError:
            continue
        return one
    return None


def _is_value(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel)


class Broken(HTMLParser):
    """What of a page is not ours: elements and addresses that only the naughty text can have made."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if any(name.startswith("on") for name in told) or told.get("src") == "x" or MARK in tag:
            self.found.append(f"<{tag} {told}>")
        for name in ("href", "src", "action", "formaction", "hx-get", "hx-post"):
            address = (told.get(name) or "").strip().lower()
            if address and not address.startswith(("/", "?", "#", "https://", "http://", "mailto:")):
                self.found.append(f"{name}={address}")
