"""What of a finding is told to a reader: of what is withheld no more than that it is there, and not how often."""

from __future__ import annotations

from asepsis.conformance.assessment import Note, Thing, as_told
from asepsis.readers.assessed import RESTS_ON_WITHHELD, Teller
from asepsis.readers.viewer import looking, of_person
from tests.web.conftest import maker, written
from tests.web.maker import Maker

__all__ = ["maker", "written"]


def note(identity: str, number: int) -> Note:
    return Note(
        f"check.{number}", Thing(identity, f"GW-VUL-{number}"), as_told({"template": f"Gap {number}."}), "security"
    )


def test_findings_about_what_is_withheld_are_one_however_many_they_are(maker: Maker) -> None:
    notes = (*(note(maker.ids["read"], one) for one in range(3)), *(note(maker.ids["secret"], one) for one in range(9)))
    told = Teller().notes(notes, 2)
    assert [one["what"] for one in told] == ["Gap 0.", "Gap 1.", RESTS_ON_WITHHELD]
    assert told[-1]["about"] == "a withheld record"
    assert "GW-VUL-" not in repr(told[-1])
    assert "check." not in repr(told[-1])
    assert Teller().notes(notes[3:4], 2) == Teller().notes(notes[3:], 2)
    with looking(of_person(maker.people["Jonas Weber"])):
        assert [one["what"] for one in Teller().notes(notes[3:], 2)] == ["Gap 0.", "Gap 1."]
