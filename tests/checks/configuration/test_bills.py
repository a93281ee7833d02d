"""Bills of materials: one for each configuration, true to the build, made again, and kept."""

from __future__ import annotations

from typing import Any

import pytest

from asepsis.checks.configuration import bills
from asepsis.configuration.records import BillOfMaterials, Fielded
from asepsis.conformance import run
from asepsis.exchange import subjects
from asepsis.exchange.facts import Component, Components, Source
from tests.dossiers import PRODUCT, Story, breaks, evidence, keeps, run_check

TRUE = "configuration.bills_true_to_build"
REPRODUCIBLE = "configuration.bills_reproducible"
KEPT = "configuration.bills_kept"

WHOLE = Component("zlib", version="1.3", supplier="zlib.net", purl="pkg:generic/zlib@1.3", place="direct")
DOCUMENT: dict[str, Any] = {
    "author": "The maker",
    "made_at": "2026-01-05T10:00:00Z",
    "product_version": "1.0.0",
    "schema": "follows",
    "build_id": "build-of-1.0.0",
    "source_tag": "v1.0.0",
}


class Billed(Story):
    """A release with one bill; fields of its document are given, and those of its record as `record`."""

    def __init__(self, *components: Component, record: dict[str, Any] | None = None, **document: Any) -> None:
        super().__init__()
        self.the_release = self.release()
        found = components or (WHOLE,)
        self.the_bill = self.one(found, record or {}, "bill", **document)

    def one(self, components: tuple[Component, ...], record: dict[str, Any], name: str, **document: Any) -> str:
        given: dict[str, Any] = {
            "release": self.the_release,
            "document": evidence(name),
            "build_id": "build-of-1.0.0",
            "component_count": len(components),
            "source_tag": "v1.0.0",
        }
        fact = Components("CycloneDX 1.6", components, **(DOCUMENT | document))
        self.take_in(fact, evidence(name)["digest"])
        return self.add(BillOfMaterials, **(given | record))

    def said(self, check: str, **arguments: Any) -> Any:
        return run_check(check, self, release=self.the_release, **arguments)


# --- true to the build ---


@keeps(TRUE)
def test_a_bill_of_the_build_is_true() -> None:
    assert Billed().said(TRUE).kept


def test_without_a_bill_there_is_a_gap() -> None:
    story = Story()
    assert run_check(TRUE, story, release=story.release()).sentences == [run.NOTHING]


@breaks(TRUE)
def test_each_configuration_has_exactly_one_bill() -> None:
    story = Billed()
    story.one((WHOLE,), {}, "another bill")
    assert story.said(TRUE).sentences == [bills.TWO_BILLS]
    story.revise(story.the_release, configurations=["arm64", "amd64"])
    story.revise(story.the_bill, configuration="arm64")
    said = story.said(TRUE)
    assert said.sentences == [bills.NO_BILL, bills.NOT_A_CONFIGURATION]
    story.one((WHOLE,), {"configuration": "amd64"}, "bill of amd64")
    assert story.said(TRUE).sentences == [bills.NOT_A_CONFIGURATION]


@breaks(TRUE)
@pytest.mark.parametrize(
    ("record", "document"), [({"build_id": "another"}, {"build_id": None}), ({}, {"build_id": "another"})]
)
def test_the_bill_is_of_the_build_of_the_release(record: dict[str, Any], document: dict[str, Any]) -> None:
    assert Billed(record=record, **document).said(TRUE).sentences == [bills.OTHER_BUILD]


def test_a_build_that_only_the_importer_named_is_not_known() -> None:
    said = Billed(build_id=None).said(TRUE)
    assert [one.said.sentence for one in said.unknowns] == [bills.BUILD_BY_IMPORTER]
    assert not said.gaps


@breaks(TRUE)
def test_a_release_without_a_build_has_no_true_bill() -> None:
    story = Billed()
    story.revise(story.the_release, build_id=None)
    assert story.said(TRUE).sentences == [bills.NO_BUILD]


@breaks(TRUE)
@pytest.mark.parametrize(("version", "sentence"), [("1.0.1", bills.OTHER_VERSION), (None, bills.NO_VERSION)])
def test_the_document_is_of_the_version_of_the_release(version: str | None, sentence: Any) -> None:
    assert Billed(product_version=version).said(TRUE).sentences == [sentence]


