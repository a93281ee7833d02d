"""What the API says of itself: stored, true, and no request that it allows makes the program stumble."""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from asepsis.api.urls import description
from asepsis.settings import MACHINE
from scripts.write_openapi import FILE, text
from tests.api.conftest import Caller, caller
from tests.web.maker import Maker

EXAMPLES = 6  # for each route; `HYPOTHESIS_PROFILE=search` looks longer
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def test_the_stored_description_is_the_one_that_is_served(copied: Maker) -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run `make openapi` to write it again"
    assert Caller(None).get("/openapi.json").value == json.loads(text())


def test_every_route_tells_its_failures_as_problems() -> None:
    for path, methods in description()["paths"].items():
        for method, operation in methods.items():
            told = operation["responses"]["4XX"]["content"]
            assert (path, method, list(told)) == (path, method, ["application/problem+json"])
            assert (path, method, operation["security"]) == (path, method, [{"Bearer": []}])


def routes() -> list[tuple[str, str]]:
    return sorted((path, method) for path, methods in description()["paths"].items() for method in methods)


@pytest.mark.parametrize(("path", "method"), routes())
def test_no_request_that_the_description_allows_makes_the_program_stumble(
    copied: Maker, path: str, method: str
) -> None:
    who = caller("Jonas Weber")
    schema = schemathesis.openapi.from_dict(description())
    schema.app = WSGIHandler()
    operation = schema[path][method.upper()]
    known = {"code": "GW", "label": copied.label("read"), "name": "Threat", "kind": "components", "product": "GW"}
    usually = settings()

    @given(case=operation.as_strategy(), usual=st.booleans())
    @settings(
        max_examples=max(EXAMPLES, usually.max_examples // 16),
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    def ask(case: Any, usual: bool) -> None:
        if usual:  # else nearly all would end where a name is not known
            for place in (case.path_parameters, case.query):
                place.update({name: value for name, value in known.items() if name in place})
        case.call_and_validate(headers={"Authorization": f"Bearer {who.token}"}, checks=CHECKS)

    with override_settings(MACHINE=MACHINE.model_copy(update={"home": copied.home, "api_per_minute": 100_000})):
        ask()


WORDS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(WORDS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


def test_any_json_is_answered_with_a_problem(copied: Maker) -> None:
    who = caller("Anna Lind")

    @given(JSON)
    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    def ask(value: Any) -> None:
        answer = who.post("/records", value)
        assert answer.status in (400, 422), answer.body[:300]
        assert answer.code

    ask()
