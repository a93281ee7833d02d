"""Single sign-on by SAML against a small identity provider on loopback: joining, logging in, signing, and all that is refused."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.test import Client, override_settings
from pytest_django.plugin import DjangoDbBlocker

from asepsis import settings as ours
from asepsis.accounts import passphrase
from asepsis.settings import Machine
from asepsis.store import queries
from tests.certificates import Key, draw
from tests.web.browser import launched, window
from tests.web.conftest import Seen, logged_in, opened, serving
from tests.web.maker import Maker
from tests.web.test_single_sign_on import SIGNER, sign

pytest.importorskip("onelogin.saml2.auth", reason="asepsis[saml] is not installed")

from tests.web import identity_provider as idp

if TYPE_CHECKING:
    from tests.web.identity_provider import IdentityProvider, Tree

RETURN = "/login/saml/return"
SIGN = "/login/sso/begin?process=redirect&next=/sign"
ENDS = "%Y-%m-%dT%H:%M:%SZ"


@pytest.fixture(scope="module")
def keys() -> tuple[Key, Key]:
    """The provider's key, and a stranger's."""
    return draw(), draw()


@pytest.fixture
def provider(copied: Maker, tmp_path: Path, keys: tuple[Key, Key]) -> Iterator[IdentityProvider]:
    file = tmp_path / "idp.xml"
    machine = settings.MACHINE.model_copy(update={"saml_metadata_file": file, "sso_name": "the hospital's log-in"})
    with (
        idp.running(keys[0], file) as found,
        override_settings(MACHINE=machine, SOCIALACCOUNT_PROVIDERS=ours._single_sign_on(machine)),
    ):
        yield found


def browser() -> Client:
    """A browser in which nobody is logged in."""
    return Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")


def asked(client: Client, begin: str) -> str:
    """Go to the provider, as a browser does; return its answer."""
    there = client.post(begin)
    assert there.status_code == 302, there.content
    with urlopen(there.headers["Location"], timeout=10) as answer:
        found = re.search(r'name="SAMLResponse" value="([^"]+)"', answer.read().decode())
    assert found
    return found[1]


def sent(client: Client, answer: str) -> Any:
    """Send the provider's answer, as its page does: without cookies first, and again by our page; return what came of it."""
    handed_on = browser().post(RETURN, {"SAMLResponse": answer})
    found = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', handed_on.content.decode()))
    assert (handed_on.status_code, unescape(found["SAMLResponse"]), handed_on.cookies) == (200, answer, {})
    return client.post(RETURN, found)


def through(client: Client, begin: str) -> Any:
    """Go to the provider and come back; return the answer to the last step."""
    return sent(client, asked(client, begin))


def joined(person: str = SIGNER) -> Client:
    """A browser whose account is joined to the provider."""
    client = logged_in(person)
    assert through(client, "/login/sso/begin?process=connect&next=/account").headers["Location"] == "/account"
    return client


def is_out(client: Client) -> bool:
    """Return whether nobody is logged in."""
    return client.get("/ledger").status_code == 302


def test_a_log_in_that_no_account_is_joined_to_lets_nobody_in(provider: IdentityProvider) -> None:
    client = browser()
    assert "Nobody was let in" in Seen(through(client, "/login/sso/begin").content.decode()).words
    assert is_out(client)


def test_who_joined_their_account_comes_in(provider: IdentityProvider) -> None:
    assert "Your account is joined to it." in Seen(joined().get("/account").content.decode()).words
    client = browser()
    assert through(client, "/login/sso/begin?next=/ledger").headers["Location"] == "/ledger"
    assert SIGNER in Seen(client.get("/ledger").content.decode()).words
    assert [one.get("ForceAuthn") for one in provider.questions] == [None, None]


def test_a_log_in_made_just_now_signs_once(provider: IdentityProvider, copied: Maker) -> None:
    client = joined()
    assert "log-in-stale" in sign(client, copied).content.decode()
    begin = re.search(r'action="(/login/sso/begin\?process=redirect[^"]*)"', client.get("/sign").content.decode())
    assert begin
    assert through(client, unescape(begin[1])).headers["Location"] == "/sign"
    assert provider.questions[-1].get("ForceAuthn") == "true"
    assert sign(client, copied).headers["Location"] == "/sign?signed=1"
    assert str(queries.history(copied.ids["read"]).head.approvals[-1].how) == "sso"
    assert "log-in-stale" in sign(client, copied, "risk").content.decode()