@breaks(TRUE)
def test_the_document_follows_its_schema() -> None:
    said = Billed(schema="departs", departures=("components[3].name",)).said(TRUE)
    assert said.sentences == [bills.DEPARTS]
    assert "components[3].name" in said.texts[0]
    assert Billed(schema="unchecked").said(TRUE).unknowns


@breaks(TRUE)
def test_no_component_is_lost_on_the_way() -> None:
    assert Billed(record={"component_count": 2}).said(TRUE).sentences == [bills.OTHER_COUNT]
    assert Billed(WHOLE, WHOLE, record={"component_count": 2}).said(TRUE).kept


@breaks(TRUE)
@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"supplier": None}, "supplier"),
        ({"version": None}, "version"),
        ({"name": ""}, "name"),
        ({"purl": None}, "identifier"),
        ({"place": "unplaced"}, "place in the dependencies"),
    ],
)
def test_each_component_tells_the_least_that_a_bill_tells(given: dict[str, Any], what: str) -> None:
    whole = {"name": "zlib", "version": "1.3", "supplier": "zlib.net", "purl": "pkg:generic/zlib", "place": "direct"}
    said = Billed(WHOLE, Component(**(whole | given))).said(TRUE)
    assert said.sentences == [bills.LACKS]
    assert said.texts[0].startswith("1 components in GW-BOM-1 have no " + what)


@pytest.mark.parametrize("identifier", [{"cpe": "cpe:2.3:a:z:z:1"}, {"hashes": (("SHA-256", "0" * 64),)}])
def test_a_cpe_or_a_hash_tells_a_component_as_well(identifier: dict[str, Any]) -> None:
    found = Component("zlib", version="1.3", supplier="zlib.net", place="transitive", **identifier)
    assert Billed(found).said(TRUE).kept


def test_the_product_itself_is_no_component_of_the_bill() -> None:
    assert Billed(Component("gateway", place="root"), WHOLE).said(TRUE).kept


@breaks(TRUE)
@pytest.mark.parametrize("field", ["author", "made_at"])
def test_the_bill_tells_who_made_it_and_when(field: str) -> None:
    said = Billed(**{field: None}).said(TRUE)
    assert said.sentences == [bills.NO_ORIGIN]
    assert said.gaps[0].obligation == "8-2"


def test_without_its_components_a_bill_is_not_known() -> None:
    story = Story()
    release = story.release()
    story.add(BillOfMaterials, release=release)
    said = run_check(TRUE, story, release=release)
    assert [one.said.sentence for one in said.unknowns] == [bills.UNREAD]


def test_bills_of_other_releases_are_not_looked_at() -> None:
    story = Billed()
    story.the_release = story.release("2.0.0")
    assert story.said(TRUE).sentences == [run.NOTHING]


# --- made again ---


def again(*components: Component, tag: str | None = "v1.0.0", **document: Any) -> Billed:
    story = Billed(record={"regenerated": evidence("again")})
    fact = Components("CycloneDX 1.6", components or (WHOLE,), source_tag=tag, **document)
    story.take_in(fact, evidence("again")["digest"])
    return story


@keeps(REPRODUCIBLE)
@breaks(REPRODUCIBLE)
def test_a_bill_is_made_a_second_time() -> None:
    assert again(serial="another", made_at="2026-02-01T00:00:00Z").said(REPRODUCIBLE).kept
    assert Billed().said(REPRODUCIBLE).sentences == [bills.NOT_REGENERATED]


@breaks(REPRODUCIBLE)
@pytest.mark.parametrize("given", [{"version": "1.4"}, {"purl": "pkg:generic/other@1.3"}, {"hashes": (("MD5", "0"),)}])
def test_both_bills_hold_the_same(given: dict[str, Any]) -> None:
    whole = {"name": "zlib", "version": "1.3", "purl": "pkg:generic/zlib@1.3"}
    said = again(Component(**(whole | given))).said(REPRODUCIBLE)
    assert said.sentences == [bills.DIFFERS]
    assert said.texts[0].startswith("GW-BOM-1 and the one made again from its source differ in 2 components")


