"""What other systems may read over FHIR: by a token of their own, within its scopes, one patient at a time."""

import hmac
from dataclasses import dataclass

RESOURCES = frozenset({"Patient", "ImagingStudy", "DiagnosticReport", "Observation"})


@dataclass(frozen=True)
class Token:
    """A client's right to read, as the authorisation server signed it."""

    client: str
    scopes: frozenset[str]
    patient: str | None
    expires: int
    mac: bytes


def mac_of(key: bytes, client: str, scopes: frozenset[str], patient: str | None, expires: int) -> bytes:
    """Return the code that a token of these claims bears."""
    told = f"{client}|{','.join(sorted(scopes))}|{patient or ''}|{expires}"
    return hmac.digest(key, told.encode(), "sha256")


def status(token: Token | None, resource: str, patient: str, key: bytes, now: int) -> int:
    """Return the HTTP status of a read: 200, or why not, telling no more than the client may know."""
    if token is None:
        return 401
    expected = mac_of(key, token.client, token.scopes, token.patient, token.expires)
    if not hmac.compare_digest(expected, token.mac) or token.expires <= now:
        return 401
    if resource not in RESOURCES:
        return 404
    if f"patient/{resource}.read" not in token.scopes or token.patient != patient:
        return 403
    return 200
