"""Each control three times: that it works, that nobody gets round it, and that it brings no weakness of its own."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from ward_gateway import admin, audit, dicom_listener, fhir_api, hl7_listener, router, update

KEY, SALT = b"k" * 32, b"s" * 16
MAKER = Ed25519PrivateKey.from_private_bytes(b"m" * 32)
PUBLIC = MAKER.public_key().public_bytes_raw()


def token(**changed):
    claims = {"client": "app", "scopes": frozenset({"patient/Patient.read"}), "patient": "p1", "expires": 100} | changed
    mac = fhir_api.mac_of(KEY, "app", frozenset({"patient/Patient.read"}), "p1", 100)
    return fhir_api.Token(mac=mac, **claims)


def account():
    return admin.Account("administrator", SALT, admin.hashed("correct horse", SALT))


def signed(version, package=b"new software"):
    manifest = f"{version} {hashlib.sha256(package).hexdigest()}\n".encode()
    return manifest, MAKER.sign(manifest), package


def test_controls_work():
    assert fhir_api.status(token(), "Patient", "p1", KEY, 50) == 200
    assert dicom_listener.accept(dicom_listener.Image("X", "1", "p", 1), frozenset({"CT"})) == dicom_listener.REFUSED
    assert update.refusal(*signed("2.9.0"), "2.2.0", PUBLIC) is None
    one = admin.Session(b"s", 0)
    assert one.takes("route", one.form_token("route"))


def test_a_guessed_password_locks_the_account():
    one = account()
    assert not any(one.login("wrong", at) for at in range(5))
    assert not one.login("correct horse", 10)
    assert one.login("correct horse", 910)


def test_a_lockout_ends_so_that_nobody_is_kept_out_for_good():
    one = account()
    for at in range(50):
        one.login("wrong", at)
    assert one.login("correct horse", 5000)


def test_a_forged_token_reads_nothing():
    assert fhir_api.status(token(scopes=frozenset({"patient/Observation.read"})), "Observation", "p1", KEY, 50) == 401
    assert fhir_api.status(token(expires=10**9), "Patient", "p1", KEY, 50) == 401


def test_another_patients_record_stays_closed():
    assert fhir_api.status(token(), "Patient", "p2", KEY, 50) == 403


def test_an_answer_tells_nothing_of_who_is_known():
    assert {fhir_api.status(None, "Patient", one, KEY, 50) for one in ("p1", "nobody")} == {401}


def test_a_form_is_taken_once():
    one = admin.Session(b"s", 0)
    sent = one.form_token("route")
    assert [one.takes("route", sent), one.takes("route", sent), one.takes("erase", sent)] == [True, False, False]


def test_an_idle_session_ends():
    assert [admin.Session(b"s", 0).alive(at) for at in (899, 900)] == [True, False]


def test_a_line_taken_out_of_the_log_is_seen():
    lines, before = [], audit.FIRST
    for number in range(5):
        lines.append(audit.line(before, "anna", f"act {number}", number))
        before = audit.digest(lines[-1])
    assert audit.first_break(lines[:2] + lines[3:]) == 2


def test_a_name_cannot_forge_a_line_of_the_log():
    assert "\n" not in audit.line(audit.FIRST, "eve\n{}", "login", 1)


def test_a_tampered_update_is_refused():
    manifest, signature, package = signed("2.9.0")
    assert update.refusal(manifest, signature, package + b"!", "2.2.0", PUBLIC) == "the package is another than the signed one"
    assert update.refusal(manifest.replace(b"2.9", b"3.9"), signature, package, "2.2.0", PUBLIC) is not None


def test_a_replayed_update_is_refused():
    assert update.refusal(*signed("2.1.0"), "2.2.0", PUBLIC) == "it is not newer than what is installed"


def test_an_image_of_another_patient_is_not_filed():
    known = {"id": "p1", "name": "Doe", "born": "1950-01-01"}
    assert router.matches(known, known)
    assert not router.matches(known, known | {"born": "1951-01-01"})
    assert not router.matches(known, {"id": "p1"})


def test_a_message_without_end_is_refused():
    try:
        hl7_listener.unframed(b"\x0bMSH|")
    except hl7_listener.RefusedMessageError:
        return
    raise AssertionError


def test_a_full_queue_refuses_and_loses_nothing():
    route = router.Route("ward-7", frozenset({"7"}))
    assert sum(route.put("7", "x") for _ in range(router.MOST_WAITING + 5)) == router.MOST_WAITING


def test_controls_bring_no_new_weakness():
    assert hl7_listener.acknowledgement("1", taken=False).count(b"\r") == 3
    assert fhir_api.status(token(), "../Patient", "p1", KEY, 50) == 404
    assert not account().may("no such right")
