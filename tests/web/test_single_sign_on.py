"""Single sign-on against a small provider on loopback: joining, logging in, and signing by a log-in made just now."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from django.conf import settings
from django.test import Client, RequestFactory, override_settings

from asepsis import settings as ours
from asepsis.accounts import adapters
from asepsis.accounts.models import Misuse
from asepsis.accounts.sessions import SessionStore
from asepsis.settings import MACHINE, Machine
from asepsis.store import queries
from tests.web.conftest import Seen, logged_in
from tests.web.maker import Maker
from tests.web.test_sign import presented

SIGNER = "Jonas Weber"


@dataclass
class Provider:
    """An OpenID Connect provider that lets in whoever it is told to."""

    address: str = ""
    subject: str = "jonas at the provider"
    asked_s_ago: float | None = 0
    nonces: list[str] = field(default_factory=list)

    def answer(self, path: str) -> dict[str, Any]:
        """Return what an address of the provider gives."""
        match urlsplit(path).path:
            case "/.well-known/openid-configuration":
                named = {
                    "authorization_endpoint": "authorize",
                    "token_endpoint": "token",
                    "userinfo_endpoint": "userinfo",
                }
                found = {key: f"{self.address}/{value}" for key, value in named.items()}
                return found | {"issuer": self.address, "jwks_uri": f"{self.address}/jwks"}
            case "/token":
                claims = {"iss": self.address, "aud": "asepsis", "sub": self.subject, "exp": int(time.time()) + 300}
                if self.asked_s_ago is not None:
                    claims["auth_time"] = int(time.time() - self.asked_s_ago)
                token = jwt.encode(claims, "k" * 32, algorithm="HS256")
                return {"access_token": "a", "token_type": "Bearer", "id_token": token}
            case "/userinfo":
                return {"sub": self.subject}
        return {}


@pytest.fixture
def provider() -> Iterator[Provider]:
    found = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(found.answer(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found.address = f"http://127.0.0.1:{server.server_address[1]}"
        machine = MACHINE.model_copy(update={"sso_server": found.address, "sso_name": "the hospital's log-in"})
        home = {"home": settings.MACHINE.home}
        with override_settings(
            MACHINE=machine.model_copy(update=home), SOCIALACCOUNT_PROVIDERS=ours._single_sign_on(machine)
        ):
            yield found
        server.shutdown()


def through(client: Client, begin: str) -> Any:
    """Go to the provider and come back, as a browser does; return the answer to the last step."""
    there = client.post(begin)
    assert there.status_code == 302, there.content
    asked = parse_qs(urlsplit(there.headers["Location"]).query)
    back = f"/login/sso/return?code=c&state={asked['state'][0]}"
    stop = Client(raise_request_exception=False, HTTP_HOST="127.0.0.1").get(
        back
    )  # from elsewhere no cookie comes along
    assert (stop.status_code, "_redir" in stop.content.decode()) == (200, True)
    return client.get(back + "&_redir")


def joined(provider: Provider, person: str = SIGNER) -> Client:
    """A browser whose account is joined to the provider."""
    client = logged_in(person)
    answer = through(client, "/login/sso/begin?process=connect&next=/account")
    assert answer.headers["Location"] == "/account"
    return client


def test_a_log_in_that_no_account_is_joined_to_lets_nobody_in(copied: Maker, provider: Provider) -> None:
    nobody = Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")
    answer = through(nobody, "/login/sso/begin?next=/ledger")
    assert "Nobody was let in" in Seen(answer.content.decode()).words
    assert nobody.get("/ledger").status_code == 302


def test_who_joined_their_account_comes_in(copied: Maker, provider: Provider) -> None:
    joined(provider)
    nobody = Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")
    assert through(nobody, "/login/sso/begin?next=/ledger").headers["Location"] == "/ledger"
    assert SIGNER in Seen(nobody.get("/ledger").content.decode()).words


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/"])
def test_who_comes_back_is_sent_nowhere_else(copied: Maker, provider: Provider, elsewhere: str) -> None:
    joined(provider)
    nobody = Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")
    assert through(nobody, f"/login/sso/begin?next={elsewhere}").headers["Location"] == "/"


def sign(client: Client, maker: Maker, label: str = "read") -> Any:
    token = presented(client.get("/sign").content.decode())
    return client.post("/sign", {"presented": token, "record": [maker.ids[label]], "sso": "1"})


def test_a_log_in_made_just_now_signs_once(copied: Maker, provider: Provider) -> None:
    client = joined(provider)
    assert "log-in-stale" in sign(client, copied).content.decode()
    begin = re.search(r'action="(/login/sso/begin\?process=redirect[^"]*)"', client.get("/sign").content.decode())
    assert begin
    assert through(client, begin[1].replace("&amp;", "&")).headers["Location"] == "/sign"
    assert sign(client, copied).headers["Location"] == "/sign?signed=1"
    assert str(queries.history(copied.ids["read"]).head.approvals[-1].how) == "sso"
    assert "log-in-stale" in sign(client, copied, "risk").content.decode()


@pytest.mark.parametrize(
    ("subject", "ago"),
    [("jonas at the provider", 600), ("jonas at the provider", None), ("somebody else there", 0)],
    ids=["stale", "unsaid", "another"],
)
def test_a_log_in_that_is_old_or_of_another_signs_nothing(
    copied: Maker, provider: Provider, subject: str, ago: float | None
) -> None:
    client = joined(provider)
    provider.subject, provider.asked_s_ago = subject, ago
    answer = through(client, "/login/sso/begin?process=redirect&next=/sign&auth_params=prompt%3Dlogin")
    assert answer.headers["Location"] == "/sign?sso=refused"
    assert "log-in-stale" in client.get("/sign?sso=refused").content.decode()
    assert "log-in-stale" in sign(client, copied).content.decode()


def test_a_log_in_of_somebody_else_here_signs_nothing(copied: Maker, provider: Provider) -> None:
    provider.subject = "anna at the provider"
    joined(provider, "Anna Lind")
    provider.subject = "jonas at the provider"
    client = joined(provider)
    provider.subject = "anna at the provider"
    answer = through(client, "/login/sso/begin?process=redirect&next=/sign&auth_params=prompt%3Dlogin")
    assert answer.headers["Location"] == "/sign?sso=refused"
    assert "log-in-stale" in sign(client, copied).content.decode()
    assert [one.what for one in Misuse.objects.filter(person=copied.people[SIGNER])] == ["OTHER_LOG_IN"]


def test_who_parts_their_account_comes_in_by_it_no_more(copied: Maker, provider: Provider) -> None:
    client = joined(provider)
    client.post("/account/sso/part")
    assert "Join it" in client.get("/account").content.decode()
    nobody = Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")
    assert "Nobody was let in" in Seen(through(nobody, "/login/sso/begin").content.decode()).words


def test_the_name_at_one_server_is_nobodys_at_the_next(copied: Maker, provider: Provider) -> None:
    joined(provider)
    there = provider.address.replace("127.0.0.1", "localhost")
    machine = settings.MACHINE.model_copy(update={"sso_server": there})
    with override_settings(MACHINE=machine, SOCIALACCOUNT_PROVIDERS=ours._single_sign_on(machine)):
        nobody = Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")
        assert "Nobody was let in" in Seen(through(nobody, "/login/sso/begin").content.decode()).words
        assert "Join it" in logged_in(SIGNER).get("/account").content.decode()


def test_a_form_may_lead_to_the_provider_and_nowhere_else(copied: Maker, provider: Provider) -> None:
    policy = logged_in(SIGNER).get("/account").headers["Content-Security-Policy"]
    assert f"form-action 'self' {provider.address};" in policy


@pytest.mark.parametrize("address", ["http://sso.example", "sso.example", "ftp://sso.example", "https://"])
def test_a_provider_is_reached_over_https(address: str) -> None:
    with pytest.raises(ValueError, match="no https"):
        Machine(sso_server=address)


def test_a_log_in_signs_once_though_two_requests_read_it_at_once(
    copied: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [RequestFactory().post("/sign") for _ in range(2)]
    for one in asked:
        one.session = SessionStore("a" * 32)
        monkeypatch.setattr(
            one.session, "_session_cache", {adapters.PROOF: 1_000.25}, raising=False
        )  # as both found it
    assert [adapters.spend_proof(one, 1_001.0) for one in asked] == [True, False]
