"""Single sign-on by SAML 2.0: what is asked of an identity provider, and what is taken of its answer.

An answer is taken where it answers a question of ours (no other is looked at), and its one assertion is signed with a
certificate of the provider's metadata, is for us, and for now. What the library lets pass where an element is absent is
asked for here: audience, recipient, end, and the question that is answered, inside of what is signed; and a name that the
provider gives to nobody else (21 CFR 11.100(a)), which the format `persistent` alone promises.

Source: SAML 2.0 core and profiles (OASIS, 2005), 4.1.4.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from onelogin.saml2.authn_request import OneLogin_Saml2_Authn_Request as Question
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Words
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser as Parser
from onelogin.saml2.response import OneLogin_Saml2_Response as Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings as Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils as Library
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML as Xml

from asepsis.accounts.way import protected
from asepsis.errors import RefusedError, UnanswerableError
from asepsis.sentences import Sentence

RETURN, METADATA = "/login/saml/return", "/login/saml/metadata"
MOST = 512 * 1024  # characters of an answer, bytes of metadata; real ones have some ten thousand
_BEARER = "/saml:Subject/saml:SubjectConfirmation[@Method='urn:oasis:names:tc:SAML:2.0:cm:bearer']"


class UnusableProviderError(UnanswerableError):
    """The metadata of the identity provider cannot be used."""

    code = "saml-metadata-unusable"
    sentence = Sentence(
        "{file} cannot be used as the metadata of an identity provider: {reason}.",
        next="Fetch it from the provider again, and name it in ASEPSIS_SAML_METADATA_FILE.",
    )


class UntakenAnswerError(RefusedError):
    """An answer of an identity provider that proves nothing."""

    code = "saml-answer-untaken"
    sentence = Sentence("The answer of single sign-on was not taken: {reason}.", next="Begin at the log-in again.")


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider: its name, where it is asked, and the certificates (base64 of DER) with which it signs."""

    entity: str
    address: str
    certificates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogIn:
    """Who logged in at the provider, as a digest that is the same each time, and when it asked them (Unix seconds)."""

    uid: str
    asked: float
    entity: str


def provider(file: Path) -> Provider:
    """Return the one identity provider that a file of metadata names. Raises `UnusableProviderError`."""
    try:
        stat = file.stat()
    except OSError as error:
        raise UnusableProviderError(file=str(file), reason="it is not there") from error
    return _read(file, stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=4)
def _read(file: Path, changed: int, size: int) -> Provider:
    if size > MOST:
        raise UnusableProviderError(file=str(file), reason="it is too large")
    try:
        tree = Xml.to_etree(file.read_bytes())
        if len(Xml.query(tree, "//md:IDPSSODescriptor")) != 1:
            raise UnusableProviderError(file=str(file), reason="it does not name exactly one identity provider")
        found = Parser.parse(file.read_bytes()).get("idp", {})
    except (OSError, ValueError, SyntaxError) as error:  # lxml's errors are of the last sort
        raise UnusableProviderError(file=str(file), reason="it is no XML that can be read") from error
    address = str(found.get("singleSignOnService", {}).get("url", ""))
    signing = found.get("x509certMulti", {}).get("signing", [found["x509cert"]] if "x509cert" in found else [])
    if not found.get("entityId") or not signing:
        raise UnusableProviderError(file=str(file), reason="it names no entity, or no certificate for signatures")
    if not protected(address):
        raise UnusableProviderError(file=str(file), reason="it names no https:// address that is asked by redirection")
    return Provider(str(found["entityId"]), address, tuple("".join(one.split()) for one in signing))


def _settings(file: Path, base: str) -> Settings:
    """Return what the library is told: everything at its strictest. `base` is the address of our pages."""
    found = provider(file)
    return Settings(
        {
            "strict": True,
            "debug": False,
            "sp": {
                "entityId": base + METADATA,
                "assertionConsumerService": {"url": base + RETURN, "binding": Words.BINDING_HTTP_POST},
                "NameIDFormat": Words.NAMEID_PERSISTENT,
            },
            "idp": {
                "entityId": found.entity,
                "singleSignOnService": {"url": found.address, "binding": Words.BINDING_HTTP_REDIRECT},
                "x509certMulti": {"signing": list(found.certificates)},
            },
            "security": {
                "wantAssertionsSigned": True,
                "wantNameId": True,
                "wantAttributeStatement": False,
                "rejectDeprecatedAlgorithm": True,
                "rejectUnsolicitedResponsesWithInResponseTo": True,
                "requestedAuthnContext": False,
                "allowSingleLabelDomains": True,
                "signatureAlgorithm": Words.RSA_SHA256,
                "digestAlgorithm": Words.SHA256,
            },
        }
    )


def metadata(file: Path, base: str) -> bytes:
    """Return what an identity provider is told of us. Raises `UnusableProviderError`."""
    found = _settings(file, base).get_sp_metadata()
    return found if isinstance(found, bytes) else found.encode()


