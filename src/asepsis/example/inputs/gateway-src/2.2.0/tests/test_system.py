"""Speed, the two sides of each boundary, and the parts together."""

import time

from ward_gateway import admin, audit, dicom_listener, fhir_api, hl7_listener, router

KEY = b"k" * 32


def test_performance_a_token_is_checked_in_a_millisecond():
    begun = time.perf_counter()
    for _ in range(1000):
        fhir_api.status(None, "Patient", "p", KEY, 0)
    assert time.perf_counter() - begun < 1


def test_boundary_hospital_network():
    inside = dicom_listener.Image("CT-3", "1.2.840.10008.5.1.4.1.1.2", "p1", 1000)
    outside = dicom_listener.Image("GUEST", "1.2.840.10008.5.1.4.1.1.2", "p1", 1000)
    assert [dicom_listener.accept(one, frozenset({"CT-3"})) for one in (inside, outside)] == [0x0000, 0x0122]


def test_boundary_maker_service():
    assert admin.Account("viewer", b"s" * 16, b"").may("update.install") is False
    assert admin.Account("administrator", b"s" * 16, b"").may("update.install") is True


def test_services_the_gateway_works_while_the_update_service_is_away():
    route = router.Route("ward-7", frozenset({"7"}))
    assert route.put("7", "result")


def test_integration_a_result_goes_from_the_feed_to_its_ward():
    told = hl7_listener.segments(hl7_listener.unframed(b"\x0bMSH|^~\\&|LAB\rPID|p1\rPV1|7\r\x1c\x0d"))
    route = router.Route("ward-7", frozenset({"7"}))
    assert route.put(told[2][1], told[1][1])
    assert audit.first_break([audit.line(audit.FIRST, "feed", f"routed {told[1][1]}", 1)]) is None
