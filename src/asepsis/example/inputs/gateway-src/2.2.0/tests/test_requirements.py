"""What the gateway has to do, requirement by requirement."""

from ward_gateway import admin, audit, dicom_listener, fhir_api, hl7_listener, router

KEY, SALT = b"k" * 32, b"s" * 16


def token(scopes, patient="p1", expires=100):
    scopes = frozenset(scopes)
    return fhir_api.Token("ward-app", scopes, patient, expires, fhir_api.mac_of(KEY, "ward-app", scopes, patient, expires))


def account():
    return admin.Account("administrator", SALT, admin.hashed("correct horse", SALT))


def test_only_known_stations_store_images():
    image = dicom_listener.Image("CT-3", "1.2.840.10008.5.1.4.1.1.2", "p1", 1000)
    assert dicom_listener.accept(image, frozenset({"CT-3"})) == dicom_listener.SUCCESS
    assert dicom_listener.accept(image, frozenset({"MR-1"})) == dicom_listener.REFUSED


def test_a_message_is_read_only_when_framed():
    assert hl7_listener.segments(hl7_listener.unframed(b"\x0bMSH|^~\\&|LAB\rPID|1\r\x1c\x0d"))[1] == ["PID", "1"]


def test_an_api_client_reads_within_its_scopes():
    reads = token({"patient/Observation.read"})
    assert fhir_api.status(reads, "Observation", "p1", KEY, 50) == 200
    assert fhir_api.status(reads, "Patient", "p1", KEY, 50) == 403


def test_an_administrator_logs_in_and_a_viewer_changes_nothing():
    assert account().login("correct horse", 0)
    assert not admin.Account("viewer", SALT, b"").may("routes.write")


def test_every_act_is_a_line_of_the_audit_log():
    first = audit.line(audit.FIRST, "anna", "login", 1)
    assert audit.first_break([first, audit.line(audit.digest(first), "anna", "route changed", 2)]) is None


def test_messages_wait_in_order_while_a_receiver_is_away():
    route = router.Route("ward-7", frozenset({"7"}))
    assert [route.put("7", one) for one in ("a", "b")] == [True, True]
    assert list(route.waiting) == ["a", "b"]


def test_stored_data_is_erased_for_good():
    data = bytearray(b"patient 4711")
    router.erased({"queue": data})
    assert data == bytearray()


def test_passwords_are_kept_as_scrypt_only():
    assert b"correct horse" not in account().kept
    assert len(account().kept) == 64