@pytest.mark.parametrize(("subject", "ago"), [("jonas at the hospital", 600), ("somebody else", 0)])
def test_a_log_in_that_is_old_or_of_another_signs_nothing(
    provider: IdentityProvider, copied: Maker, subject: str, ago: float
) -> None:
    client = joined()
    provider.subject, provider.asked_s_ago = subject, ago
    assert through(client, SIGN).headers["Location"] == "/sign?sso=refused"
    assert "log-in-stale" in sign(client, copied).content.decode()


def _set(path: str, name: str, value: str | None) -> idp.Change:
    """Return what sets, or takes away, an attribute of the first element at a path; without a name, its text."""

    def change(tree: Tree) -> None:
        found = tree if path == "." else tree.find(path, idp.NAMES)
        assert found is not None
        if not name:
            found.text = value
        elif value is None:
            del found.attrib[name]
        else:
            found.set(name, value)

    return change


def _drop(path: str) -> idp.Change:
    def change(tree: Tree) -> None:
        found = tree.find(path, idp.NAMES)
        assert found is not None
        parent = found.getparent()
        assert parent is not None
        parent.remove(found)

    return change


def _wrap(tree: Tree) -> None:
    """Put an assertion about somebody else before the signed one, under the same id."""
    signed = tree.find("saml:Assertion", idp.NAMES)
    assert signed is not None
    other = deepcopy(signed)
    for one in other.findall("ds:Signature", idp.NAMES):
        other.remove(one)
    _set(".//saml:NameID", "", "anna at the hospital")(other)
    tree.insert(2, other)


A = "saml:Assertion"
ASKED = f"{A}/saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData"
TRANSIENT = f"{idp.SAML}:nameid-format:transient"
LONG_AGO = (datetime.now(UTC) - timedelta(hours=1)).strftime(ENDS)


@dataclass(frozen=True)
class Wrong:
    """How an answer is wrong, before or after it is signed, and what is told of it."""

    told: str
    before: idp.Change = idp._unchanged
    after: idp.Change = idp._unchanged


WRONG = {
    "tampered": Wrong("signature is not the provider's", after=_set(f"{A}//saml:NameID", "", "anna at the hospital")),
    "unsigned": Wrong("not signed", after=_drop(f"{A}/ds:Signature")),
    "wrapped": Wrong("does not keep to the rules", after=_wrap),
    "expired": Wrong("too old", _set(f"{A}/saml:Conditions", "NotOnOrAfter", LONG_AGO)),
    "confirmation expired": Wrong("too old", _set(ASKED, "NotOnOrAfter", LONG_AGO)),
    "without end": Wrong("has no end", _set(ASKED, "NotOnOrAfter", None)),
    "wrong audience": Wrong("for somebody else", _set(f"{A}//saml:Audience", "", "https://elsewhere.example/")),
    "for everybody": Wrong("for whom it is", _drop(f"{A}//saml:AudienceRestriction")),
    "wrong recipient": Wrong("another address", _set(ASKED, "Recipient", "https://elsewhere.example/")),
    "no recipient": Wrong("another address", _set(ASKED, "Recipient", None)),
    "wrong destination": Wrong("another address", after=_set(".", "Destination", "https://elsewhere.example/")),
    "another provider": Wrong("another provider", _set(f"{A}/saml:Issuer", "", "https://elsewhere.example/")),
    "another question": Wrong("another", _set(ASKED, "InResponseTo", "_other")),
    "no question inside": Wrong("another question", _set(ASKED, "InResponseTo", None)),
    "name of a moment": Wrong("can be given to another", _set(f"{A}//saml:NameID", "Format", TRANSIENT)),
    "refused there": Wrong("let nobody in", after=_set(".//samlp:StatusCode", "Value", f"{idp.SAML}:status:Responder")),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_answer_lets_nobody_in(provider: IdentityProvider, wrong: Wrong) -> None:
    joined()
    provider.before_signing, provider.after_signing = wrong.before, wrong.after
    client = browser()
    answer = through(client, "/login/sso/begin")
    assert (answer.status_code, wrong.told in unescape(answer.content.decode())) == (409, True), answer.content.decode()
    assert is_out(client)


def test_an_answer_that_another_key_signed_lets_nobody_in(provider: IdentityProvider, keys: tuple[Key, Key]) -> None:
    joined()
    provider.signs_with = keys[1]
    client = browser()
    assert "signature is not the provider" in through(client, "/login/sso/begin").content.decode()
    assert is_out(client)


def test_an_answer_serves_once_and_in_the_browser_that_asked_alone(provider: IdentityProvider) -> None:
    joined()
    first, thief = browser(), browser()
    answer = asked(first, "/login/sso/begin")
    asked(thief, "/login/sso/begin")
    assert "this browser asked" in sent(thief, answer).content.decode()
    assert is_out(thief)
    assert sent(first, answer).headers["Location"] == "/"
    first.post("/logout")
    assert "did so before" in sent(first, answer).content.decode()
    assert is_out(first)


def test_of_two_answers_that_are_sent_at_once_one_is_taken(provider: IdentityProvider) -> None:
    joined()
    first, second = browser(), browser()
    answer = asked(first, "/login/sso/begin")
    second.cookies = deepcopy(first.cookies)
    before = first.session
    state = dict(before.items())
    assert sent(first, answer).headers["Location"] == "/"
    before.update(state)  # as the other request had read it
    before.save(must_create=True)
    assert "did so before" in sent(second, answer).content.decode()
    assert is_out(second)


def test_an_answer_that_was_not_asked_for_lets_nobody_in(provider: IdentityProvider) -> None:
    joined()
    provider.after_signing = _set(".", "InResponseTo", None)
    client = browser()
    assert "this browser asked" in through(client, "/login/sso/begin").content.decode()
    assert is_out(client)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "?",
        base64.b64encode(b"<a/>").decode(),
        base64.b64encode(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>').decode(),
    ],
    ids=["empty", "no base64", "no answer", "entities"],
)
def test_what_is_no_answer_is_refused_in_a_sentence(provider: IdentityProvider, answer: str) -> None:
    found = browser().post(RETURN, {"SAMLResponse": answer, "here": "1"})
    assert (found.status_code, "saml-answer-untaken" in found.content.decode()) == (409, True)


