"""HL7 segments that go on in an ADD segment, which some laboratories send for long comments."""

import pytest
from ward_gateway import hl7_listener


def test_a_segment_goes_on_in_an_add_segment():
    told = hl7_listener.segments(b"MSH|x\rOBX|1|long\rADD|er\r")
    assert told == [["MSH", "x"], ["OBX", "1", "long", "er"]]


def test_hl7_load_a_flood_of_add_segments_is_refused():
    with pytest.raises(hl7_listener.RefusedMessageError):
        hl7_listener.segments(b"MSH|x\rOBX|1\r" + b"ADD|\r" * 200_000)
