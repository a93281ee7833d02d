"""A look at effective contents that a test gives: it really holds them, and finds them forwards and backwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from asepsis.clauses.policy import in_force
from asepsis.record.kind import Kind, Ref, plain_value, references

K = TypeVar("K", bound=Kind)


class Held:
    """What `Kind.slots` may ask of effective contents, by the ids that the test names them with."""

    def __init__(self, contents: Mapping[str, Kind] | None = None, policy: Mapping[str, Any] | None = None) -> None:
        self.contents = dict(contents or {})
        self.policy: Mapping[str, Any] = in_force(policy)

    def get(self, ref: Ref[K]) -> K | None:
        return self.contents.get(ref)  # type: ignore[return-value]  # the id of a record of another kind is no test's

    def back(self, ref: str, kind: type[K]) -> tuple[K, ...]:
        return tuple(
            content
            for content in self.contents.values()
            if isinstance(content, kind) and any(one.target == ref for one in references(kind, plain_value(content)))
        )

    def in_force(self, kind: type[K]) -> K | None:
        found = [content for content in self.contents.values() if isinstance(content, kind)]
        return found[0] if found else None
