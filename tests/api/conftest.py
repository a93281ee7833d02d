"""The maker of the pages' tests, asked over the API by whoever holds a token."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from asepsis.accounts import tokens
from asepsis.accounts.tokens import Scope
from tests.web.conftest import copied, maker, written
from tests.web.maker import Maker

__all__ = ["copied", "maker", "written"]
BASE = "/api/v1"
ALL = tuple(Scope)


@dataclass
class Answer:
    """What came of a request."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def value(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a problem."""
        assert self.headers["Content-Type"] == "application/problem+json", self.body[:300]
        return str(self.value["code"])


@dataclass
class Caller:
    """A program with a token, or with none."""

    token: str | None
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False, HTTP_HOST="127.0.0.1"))

    def ask(self, method: str, path: str, body: Any = None, /, *, raw: bytes | None = None, **headers: Any) -> Answer:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            given["Authorization"] = f"Bearer {self.token}"
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        media = "application/octet-stream" if raw is not None else "application/json"
        answer = self.client.generic(method, BASE + path, data, content_type=media, headers=given)
        whole = b"".join(answer) if answer.streaming else answer.content
        return Answer(answer.status_code, dict(answer.headers), whole)

    def get(self, path: str, **headers: Any) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: Any) -> Answer:
        return self.ask("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: Any) -> Answer:
        return self.ask("PUT", path, body, **headers)


def caller(person: str, *scopes: Scope, product: str | None = None, **more: Any) -> Caller:
    """A program that acts for a person, by id or name."""
    now = more.pop("now", datetime.now(UTC))
    _, text = tokens.make(person, "a test", scopes or ALL, now, days=more.pop("days", 1), product=product)
    return Caller(text)


@pytest.fixture
def developer(copied: Maker) -> Caller:
    """A pipeline of somebody who holds developer for the organisation."""
    return caller("Nadia Kovac")


@pytest.fixture
def quality(copied: Maker) -> Caller:
    """A program of somebody who holds quality, to whom what is withheld is not open."""
    return caller("Anna Lind")


@pytest.fixture
def security(copied: Maker) -> Caller:
    """A program of somebody who holds security, to whom what is withheld is open."""
    return caller("Jonas Weber")
