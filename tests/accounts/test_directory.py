"""Logging in and signing with the password of a directory, against a real one: OpenLDAP on loopback."""

from __future__ import annotations

import socket
import socketserver
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings

from asepsis.accounts import directory, passphrase
from asepsis.accounts.models import Account
from asepsis.settings import Machine
from asepsis.store import queries
from tests.accounts import slapd
from tests.accounts.slapd import BASE, KEEPER, ODD, PASSWORDS, SECRET, Directory
from tests.jobs import servers
from tests.web.conftest import copied as copied  # a small maker that a test may write to
from tests.web.conftest import logged_in
from tests.web.conftest import written as written
from tests.web.maker import Maker
from tests.web.test_sign import presented

SIGNER, OTHER = "Jonas Weber", "Anna Lind"
USER_ID, NAME = "jonas.weber", "jweber"
OTHER_WAYS: dict[str, dict[str, Any]] = {
    "tls": {},
    "starttls": {"ldap_security": "starttls"},
    "searched by nobody": {"ldap_security": "none", "ldap_user": None, "ldap_password_file": None},
}
STRANGERS: dict[str, dict[str, Any]] = {
    "away": {"ldap_port": 1},
    "the certificate of another host": {"ldap_server": "127.0.0.1"},
    "a certificate that nobody vouches for": {"ldap_ca_file": None},
    "not let search": {"ldap_user": f"cn=nobody,{BASE}"},
}
OWN = "four quiet herons at dawn"

ldap3 = pytest.importorskip("ldap3", reason="asepsis[ldap] is not installed")

pytestmark = pytest.mark.skipif(not slapd.is_there(), reason="slapd is not installed (on Debian: apt install slapd)")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    with slapd.running(tmp_path_factory.mktemp("slapd")) as found:
        yield found


