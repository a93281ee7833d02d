"""Statements keep what they mean through every pair of formats."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from asepsis.exchange.source import Source
from asepsis.exchange.vex import formats
from asepsis.exchange.vex.statement import (
    JUSTIFICATIONS,
    MARK,
    RESPONSES,
    STATUSES,
    Statement,
    UnreadableVexError,
    Words,
)

AT = "2026-11-25T01:02:03Z"
URN = "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79"
WRITERS: list[tuple[str, dict[str, str]]] = [
    ("openvex", {}),
    ("csaf", {"version": "2.0", "namespace": "https://example.org"}),
    ("csaf", {"version": "2.1", "namespace": "https://example.org"}),
    *(("cyclonedx", {"version": one}) for one in ("1.4", "1.5", "1.6", "1.7")),
]
CYCLONEDX_WORDS = [
    Words("cyclonedx", "false_positive", "requires_configuration"),
    Words("cyclonedx", "not_affected", "protected_by_compiler"),
    Words("cyclonedx", "resolved_with_pedigree"),
]
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40).filter(str.strip)


def statements() -> st.SearchStrategy[Statement]:
    return st.builds(
        Statement,
        vulnerability=st.sampled_from(["CVE-2026-1234", "GHSA-aaaa-bbbb-cccc", "CVE-2026-99999"]),
        product=st.sampled_from(["pkg:generic/acme/pump@2.0", "pkg:npm/a@1", "Pump"]),
        component=st.none() | st.sampled_from(["pkg:npm/left-pad@1.3.0", "zlib"]),
        aliases=st.lists(st.sampled_from(["OSV-1", "PYSEC-2026-2"]), unique=True).map(tuple),
        status=st.sampled_from(STATUSES),
        justification=st.none() | st.sampled_from(JUSTIFICATIONS),
        impact=st.none() | TEXT,
        action=st.none() | TEXT,
        responses=st.lists(st.sampled_from(RESPONSES), unique=True).map(tuple),
        at=st.none() | st.just("2026-01-02T03:04:05Z"),
        versions=st.sampled_from([(), ("2.0", "vers:semver/>=2.0.0|<3")]),
        configuration=st.none() | TEXT,
        author=st.none() | TEXT,
        until=st.none() | st.just("2027-03-01"),
        words=st.sampled_from([(), *((one,) for one in CYCLONEDX_WORDS), (Words("csaf", "first_affected"),)]),
    )


def through(said: tuple[Statement, ...], name: str, given: dict[str, str]) -> tuple[Statement, ...]:
    data = formats.named(name).write(said, name=URN, author="Acme", at=AT, **given)
    reading = formats.read(Source("x.json", data))
    assert reading.receipt.not_taken_count == 0
    return reading.statements


@pytest.mark.parametrize(("first", "second"), list(itertools.product(WRITERS, WRITERS)), ids=str)
@settings(max_examples=4, deadline=None, phases=(Phase.generate,))
@given(said=st.lists(statements(), min_size=1, max_size=3).map(tuple))
def test_what_is_said_survives_every_pair_of_formats(
    first: tuple[str, dict[str, str]], second: tuple[str, dict[str, str]], said: tuple[Statement, ...]
) -> None:
    said = tuple(dict.fromkeys(_as_read(one) for one in said))
    assert set(through(through(said, *first), *second)) == set(said)


def _as_read(said: Statement) -> Statement:
    """Return a statement with only words that mean what it says: readers make no others."""
    fits = {
        "false_positive": "not-affected",
        "not_affected": "not-affected",
        "resolved_with_pedigree": "fixed",
        "first_affected": "affected",
    }
    means = {
        "requires_configuration": "vulnerable-code-cannot-be-controlled-by-adversary",
        "protected_by_compiler": "inline-mitigations-already-exist",
        "": said.justification if said.words and said.words[0].format == "csaf" else None,
    }
    keep = tuple(
        one for one in said.words if fits[one.status] == said.status and means[one.justification] == said.justification
    )
    return replace(said, words=keep)


@pytest.mark.parametrize(("name", "given"), WRITERS, ids=str)
@settings(max_examples=5, deadline=None)
@given(said=st.lists(statements(), max_size=5), seed=st.randoms())
def test_equal_statements_give_equal_bytes(name: str, given: dict[str, str], said: list[Statement], seed: Any) -> None:
    mixed = list(said)
    seed.shuffle(mixed)
    one, other = (formats.named(name).write(some, name=URN, author="Acme", at=AT, **given) for some in (said, mixed))
    assert one == other


def cyclonedx(analysis: dict[str, Any]) -> Source:
    value = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"component": {"bom-ref": "root", "name": "Pump"}},
        "components": [{"bom-ref": "zlib", "name": "zlib", "purl": "pkg:generic/zlib@1.3"}],
        "vulnerabilities": [{"id": "CVE-2026-1", "affects": [{"ref": "zlib"}], "analysis": analysis}],
    }
    return Source("x.json", json.dumps(value).encode())


@pytest.mark.parametrize("other", WRITERS[:3], ids=str)
def test_words_of_cyclonedx_that_others_lack_are_written_back(other: tuple[str, dict[str, str]]) -> None:
    said = formats.read(cyclonedx({"state": "false_positive", "justification": "protected_at_runtime"})).statements
    back = through(said, *other)
    written = formats.named("cyclonedx").document(back, name=URN, author="Acme", at=AT)["vulnerabilities"][0][
        "analysis"
    ]
    assert (written["state"], written["justification"]) == ("false_positive", "protected_at_runtime")


def test_what_somebody_changed_since_holds_against_the_line_beside_it() -> None:
    said = Statement(
        "CVE-2026-1", "pkg:npm/a@1", "not-affected", justification=JUSTIFICATIONS[1], responses=("rollback",)
    )
    value = formats.named("openvex").document([said], name=URN, author="Acme", at=AT)
    assert value["statements"][0]["status_notes"].startswith(MARK)
    value["statements"][0]["status"] = "affected"
    read = formats.read(Source("x.json", json.dumps(value).encode())).statements
    assert (read[0].status, read[0].responses) == ("affected", ())


@pytest.mark.parametrize(("name", "given"), WRITERS, ids=str)
def test_who_publishes_a_document_is_read_and_what_another_said_keeps_its_author(
    name: str, given: dict[str, str]
) -> None:
    said = (Statement("CVE-2026-1", "Pump", "fixed"), Statement("CVE-2026-2", "Pump", "fixed", author="zlib project"))
    found = formats.read(Source("x.json", formats.named(name).write(said, name=URN, author="Acme", at=AT, **given)))
    assert (found.author, [one.author for one in found.statements]) == ("Acme", [None, "zlib project"])


@pytest.mark.parametrize("until", ["soon", 7, "2027-3-1", ["2027-03-01"]])
def test_a_last_day_that_is_none_is_passed_over(until: Any) -> None:
    said = Statement("CVE-2026-1", "Pump", "fixed", until="2027-03-01")
    value = formats.named("openvex").document([said], name=URN, author="Acme", at=AT)
    line = json.loads(value["statements"][0]["status_notes"].removeprefix(MARK))
    value["statements"][0]["status_notes"] = MARK + json.dumps(line | {"until": until})
    assert formats.read(Source("x.json", json.dumps(value).encode())).statements[0].until is None


def test_a_finding_that_nobody_analysed_is_told_and_is_no_statement() -> None:
    reading = formats.read(cyclonedx({}))
    assert (reading.statements, reading.receipt.not_taken_count) == ((), 1)


NO_VEX = [
    "[]",
    "{}",
    '{"@context": "https://openvex.dev/ns"}',
    '{"bomFormat": "CycloneDX"}',
    '{"document": {"csaf_version": "2.0"}}',
]


@pytest.mark.parametrize("text", NO_VEX)
def test_what_is_no_vex_is_refused(text: str) -> None:
    with pytest.raises(UnreadableVexError):
        formats.read(Source("x.json", text.encode()))


SUITES = Path(__file__).parents[3].parent / "shared/data/suites"
DOCUMENTS = [
    *sorted((SUITES / "csaf-oasis").glob("csaf_2.*/test/validator/data/mandatory/*.json")),
    *sorted((SUITES / "csaf-oasis").glob("csaf_2.0/examples/**/*.json")),
    *sorted((SUITES / "cyclonedx-spec").glob("**/valid-vulnerability-*.json")),
]


@pytest.mark.skipif(not SUITES.exists(), reason="../shared/data/suites is not there")
def test_what_the_suites_say_goes_through_all_formats() -> None:
    read = 0
    for path in DOCUMENTS:
        try:
            found = formats.read(Source.file(path)).statements
        except UnreadableVexError:
            continue
        read += len(found)
        for name, options in WRITERS:
            assert set(through(found, name, options)) == set(found), (path.name, name)
    assert read > 100