@breaks(REPRODUCIBLE)
def test_a_component_that_is_there_once_more_is_a_difference() -> None:
    said = again(WHOLE, WHOLE).said(REPRODUCIBLE)
    assert "differ in 1 components" in said.texts[0]


@breaks(REPRODUCIBLE)
@pytest.mark.parametrize("tag", ["v1.0.1", None])
def test_the_second_bill_is_of_the_same_source(tag: str | None) -> None:
    assert again(tag=tag).said(REPRODUCIBLE).sentences == [bills.OTHER_TAG]


@breaks(REPRODUCIBLE)
def test_the_source_of_the_build_says_what_its_tag_is() -> None:
    story = again(tag="abc123")
    source = Source(("gateway",), "abc123", tag="v1.0.0")
    story.take_in(source, subjects.build(PRODUCT.id, "build-of-1.0.0"))
    assert story.said(REPRODUCIBLE).kept
    story.take_in(Source(("gateway",), "def456", tag="v1.0.0-2"), subjects.build(PRODUCT.id, "build-of-1.0.0"))
    assert story.said(REPRODUCIBLE).sentences == [bills.OTHER_TAG]
    told = again(tag="v1.0.0")
    told.take_in(Source(("gateway",), "def456"), subjects.build(PRODUCT.id, "build-of-1.0.0"))
    assert told.said(REPRODUCIBLE).sentences == [bills.OTHER_TAG]


def test_a_second_bill_that_cannot_be_read_is_not_known() -> None:
    story = Billed(record={"regenerated": evidence("again")})
    assert story.said(REPRODUCIBLE).sentences == [run.ABSENT]


def test_without_bills_nothing_is_made_again() -> None:
    story = Story()
    assert run_check(REPRODUCIBLE, story, release=story.release()).silent


# --- kept ---


def released(**fields: Any) -> Billed:
    story = Billed()
    story.revise(story.the_release, support_until="2027-01-05", security_support_until="2026-12-31", **fields)
    story.send_out(story.the_release)
    return story


@keeps(KEPT)
@breaks(KEPT)
def test_the_bill_of_a_released_version_is_kept_for_the_years_of_retention() -> None:
    story = released()
    assert story.said(KEPT, today="2037-01-05").kept
    story.retire(story.the_bill)
    assert set(story.said(KEPT, today="2037-01-05").sentences) == {bills.NOT_KEPT, bills.RETIRED}
    assert story.said(KEPT, today="2037-01-06").silent


@breaks(KEPT)
def test_it_is_kept_as_long_as_somebody_uses_the_version() -> None:
    story = released()
    story.retire(story.the_bill)
    story.add(Fielded, release=story.the_release, count=1, since="2026-02-01", until="2040-01-01")
    assert story.said(KEPT, today="2040-01-01").gaps
    assert story.said(KEPT, today="2040-01-02").silent


@breaks(KEPT)
def test_a_bill_is_retired_only_for_another() -> None:
    story = released()
    newer = story.one((WHOLE,), {}, "newer bill")
    story.revise(story.the_bill, retired={"why": "It was wrong.", "replaced_by": newer})
    assert story.said(KEPT).kept
    other = story.one((WHOLE,), {}, "other bill")
    story.retire(other)
    said = story.said(KEPT)
    assert (said.sentences, said.about) == ([bills.RETIRED], [story.labels[other]])


def test_a_version_that_never_went_out_asks_for_nothing() -> None:
    assert Billed().said(KEPT).silent
    story = Billed()
    story.send_out(story.the_release, outcome="refuse")
    assert story.said(KEPT).silent


def test_a_bill_whose_bytes_are_gone_is_not_known() -> None:
    story = released()
    story.lose("bill")
    assert [one.said.sentence for one in story.said(KEPT).unknowns] == [bills.BYTES_GONE]


def test_a_bill_whose_components_are_gone_is_not_known() -> None:
    story = Story()
    release = story.release()
    story.add(BillOfMaterials, release=release)
    story.send_out(release)
    assert run_check(KEPT, story, release=release).sentences == [run.ABSENT]
