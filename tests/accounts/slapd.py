"""A real directory on loopback: OpenLDAP's slapd, with a certificate of its own and a few people in it."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.certificates import draw

SCHEMAS = Path("/etc/ldap/schema")
MODULES = Path("/usr/lib/ldap")
BASE = "dc=clinic,dc=example"
KEEPER = f"cn=keeper,{BASE}"
SECRET = "the keeper's own secret"
ODD = r"a*b(c)\d"
PASSWORDS = {"jweber": "jonas in the directory", "alind": "anna in the directory", ODD: "odd in the directory"}
CONFIGURATION = """
{includes}
modulepath {modules}
moduleload back_mdb
allow bind_anon_dn
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
database mdb
suffix "{base}"
rootdn "{keeper}"
rootpw "{secret}"
directory {folder}/data
maxsize 10485760
access to attrs=userPassword by anonymous auth by * none
access to * by * read
"""
ENTRIES = f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: clinic\ndc: clinic\n\n"


@dataclass
class Directory:
    """Where a directory listens, what it is known by, and what it was asked."""

    folder: Path
    plain: int
    tls: int

    @property
    def authority(self) -> Path:
        """The certificate that it is known by, for the name localhost alone."""
        return self.folder / "server.pem"

    @property
    def asked(self) -> list[str]:
        """Return what it was asked so far: BIND and SRCH, in order."""
        text = (self.folder / "log").read_text(encoding="utf-8", errors="replace")
        return re.findall(r" op=[0-9]+ (BIND|SRCH)(?= dn=.* method=| base=)", text)


def is_there() -> bool:
    """Return whether slapd is installed, as Debian lays it out."""
    return server() is not None and MODULES.is_dir() and SCHEMAS.is_dir()


def server() -> str | None:
    """Return the path of slapd, which is often on no PATH but root's."""
    return shutil.which("slapd") or shutil.which("slapd", path="/usr/sbin")


def person(uid: str, password: str, number: int) -> str:
    """Return an entry as LDIF."""
    return (
        f"dn: cn=person {number},{BASE}\nobjectClass: inetOrgPerson\ncn: person {number}\nsn: person\n"
        f"uid: {uid}\nuserPassword: {password}\n\n"
    )


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def running(folder: Path) -> Iterator[Directory]:
    """A directory that answers on loopback, with and without TLS."""
    slapd = server()
    assert slapd is not None
    (folder / "data").mkdir()
    key = draw()
    (folder / "server.pem").write_bytes(key.certificate)
    (folder / "server.key").write_bytes(key.pem)
    includes = "\n".join(f"include {SCHEMAS}/{one}.schema" for one in ("core", "cosine", "inetorgperson"))
    told = {
        "includes": includes,
        "modules": MODULES,
        "folder": folder,
        "base": BASE,
        "keeper": KEEPER,
        "secret": SECRET,
    }
    (folder / "slapd.conf").write_text(CONFIGURATION.format(**told), encoding="utf-8")
    people = "".join(person(uid, password, number) for number, (uid, password) in enumerate(PASSWORDS.items()))
    (folder / "people.ldif").write_text(ENTRIES + people, encoding="utf-8")
    configured = ["-f", str(folder / "slapd.conf")]
    subprocess.run(
        [slapd, "-T", "add", *configured, "-l", str(folder / "people.ldif")], check=True, capture_output=True
    )
    found = Directory(folder, _free(), _free())
    listens = f"ldap://127.0.0.1:{found.plain} ldaps://127.0.0.1:{found.tls}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([slapd, "-d", "stats", *configured, "-h", listens], stderr=log, stdout=log)
    try:
        _wait(found.tls, process)
        yield found
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(500):
        assert process.poll() is None, "slapd ended"
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("slapd does not listen")
