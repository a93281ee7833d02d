"""ReqIF as requirement tools write it: types, attributes, formatted text, relations."""

from __future__ import annotations

import io
import zipfile

import pytest

from asepsis.exchange.source import Source
from asepsis.exchange.tables import formats, reqif
from asepsis.exchange.tables.sheet import Book, UnreadableTableError

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
BODY = """<REQ-IF xmlns="http://www.omg.org/spec/ReqIF/20110401/reqif.xsd" xmlns:x="http://www.w3.org/1999/xhtml">
<THE-HEADER><REQ-IF-HEADER IDENTIFIER="h"><REQ-IF-VERSION>1.0</REQ-IF-VERSION></REQ-IF-HEADER></THE-HEADER>
<CORE-CONTENT><REQ-IF-CONTENT>
<DATATYPES><DATATYPE-DEFINITION-ENUMERATION IDENTIFIER="d1"><SPECIFIED-VALUES>
 <ENUM-VALUE IDENTIFIER="e1" LONG-NAME="operate"/><ENUM-VALUE IDENTIFIER="e2" LONG-NAME="maintain"/>
</SPECIFIED-VALUES></DATATYPE-DEFINITION-ENUMERATION></DATATYPES>
<SPEC-TYPES>
 <SPEC-OBJECT-TYPE IDENTIFIER="t1" LONG-NAME="Requirements"><SPEC-ATTRIBUTES>
  <ATTRIBUTE-DEFINITION-STRING IDENTIFIER="a1" LONG-NAME="ReqIF.ForeignID"/>
  <ATTRIBUTE-DEFINITION-STRING IDENTIFIER="a2" LONG-NAME="ReqIF.Name"/>
  <ATTRIBUTE-DEFINITION-XHTML IDENTIFIER="a3" LONG-NAME="ReqIF.Text"/>
  <ATTRIBUTE-DEFINITION-ENUMERATION IDENTIFIER="a4" LONG-NAME="Stages"/>
  <ATTRIBUTE-DEFINITION-BOOLEAN IDENTIFIER="a5" LONG-NAME="Flag"/>
  <ATTRIBUTE-DEFINITION-DATE IDENTIFIER="a6" LONG-NAME="Due"/>
 </SPEC-ATTRIBUTES></SPEC-OBJECT-TYPE>
 <SPEC-RELATION-TYPE IDENTIFIER="t2" LONG-NAME="because"/>
</SPEC-TYPES>
<SPEC-OBJECTS>
 <SPEC-OBJECT IDENTIFIER="o1"><TYPE><SPEC-OBJECT-TYPE-REF>t1</SPEC-OBJECT-TYPE-REF></TYPE><VALUES>
  <ATTRIBUTE-VALUE-STRING THE-VALUE="R-1"><DEFINITION><ATTRIBUTE-DEFINITION-STRING-REF>a1</ATTRIBUTE-DEFINITION-STRING-REF></DEFINITION></ATTRIBUTE-VALUE-STRING>
  <ATTRIBUTE-VALUE-STRING THE-VALUE="Log in"><DEFINITION><ATTRIBUTE-DEFINITION-STRING-REF>a2</ATTRIBUTE-DEFINITION-STRING-REF></DEFINITION></ATTRIBUTE-VALUE-STRING>
  <ATTRIBUTE-VALUE-XHTML><THE-VALUE><x:div>It <x:b>asks</x:b> who
  it is.<x:p>Twice.</x:p><x:object data="p.png"/></x:div></THE-VALUE><DEFINITION><ATTRIBUTE-DEFINITION-XHTML-REF>a3</ATTRIBUTE-DEFINITION-XHTML-REF></DEFINITION></ATTRIBUTE-VALUE-XHTML>
  <ATTRIBUTE-VALUE-ENUMERATION><DEFINITION><ATTRIBUTE-DEFINITION-ENUMERATION-REF>a4</ATTRIBUTE-DEFINITION-ENUMERATION-REF></DEFINITION><VALUES><ENUM-VALUE-REF>e1</ENUM-VALUE-REF><ENUM-VALUE-REF>e2</ENUM-VALUE-REF></VALUES></ATTRIBUTE-VALUE-ENUMERATION>
  <ATTRIBUTE-VALUE-BOOLEAN THE-VALUE="true"><DEFINITION><ATTRIBUTE-DEFINITION-BOOLEAN-REF>a5</ATTRIBUTE-DEFINITION-BOOLEAN-REF></DEFINITION></ATTRIBUTE-VALUE-BOOLEAN>
  <ATTRIBUTE-VALUE-DATE THE-VALUE="2026-11-25T00:00:00Z"><DEFINITION><ATTRIBUTE-DEFINITION-DATE-REF>a6</ATTRIBUTE-DEFINITION-DATE-REF></DEFINITION></ATTRIBUTE-VALUE-DATE>
 </VALUES></SPEC-OBJECT>
 <SPEC-OBJECT IDENTIFIER="o2"><TYPE><SPEC-OBJECT-TYPE-REF>t1</SPEC-OBJECT-TYPE-REF></TYPE><VALUES>
  <ATTRIBUTE-VALUE-STRING THE-VALUE="R-2"><DEFINITION><ATTRIBUTE-DEFINITION-STRING-REF>a1</ATTRIBUTE-DEFINITION-STRING-REF></DEFINITION></ATTRIBUTE-VALUE-STRING>
 </VALUES></SPEC-OBJECT>
</SPEC-OBJECTS>
<SPEC-RELATIONS>
 <SPEC-RELATION IDENTIFIER="r1"><TYPE><SPEC-RELATION-TYPE-REF>t2</SPEC-RELATION-TYPE-REF></TYPE><SOURCE><SPEC-OBJECT-REF>o2</SPEC-OBJECT-REF></SOURCE><TARGET><SPEC-OBJECT-REF>o1</SPEC-OBJECT-REF></TARGET></SPEC-RELATION>
 <SPEC-RELATION IDENTIFIER="r2"><SOURCE><SPEC-OBJECT-REF>o2</SPEC-OBJECT-REF></SOURCE><TARGET><SPEC-OBJECT-REF>gone</SPEC-OBJECT-REF></TARGET></SPEC-RELATION>
</SPEC-RELATIONS>
<SPECIFICATIONS><SPECIFICATION IDENTIFIER="s1"><CHILDREN><SPEC-HIERARCHY IDENTIFIER="n1"/></CHILDREN></SPECIFICATION></SPECIFICATIONS>
</REQ-IF-CONTENT></CORE-CONTENT></REQ-IF>
"""  # noqa: E501