@pytest.fixture(autouse=True)
def awake(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds the directory away because another did."""
    monkeypatch.setattr(directory, "_away_until", 0.0)


@pytest.fixture
def joined(copied: Maker, server: Directory, tmp_path: Path) -> Iterator[Maker]:
    """A maker where people may log in by the directory, and one is joined to it, who has no passphrase here."""
    with machine(server, tmp_path):
        account = passphrase.open_account(SIGNER)
        Account.objects.filter(pk=account.pk).update(password="!")
        directory.join(account, NAME)
        yield copied


def machine(server: Directory, tmp_path: Path, **more: Any) -> override_settings:
    """The settings with which the directory is asked, over TLS and as its keeper, unless `more` says otherwise."""
    file = tmp_path / "ldap.password"
    file.write_text(SECRET, encoding="utf-8")
    found: dict[str, Any] = {
        "ldap_server": "localhost",
        "ldap_port": server.plain if more.get("ldap_security", "tls") != "tls" else server.tls,
        "ldap_ca_file": server.authority,
        "ldap_base": BASE,
        "ldap_user": KEEPER,
        "ldap_password_file": file,
        "ldap_seconds": 2,
    }
    return override_settings(MACHINE=settings.MACHINE.model_copy(update=found | more))


def came_in(password: str, user_id: str = USER_ID) -> bool:
    """Return whether a user id and a password let somebody in."""
    client = Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")
    return client.post("/login", {"user_id": user_id, "passphrase": password}).status_code == 302


def failures() -> int:
    return Account.objects.get(user_id=USER_ID).failures


@pytest.mark.parametrize("more", OTHER_WAYS.values(), ids=OTHER_WAYS)
def test_who_is_joined_comes_in_with_the_password_of_the_directory(
    joined: Maker, server: Directory, tmp_path: Path, more: dict[str, Any]
) -> None:
    with machine(server, tmp_path, **more):
        assert [came_in("another password"), came_in(PASSWORDS[NAME])] == [False, True]


def test_who_is_not_joined_does_not_come_in_though_the_directory_knows_them(joined: Maker) -> None:
    Account.objects.filter(person=joined.people[OTHER]).update(user_id="alind", password="!")
    assert not came_in(PASSWORDS["alind"], "alind")


def test_an_empty_password_lets_nobody_in_though_the_directory_says_yes_to_it(joined: Maker, server: Directory) -> None:
    name = f"cn=person 0,{BASE}".encode()
    bind = b"\x02\x01\x03\x04" + bytes([len(name)]) + name + b"\x80\x00"
    with socket.create_connection(("127.0.0.1", server.plain), 10) as plain:
        plain.sendall(b"\x30" + bytes([len(bind) + 5]) + b"\x02\x01\x01\x60" + bytes([len(bind)]) + bind)
        assert plain.recv(100)[7:10] == b"\x0a\x01\x00"  # success: RFC 4511, 4.2.2
    account = Account.objects.get(user_id=USER_ID)
    entry = directory.joined(account)
    assert entry
    assert [directory.proves(entry, ""), directory.proves(entry, PASSWORDS[NAME])] == [False, True]
    assert not came_in("")


@pytest.mark.parametrize("name", ["*", "jweb*", "x)(uid=*", r"\2a", ""])
def test_what_stands_for_more_in_a_filter_stands_for_itself(joined: Maker, name: str) -> None:
    with pytest.raises(directory.UnknownEntryError):
        directory.join(passphrase.open_account(OTHER), name)


def test_an_entry_with_an_odd_name_is_found_by_it(joined: Maker) -> None:
    account = passphrase.open_account(OTHER)
    assert directory.join(account, ODD).name == ODD
    assert came_in(PASSWORDS[ODD], account.user_id)


def test_a_name_that_the_directory_gives_to_another_lets_nobody_in(joined: Maker, server: Directory) -> None:
    keeper: Any = ldap3.Connection(ldap3.Server("127.0.0.1", server.plain), KEEPER, SECRET, auto_bind=True)
    account = passphrase.open_account(OTHER)
    attributes = {"cn": "person 9", "sn": "p", "uid": "passing", "userPassword": "passing on"}
    keeper.add(f"cn=person 9,{BASE}", "inetOrgPerson", attributes)
    directory.join(account, "passing")
    assert came_in("passing on", account.user_id)
    keeper.delete(f"cn=person 9,{BASE}")
    keeper.add(f"cn=person 9,{BASE}", "inetOrgPerson", attributes)
    assert not came_in("passing on", account.user_id)
    keeper.delete(f"cn=person 9,{BASE}")
    keeper.unbind()


def test_an_entry_serves_one_account(joined: Maker) -> None:
    with pytest.raises(directory.TakenEntryError):
        directory.join(passphrase.open_account(OTHER), NAME)


def test_the_tenth_wrong_password_shuts(joined: Maker) -> None:
    for _ in range(passphrase.TRIES - 1):
        with pytest.raises(passphrase.WrongPassphraseError):
            passphrase.prove(SIGNER, "another password")
    for one in ("another password", PASSWORDS[NAME]):
        with pytest.raises(passphrase.LockedError):
            passphrase.prove(SIGNER, one)


def test_the_directory_is_asked_as_much_whoever_logs_in(joined: Maker, server: Directory) -> None:
    found = {}
    for user_id in (USER_ID, passphrase.set_passphrase(OTHER, OWN).user_id, "nobody.here"):
        before = len(server.asked)
        came_in("another password", user_id)
        found[user_id] = server.asked[before:]
    assert list(found.values()) == [["BIND", "SRCH", "BIND"]] * 3


def sign(client: Client, maker: Maker, password: str) -> str:
    token = presented(client.get("/sign").content.decode())
    sent = {"presented": token, "record": [maker.ids["read"]], "user_id": USER_ID, "passphrase": password}
    answer = client.post("/sign", sent)
    return str(answer.headers.get("Location") or answer.content.decode())


def test_one_signs_with_the_password_of_the_directory_and_the_signature_says_so(joined: Maker) -> None:
    client = logged_in(SIGNER)
    assert "passphrase-wrong" in sign(client, joined, "another password")
    assert sign(client, joined, PASSWORDS[NAME]) == "/sign?signed=1"
    assert str(queries.history(joined.ids["read"]).head.approvals[-1].how) == "directory"
    assert "by the password of the directory" in client.get(f"/r/{joined.label('read')}").content.decode()


@pytest.mark.parametrize("more", STRANGERS.values(), ids=STRANGERS)
def test_a_directory_that_is_away_or_another_shuts_nobody_out_who_has_another_way_in(
    joined: Maker, server: Directory, tmp_path: Path, more: dict[str, Any]
) -> None:
    other = passphrase.set_passphrase(OTHER, OWN)
    with machine(server, tmp_path, **more):
        client = Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")
        answer = client.post("/login", {"user_id": USER_ID, "passphrase": PASSWORDS[NAME]})
        assert "The directory does not answer" in answer.content.decode()
        assert "directory-away" in sign(logged_in(SIGNER), joined, PASSWORDS[NAME])
        assert (failures(), came_in(OWN, other.user_id)) == (0, True)


def test_while_it_is_away_a_passphrase_of_ones_own_serves_where_the_settings_say_so(
    joined: Maker, server: Directory, tmp_path: Path
) -> None:
    passphrase.set_passphrase(SIGNER, OWN)
    assert not came_in(OWN)
    with machine(server, tmp_path, ldap_port=1):
        assert came_in(OWN)
    with machine(server, tmp_path, ldap_port=1, ldap_local="never"):
        assert not came_in(OWN)


def test_who_has_the_password_of_the_directory_alone_adds_an_app_after_giving_it_again(joined: Maker) -> None:
    client = logged_in(SIGNER)
    assert "/account/again" in client.get("/account/totp").headers["Location"]
    wrong = client.post("/account/again?next=/account/totp", {"password": "another password"})
    right = client.post("/account/again?next=/account/totp", {"password": PASSWORDS[NAME]})
    assert (wrong.status_code, right.headers.get("Location")) == (200, "/account/totp")


def test_a_directory_that_says_nothing_is_not_waited_for(joined: Maker, server: Directory, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with machine(server, tmp_path, ldap_port=port, ldap_server="127.0.0.1", ldap_seconds=1, ldap_security="none"):
            assert not came_in(PASSWORDS[NAME])
            assert directory.is_away()


@pytest.mark.parametrize("said", [b"\x30\x05\x02\x01\x01\x61\x00", b"\x30\x03\x02\x01\x01", b"HTTP/1.1 400 No\r\n\r\n"])
def test_what_speaks_no_ldap_is_as_good_as_away(joined: Maker, server: Directory, tmp_path: Path, said: bytes) -> None:
    class Other(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.request.recv(1000)
            self.wfile.write(said)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Other) as other, servers.running(other):
        port = int(other.server_address[1])
        with machine(server, tmp_path, ldap_port=port, ldap_server="127.0.0.1", ldap_seconds=1, ldap_security="none"):
            with pytest.raises(directory.AwayError):
                passphrase.prove(SIGNER, PASSWORDS[NAME])
            assert failures() == 0


def test_who_is_parted_from_the_directory_comes_in_with_it_no_more(joined: Maker) -> None:
    assert directory.part(Account.objects.get(user_id=USER_ID))
    assert not came_in(PASSWORDS[NAME])


@pytest.mark.parametrize(
    ("settings_", "told"),
    [
        ({"ldap_server": "dc.example", "ldap_base": BASE, "ldap_security": "none"}, "this machine alone"),
        ({"ldap_server": "ldap://dc.example", "ldap_base": BASE}, "name of a host"),
        ({"ldap_server": "dc.example"}, "LDAP_BASE"),
        ({"ldap_server": "dc.example", "ldap_base": BASE, "ldap_user": KEEPER}, "belong together"),
        ({"ldap_attribute": "uid=*)(x"}, "pattern"),
    ],
)
def test_unsafe_settings_stop_the_start(settings_: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Machine(**settings_)
