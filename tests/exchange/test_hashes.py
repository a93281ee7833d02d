"""Of several hashes of a component the strongest is kept."""

from __future__ import annotations

import pytest

from asepsis.exchange.hashes import strongest


@pytest.mark.parametrize(
    ("hashes", "best"),
    [
        ([("MD5", "A"), ("SHA-256", "B"), ("SHA-1", "C")], "SHA-256:b"),
        ([("md5", "a"), ("sha512", "b")], "sha512:b"),
        ([("OWN", "a"), ("OTHER", "b")], "OWN:a"),
        ([], None),
    ],
)
def test_the_strongest_hash_is_kept(hashes: list[tuple[str, str]], best: str | None) -> None:
    assert strongest(hashes) == best
