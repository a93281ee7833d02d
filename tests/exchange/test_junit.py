"""JUnit XML into test results."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asepsis.exchange import facts, junit
from asepsis.exchange.source import EncodingError, Reading, Source, UnreadableError

WHOLE = b"""<?xml version="1.0" encoding="UTF-8"?>
<testsuites timestamp="2026-03-01T10:00:00+01:00">
  <properties><property name="asepsis:build_id" value="1.4.0+77"/></properties>
  <testsuite name="outer">
    <testsuite name="inner" timestamp="2026-03-01T09:30:00Z">
      <testcase classname="gateway.auth" name="locks_after_five" time="0.25"/>
      <testcase classname="gateway.auth" name="tells_nothing"><failure message="leaked">AssertionError</failure></testcase>
    </testsuite>
    <testcase name="alone" timestamp="2026-03-01T09:00:00Z"><skipped/></testcase>
    <testcase classname="gateway" name="broken"><error type="E"/></testcase>
  </testsuite>
</testsuites>
"""


def reading(text: str | bytes, **limits: int) -> Reading[facts.TestResults]:
    return junit.read(Source("report.xml", text.encode() if isinstance(text, str) else text), **limits)


def case(inside: str = "", attributes: str = "") -> str:
    return f'<testsuite><testcase classname="a.B" name="c" {attributes}>{inside}</testcase></testsuite>'


def outcomes(text: str) -> list[str]:
    return [one.outcome for one in reading(text).fact.cases]


def notes(read: Reading[facts.TestResults]) -> str:
    return "\n".join(note if isinstance(note, str) else note.text() for note in read.receipt.notes)


def test_cases_keep_their_order_across_suites_that_lie_in_each_other() -> None:
    assert [(one.automation_id, one.outcome) for one in reading(WHOLE).fact.cases] == [
        ("gateway.auth.locks_after_five", "pass"),
        ("gateway.auth.tells_nothing", "fail"),
        ("alone", "skipped"),
        ("gateway.broken", "error"),
    ]


def test_a_case_takes_its_own_time_then_that_of_the_nearest_suite() -> None:
    read = reading(WHOLE)
    assert [one.time for one in read.fact.cases] == [
        "2026-03-01T09:30:00Z",
        "2026-03-01T09:30:00Z",
        "2026-03-01T09:00:00Z",
        "2026-03-01T09:00:00Z",
    ]
    assert "3 results carry the start of their suite" in notes(read)


def test_the_build_comes_from_a_property_of_the_root() -> None:
    assert reading(WHOLE).fact.build_id == "1.4.0+77"


def test_the_build_comes_from_a_property_of_a_suite_written_as_text() -> None:
    text = "<testsuite><properties><property name='build_id'>b-7</property></properties></testsuite>"
    assert reading(text).fact.build_id == "b-7"


def test_a_property_of_a_case_names_no_build() -> None:
    text = case('<properties><property name="build_id" value="x"/></properties>')
    assert reading(text).fact.build_id is None


def test_a_report_of_two_builds_is_refused_naming_both() -> None:
    suite = '<testsuite><properties><property name="build_id" value="{}"/></properties></testsuite>'
    with pytest.raises(junit.SeveralBuildsError, match="the builds 7 and 8"):
        reading(f"<testsuites>{suite.format(7)}{suite.format(8)}</testsuites>")


def test_times_without_an_offset_are_taken_as_utc_and_the_receipt_says_so() -> None:
    read = reading('<testsuite timestamp="2026-03-01T09:30:00.5"/>')
    assert read.fact.started_at == "2026-03-01T09:30:00.500000Z"
    assert "taken as UTC" in notes(read)


def test_times_with_an_offset_are_not_said_to_be_taken_as_utc() -> None:
    assert "taken as UTC" not in notes(reading(WHOLE))


@pytest.mark.parametrize("written", ["yesterday", "2026-03-01", "01.03.2026 10:00", "2026-13-01T00:00:00Z"])
def test_a_time_that_is_none_is_left_out_and_named(written: str) -> None:
    read = reading(case(attributes=f'timestamp="{written}"'))
    assert read.fact.cases[0].time is None
    assert f"'{written}'" in notes(read)


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<failure/><rerunFailure/><rerunError/>", ["fail", "fail", "error"]),
        ("<flakyFailure/><flakyError/>", ["fail", "error", "pass"]),
        ("<error/><failure/>", ["fail"]),
        ("<system-out>failure</system-out>", ["pass"]),
    ],
)
def test_each_run_of_a_case_is_a_result_the_last_run_last(inside: str, expected: list[str]) -> None:
    assert outcomes(case(inside)) == expected


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('status="notrun" result="suppressed"', "skipped"),
        ('status="disabled"', "skipped"),
        ('status="notrun"', "skipped"),
        ('status="run" result="completed"', "pass"),
        ('status="fail"', "fail"),
        ('result="Error"', "error"),
    ],
)
def test_a_case_that_says_it_in_attributes_alone_is_believed(attributes: str, expected: str) -> None:
    assert outcomes(case(attributes=attributes)) == [expected]


def test_repeated_ids_are_all_kept_and_counted_in_the_receipt() -> None:
    read = reading('<testsuite><testcase name="a"/><testcase name="a"><failure/></testcase></testsuite>')
    assert [one.outcome for one in read.fact.cases] == ["pass", "fail"]
    assert "1 automation ids occur more than once" in notes(read)


def test_a_case_without_a_name_is_left_out_and_named_in_the_receipt() -> None:
    read = reading('<testsuite><testcase classname="a"/><testcase name="b"/></testsuite>')
    assert (len(read.fact.cases), read.receipt.taken) == (1, 1)
    assert read.receipt.not_taken[0][0] == "a test case of 'a'"


def test_a_message_holds_attribute_and_text_and_is_cut_at_two_thousand_characters() -> None:
    read = reading(case(f'<failure message="why">{"x" * 5000}</failure>'))
    message = read.fact.cases[0].message
    assert message == "why\n" + "x" * 1996
    assert "1 messages were cut" in notes(read)


def test_a_message_that_its_text_repeats_stands_once() -> None:
    assert reading(case('<failure message="why">why\nso</failure>')).fact.cases[0].message == "why\nso"


@pytest.mark.parametrize(("written", "kept"), [("1,234.5", "1234.5"), ("0.", "0"), (".5", "0.5"), ("1e3", None)])
def test_seconds_are_kept_as_a_decimal(written: str, kept: str | None) -> None:
    assert reading(case(attributes=f'time="{written}"')).fact.cases[0].seconds == kept


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (b"", "the file ends before the report does at line 1, column 1"),
        (WHOLE[:300], "the file ends in the middle of a tag or character at line 6, column 7"),
        (b"<html/>", "its root is 'html', where 'testsuites' or 'testsuite' is expected, at line 1, column 1"),
        (b"<testsuite>\n<a></b></testsuite>", "a closing tag does not match the open one at line 2, column 6"),
        (b"<testsuite>&nbsp;</testsuite>", "an entity is named that XML does not define"),
        (b'<testsuite a="1" a="2"/>', "an attribute stands twice"),
        (b"<testsuite/><testsuite/>", "something follows the end"),
        (b'<?xml version="1.0" encoding="klingon"?><testsuite/>', "an encoding that is not read here"),
        (b'<?xml version="1.0" encoding="gbk"?><testsuite/>', "an encoding that is not read here"),
        (b"<testsuite>" + b"<testsuite>" * 100, "deeper than 100 levels"),
        (b"<testsuite><testcase name='a'><testcase name='b'/></testcase></testsuite>", "lies inside another one"),
        (b"\x00\x01\x02", "a character does not belong there"),
        (b'{"version": "2.1.0"}', "a character does not belong there"),
    ],
)
def test_what_is_no_report_is_refused_in_one_sentence_with_its_place(bad: bytes, said: str) -> None:
    with pytest.raises(junit.UnreadableReportError) as refusal:
        reading(bad)
    assert said in str(refusal.value)
    assert str(refusal.value).startswith("report.xml cannot be read as JUnit XML: ")


@pytest.mark.parametrize(
    "declared",
    ["", '[<!ENTITY a "b">]', '[<!ENTITY a SYSTEM "file:///etc/hostname">]', 'SYSTEM "http://example.org/x"'],
)
def test_a_document_type_is_refused_whatever_it_says(declared: str) -> None:
    with pytest.raises(junit.UnreadableReportError, match="a document type or an entity"):
        reading(f"<!DOCTYPE testsuite {declared}><testsuite><testcase name='a'/></testsuite>")


def test_bytes_that_are_no_utf8_are_named_with_their_place() -> None:
    with pytest.raises(EncodingError, match=r"byte 27 \(line 1, column 28\)"):
        reading(b'<testsuite><testcase name="\xff"/></testsuite>')


def test_a_report_in_utf16_or_latin_1_that_says_so_is_read() -> None:
    text = '<?xml version="1.0" encoding="{}"?><testsuite><testcase name="ä"/></testsuite>'
    for encoding in ("utf-16", "iso-8859-1"):
        assert reading(text.format(encoding).encode(encoding)).fact.cases[0].automation_id == "ä"


def test_a_huge_attribute_is_refused_before_it_is_whole() -> None:
    with pytest.raises(junit.UnreadableReportError, match="one tag is longer than 1,000 bytes at line 1, column 12"):
        reading(b'<testsuite><testcase name="' + b"x" * 200_000 + b'"/></testsuite>', most_tag=1_000)


def test_more_results_than_are_read_are_refused() -> None:
    with pytest.raises(junit.UnreadableReportError, match="more than 2 results"):
        reading('<testsuite><testcase name="a"/><testcase name="b"/><testcase name="c"/></testsuite>', most_cases=2)


@pytest.mark.parametrize("element", ["system-out", "failure"])
def test_output_of_cases_is_not_held_in_memory(element: str) -> None:
    source = Source("report.xml", case(f"<{element}>{'line of output ' * 1_000_000}</{element}>").encode())
    tracemalloc.start()
    junit.read(source)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(source.data) > 14_000_000
    assert peak < 2_000_000


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for whole in (data, b"<testsuite>" + data + b"</testsuite>"):
        try:
            reading(whole)
        except UnreadableError:
            continue


def test_what_is_read_can_be_written_as_a_fact_document() -> None:
    fact = reading(WHOLE).fact
    assert facts.read_document(facts.document_bytes(fact)) == fact


def test_each_xml_bomb_is_refused(shared: Path) -> None:
    bombs = sorted((shared / "data/suites/defusedxml-xml").glob("*.xml"))
    assert bombs
    for bomb in bombs:
        refused_for = "its root is 'root'" if bomb.name.startswith("simple") else "a document type or an entity"
        with pytest.raises(junit.UnreadableReportError, match=refused_for):
            junit.read(Source.file(bomb))


def test_reports_of_five_runners_are_read_with_as_many_cases_as_they_hold(shared: Path) -> None:
    reports = sorted((shared / "data/suites/strictdoc-testdata").rglob("*junit.xml"))
    assert reports
    for report in reports:
        read = junit.read(Source.file(report))
        assert len(read.fact.cases) == report.read_text().count("<testcase"), report.name
        facts.read_document(facts.document_bytes(read.fact))


def test_the_outcomes_of_a_dynamic_scan_written_as_junit_are_its_findings(shared: Path) -> None:
    report = shared / "data/suites/defectdojo-scans/unittests/scans/burp_dastardly/many_findings.xml"
    read = junit.read(Source.file(report))
    assert sum(one.outcome == "fail" for one in read.fact.cases) == 4