def question(file: Path, base: str, *, fresh: bool) -> tuple[str, str]:
    """Return the address that asks a provider who somebody is, and the id of the question.

    `fresh`: it asks for the password or whatever it asks for now, though they are logged in there (ForceAuthn).
    Raises `UnusableProviderError`.
    """
    asked = Question(_settings(file, base), force_authn=fresh)
    return Library.redirect(provider(file).address, {"SAMLRequest": asked.get_request()}), str(asked.get_id())


def answered(posted: str) -> str:
    """Return the id of the question that a posted answer says it answers. Nothing of it is proved by that."""
    return str(_parsed(None, posted).get_in_response_to() or "")


def read(file: Path, base: str, posted: str, asked: str) -> LogIn:
    """Return who logged in, out of an answer to the question `asked`.

    Raises `UntakenAnswerError` for one that is tampered with, by another, for another, too old or to no question of ours.
    """
    response = _parsed(_settings(file, base), posted)
    parts = urlsplit(base)
    place = {"https": "on" if parts.scheme == "https" else "off", "http_host": parts.netloc, "script_name": RETURN}
    try:
        response.is_valid({**place, "get_data": {}, "post_data": {}}, asked, raise_exceptions=True)
        name = response.get_nameid_data()
    except (OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError, ValueError) as error:
        raise UntakenAnswerError(reason=_reason(error)) from error
    _hold_to_all(response, base, asked, name)
    instant = response._query_assertion("/saml:AuthnStatement")[0].get("AuthnInstant")
    entity = provider(file).entity
    uid = hashlib.sha256(f"{entity}\n{name.get('NameQualifier', entity)}\n{name['Value']}".encode()).hexdigest()
    return LogIn(uid, float(Library.parse_SAML_to_time(instant)), entity)


def _parsed(settings: Settings | None, posted: str) -> Any:
    if not posted or len(posted) > MOST:
        raise UntakenAnswerError(reason="it is empty, or too large")
    try:
        return Response(settings, posted)
    except (OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError, ValueError, SyntaxError, AttributeError) as error:
        raise UntakenAnswerError(reason="it is no answer that can be read") from error


def _hold_to_all(response: Any, base: str, asked: str, name: dict[str, str]) -> None:
    """Ask for what the library only compares where it is there. Raises `UntakenAnswerError`."""
    bearers = response._query_assertion(f"{_BEARER}/saml:SubjectConfirmationData")
    audiences = response._query_assertion("/saml:Conditions/saml:AudienceRestriction")
    ends = response._query_assertion("/saml:Conditions[@NotOnOrAfter]")
    if not asked or response.get_in_response_to() != asked or not bearers:
        raise UntakenAnswerError(reason="it answers no question that was asked here")
    if any(one.get("InResponseTo") != asked for one in bearers):
        raise UntakenAnswerError(reason="its assertion answers another question")
    if any(one.get("Recipient") != base + RETURN or not one.get("NotOnOrAfter") for one in bearers):
        raise UntakenAnswerError(reason="its assertion is for another address, or has no end")
    if not audiences or not ends:
        raise UntakenAnswerError(reason="its assertion does not say for whom it is, and until when")
    if name.get("Format") != Words.NAMEID_PERSISTENT:
        raise UntakenAnswerError(reason="it names the person by something that can be given to another")


def _reason(error: Exception) -> str:
    """Return the library's reason as the middle of a sentence, without what the answer itself says."""
    told = {
        OneLogin_Saml2_ValidationError.INVALID_SIGNATURE: "its signature is not the provider's",
        OneLogin_Saml2_ValidationError.NO_SIGNATURE_FOUND: "it is not signed",
        OneLogin_Saml2_ValidationError.NO_SIGNED_ASSERTION: "its assertion is not signed",
        OneLogin_Saml2_ValidationError.WRONG_AUDIENCE: "it is for somebody else",
        OneLogin_Saml2_ValidationError.WRONG_DESTINATION: "it was sent to another address",
        OneLogin_Saml2_ValidationError.WRONG_ISSUER: "it is from another provider",
        OneLogin_Saml2_ValidationError.WRONG_INRESPONSETO: "it answers another question",
        OneLogin_Saml2_ValidationError.ASSERTION_EXPIRED: "it is too old",
        OneLogin_Saml2_ValidationError.ASSERTION_TOO_EARLY: "it is not good yet",
        OneLogin_Saml2_ValidationError.SESSION_EXPIRED: "it is too old",
        OneLogin_Saml2_ValidationError.WRONG_SUBJECTCONFIRMATION: "it is too old, or for another address",
        OneLogin_Saml2_ValidationError.STATUS_CODE_IS_NOT_SUCCESS: "the provider let nobody in",
        OneLogin_Saml2_ValidationError.DEPRECATED_SIGNATURE_METHOD: "it is signed in a way that is broken",
        OneLogin_Saml2_ValidationError.DEPRECATED_DIGEST_METHOD: "it is signed in a way that is broken",
    }
    code = error.code if isinstance(error, OneLogin_Saml2_ValidationError) else None
    return told.get(code, "it does not keep to the rules of SAML")