def test_the_provider_is_told_of_us_and_a_form_may_lead_to_it(provider: IdentityProvider) -> None:
    told = browser().get("/login/saml/metadata")
    assert (told.status_code, told.headers["Content-Type"]) == (200, "application/samlmetadata+xml")
    for one in ('WantAssertionsSigned="true"', f'Location="http://127.0.0.1{RETURN}"', "nameid-format:persistent"):
        assert one in told.content.decode()
    assert f"form-action 'self' {provider.address};" in told.headers["Content-Security-Policy"]


@pytest.mark.browser
def test_a_browser_brings_its_session_along_though_another_site_sends_it_back(
    chromium: str, written: Maker, keys: tuple[Key, Key], tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    home, file, words = tmp_path / "home", tmp_path / "idp.xml", "four quiet herons at dawn"
    shutil.copytree(written.home, home)
    with django_db_blocker.unblock(), opened(home):
        passphrase.set_passphrase(SIGNER, words)
    with (
        idp.running(keys[0], file),
        serving(home, ASEPSIS_SAML_METADATA_FILE=str(file)) as address,
        launched(chromium) as started,
        window(started, address) as seen,
    ):
        seen.open("/login?next=/account")
        seen.page.fill("#user_id", "jonas.weber")
        seen.page.fill("#passphrase", words)
        seen.page.click("main form button.primary")
        seen.page.get_by_role("button", name="Join it").click()
        seen.page.get_by_text("Your account is joined to it.").wait_for()
        assert (seen.page.url, seen.said) == (f"{address}/account", [])


def test_without_a_provider_nothing_answers(copied: Maker) -> None:
    assert [browser().get("/login/saml/metadata").status_code, browser().post(RETURN).status_code] == [404, 404]


@pytest.mark.parametrize("text", ["no XML", "<a/>", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_metadata_that_names_no_provider_is_told(provider: IdentityProvider, text: str) -> None:
    file = settings.MACHINE.saml_metadata_file
    assert file
    file.write_text(text, encoding="utf-8")
    answer = browser().post("/login/sso/begin")
    assert (answer.status_code, "saml-metadata-unusable" in answer.content.decode()) == (409, True)


def test_there_is_one_single_sign_on(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not both"):
        Machine(sso_server="https://sso.example", saml_metadata_file=tmp_path / "idp.xml")