def read(text: str, name: str = "tool.reqif") -> Book:
    return formats.read(Source(name, text.encode()))


def cells(book: Book, row: int) -> dict[str, str]:
    (sheet,) = book.sheets
    return dict(zip((one.name for one in sheet.headings), sheet.rows[row].cells, strict=True))


def test_objects_come_as_rows_with_their_attributes_as_texts() -> None:
    book = read(HEAD + BODY)
    assert book.sheets[0].name == "Requirements"
    assert cells(book, 0) == {
        "former id": "R-1",
        "ReqIF.ForeignID": "R-1",
        "ReqIF.Name": "Log in",
        "ReqIF.Text": "It asks who it is.\nTwice.",
        "Stages": "operate\nmaintain",
        "Flag": "yes",
        "Due": "2026-11-25",
        "because": "",
    }


def test_relations_come_as_what_the_other_object_is_called() -> None:
    assert cells(read(HEAD + BODY), 1)["because"] == "R-1"


def test_objects_are_called_by_their_identifiers_where_others_are_not_unique() -> None:
    book = read(HEAD + BODY.replace('THE-VALUE="R-2"', 'THE-VALUE="R-1"'))
    assert (cells(book, 0)["former id"], cells(book, 1)["because"]) == ("o1", "o1")


def test_what_is_left_out_is_told() -> None:
    told = " ".join(one.text() for one in read(HEAD + BODY).notes)
    assert [one in told for one in ("1 relations lead", "1 pictures", "the 1 places in specifications")] == [True] * 3


def test_a_packed_document_is_read_where_there_is_one() -> None:
    def packed(*names: str) -> Source:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                archive.writestr(name, HEAD + BODY)
            archive.writestr("p.png", b"x")
        return Source("tool.reqifz", stream.getvalue())

    assert len(formats.read(packed("a.reqif")).sheets[0].rows) == 2
    with pytest.raises(UnreadableTableError, match="2 ReqIF documents"):
        formats.read(packed("a.reqif", "b.reqif"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (HEAD + '<!DOCTYPE x [<!ENTITY a "b">]>' + BODY, "document type or an entity"),
        (HEAD + '<!DOCTYPE x SYSTEM "file:///etc/passwd">' + BODY, "document type or an entity"),
        (HEAD + '<a b="' + "0" * 4_000_000 + '"/>', "one tag is longer"),
        (HEAD + "<html/>", "outermost element"),
        (HEAD + BODY[:500], "not well-formed"),
        (HEAD + "<a>" * 500 + "</a>" * 500, "deeper than"),
        (HEAD + BODY.split("<SPEC-OBJECTS>", maxsplit=1)[0] + "</REQ-IF-CONTENT></CORE-CONTENT></REQ-IF>", "no sheet"),
        ("PK broken", "damaged"),
    ],
)
def test_what_is_no_such_document_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(UnreadableTableError, match=why):
        read(text)


def test_an_archive_that_unpacks_to_more_than_is_read_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.reqif", b" " * (reqif.MOST_XML + 1))
    with pytest.raises(UnreadableTableError, match="unpacks to more"):
        formats.read(Source("a.reqifz", stream.getvalue()))
