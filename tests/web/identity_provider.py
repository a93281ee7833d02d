"""A small SAML 2.0 identity provider on loopback: it answers what it is asked, signed with a key of its own, as it is told."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lxml import etree

from tests.certificates import Key
from tests.jobs import servers

SAML = "urn:oasis:names:tc:SAML:2.0"
xmlsec: Any = import_module("xmlsec")  # whose stubs name nothing that can be used
NAMES = {"samlp": f"{SAML}:protocol", "saml": f"{SAML}:assertion", "ds": "http://www.w3.org/2000/09/xmldsig#"}
ANSWER = """<samlp:Response xmlns:samlp="{saml}:protocol" xmlns:saml="{saml}:assertion" ID="_r{id}" Version="2.0"
 IssueInstant="{now}" Destination="{to}" InResponseTo="{asked}"><saml:Issuer>{entity}</saml:Issuer><samlp:Status>
<samlp:StatusCode Value="{saml}:status:Success"/></samlp:Status><saml:Assertion ID="_a{id}" Version="2.0" IssueInstant="{now}">
<saml:Issuer>{entity}</saml:Issuer><saml:Subject><saml:NameID Format="{saml}:nameid-format:persistent">{subject}</saml:NameID>
<saml:SubjectConfirmation Method="{saml}:cm:bearer"><saml:SubjectConfirmationData InResponseTo="{asked}" Recipient="{to}"
 NotOnOrAfter="{end}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{now}" NotOnOrAfter="{end}">
<saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant="{instant}" SessionIndex="s"><saml:AuthnContext><saml:AuthnContextClassRef>
{saml}:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>
</saml:Assertion></samlp:Response>"""
METADATA = """<md:EntityDescriptor xmlns:md="{saml}:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{entity}">
<md:IDPSSODescriptor protocolSupportEnumeration="{saml}:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data>
<ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService
 Binding="{saml}:bindings:HTTP-Redirect" Location="{address}"/></md:IDPSSODescriptor></md:EntityDescriptor>"""
PAGE = (
    '<!doctype html><link rel="icon" href="data:,"><form method="post" action="{to}"><input type="hidden" '
    'name="SAMLResponse" value="{answer}"></form><script>document.forms[0].submit()</script>'
)

Tree = Any  # an element of lxml, which has no types
Change = Callable[[Tree], None]


def _unchanged(tree: Tree) -> None:
    """Leave an answer as it is."""


@dataclass
class IdentityProvider:
    """What a test sets: who is logged in there, how old that is, and how an answer differs from a right one."""

    key: Key
    address: str = ""
    subject: str = "jonas at the hospital"
    asked_s_ago: float = 0
    before_signing: Change = _unchanged
    after_signing: Change = _unchanged
    signs_with: Key | None = None
    questions: list[Tree] = field(default_factory=list)

    @property
    def entity(self) -> str:
        """The provider's name."""
        return f"{self.address}/metadata"

    def metadata(self) -> str:
        """Return what the provider tells of itself."""
        told = {
            "entity": self.entity,
            "address": f"{self.address}/ask",
            "certificate": base64.b64encode(self.key.der).decode(),
        }
        return METADATA.format(saml=SAML, **told)

    def page(self, path: str) -> bytes:
        """Return the page that sends the answer to a question, as a browser shows it."""
        answer = self.answer(path).decode()
        to = self.questions[-1].get("AssertionConsumerServiceURL")
        return PAGE.format(to=to, answer=answer).encode()

    def answer(self, path: str) -> bytes:
        """Return the answer to a question that came by redirection."""
        question = parse_qs(urlsplit(path).query)["SAMLRequest"][0]
        asked = etree.fromstring(zlib.decompress(base64.b64decode(question), -15))
        self.questions.append(asked)
        return base64.b64encode(self.answer_to(asked))

    def answer_to(self, asked: Tree) -> bytes:
        """Return the signed answer to a question."""
        now = datetime.now(UTC)
        issuer = asked.findtext("saml:Issuer", namespaces=NAMES)
        told = {
            "now": _instant(now),
            "end": _instant(now + timedelta(minutes=5)),
            "instant": _instant(now - timedelta(seconds=self.asked_s_ago)),
            "to": asked.get("AssertionConsumerServiceURL"),
            "asked": asked.get("ID"),
            "id": len(self.questions),
        }
        found = ANSWER.format(saml=SAML, entity=self.entity, subject=self.subject, audience=issuer, **told)
        tree = etree.fromstring(found.replace("\n", "").encode())
        self.before_signing(tree)
        for assertion in tree.findall("saml:Assertion", NAMES):
            sign(assertion, (self.signs_with or self.key).pem)
        self.after_signing(tree)
        return bytes(etree.tostring(tree))


def sign(assertion: Tree, pem: bytes, method: Any = xmlsec.Transform.RSA_SHA256) -> None:
    """Sign an assertion, enveloped, where the schema wants it: behind its issuer."""
    node = xmlsec.template.create(assertion, xmlsec.Transform.EXCL_C14N, method, ns="ds")
    assertion.insert(1, node)
    reference = xmlsec.template.add_reference(node, xmlsec.Transform.SHA256, uri=f"#{assertion.get('ID')}")
    xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
    xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
    xmlsec.tree.add_ids(assertion, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.PEM)
    context.sign(node)


@contextmanager
def running(key: Key, file: Path) -> Iterator[IdentityProvider]:
    """A provider that answers on loopback, with its metadata in `file`."""
    found = IdentityProvider(key)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = found.page(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.address = f"http://127.0.0.1:{server.server_address[1]}"
    with servers.running(server):
        file.write_text(found.metadata(), encoding="utf-8")
        yield found


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
