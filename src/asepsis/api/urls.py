"""Which address leads to which route, and how the API describes itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, re_path
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation
from ninja.parser import Parser

from asepsis import __version__
from asepsis.api import files, imports, kinds, ledger, products, record, trace, verdicts, watch, webhooks
from asepsis.api.edge import decoded, guarded, told
from asepsis.api.problems import MEDIA, UnfitRequestError, UnknownAddressError, problem, unfit
from asepsis.api.shapes import Problem
from asepsis.errors import AsepsisError

BASE = "/api/v1/"
ABOUT = """
Everything that a pipeline needs of Asepsis, asked for by a bearer token of a person, who may do no more by it than
without. A token signs nothing. Failures are problem details (RFC 9457) with the codes of the command line.
""".strip()
_PLACE = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")
READS_BY_ITSELF = frozenset({"import_facts"})  # the names of routes that take a file as their body


class StrictParser(Parser):
    """Reads a body as content is read everywhere: double keys, fractions and null are refused, and so is great depth."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the body as a value."""
        return decoded(request)


class Described(NinjaAPI):
    """Describes each route under the name of its function, wherever that stands."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Return what a route is called."""
        return operation.view_func.__name__


api = Described(
    title="Asepsis", version=__version__, description=ABOUT, docs_url=None, openapi_url=None, parser=StrictParser(),
    urls_namespace="api",
)  # fmt: skip
for part in (products, kinds, record, trace, verdicts, imports, files, ledger, watch, webhooks):
    api.add_router("", part.router)


@api.exception_handler(AsepsisError)
def refused(request: HttpRequest, error: AsepsisError) -> HttpResponse:
    """Tell one of our failures."""
    return told(error)


@api.exception_handler(ValidationError)
def not_read(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Tell what is wrong with the form of a request."""
    return problem(unfit(error.errors))


@api.exception_handler(HttpError)
def not_parsed(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Tell why a body could not be read: what the parser said lies behind."""
    behind = error.__cause__
    if isinstance(behind, AsepsisError):
        return told(behind)
    return problem(UnfitRequestError(problems=str(error)))


@api.exception_handler(Http404)
def not_there(request: HttpRequest, error: Http404) -> HttpResponse:
    """Tell that nothing stands there."""
    return problem(UnknownAddressError())


def unknown(request: HttpRequest) -> HttpResponse:
    """Tell that no route stands at an address."""
    raise UnknownAddressError


@cache
def description() -> dict[str, Any]:
    """Return what the API says of itself, as OpenAPI 3.1: every failure of every route is a problem."""
    value: dict[str, Any] = api.get_openapi_schema(path_prefix=BASE)
    problems = {"schema": {"$ref": "#/components/schemas/Problem"}}
    value.setdefault("components", {}).setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    for operations in value["paths"].values():
        for operation in operations.values():
            answers = {
                str(status): one | {"description": HTTPStatus(status).phrase}
                for status, one in operation["responses"].items()
            }
            answers["4XX"] = {"description": "Why it did not happen", "content": {MEDIA: problems}}
            answers["503"] = {"description": "Not now", "content": {MEDIA: problems}}
            operation["responses"] = answers
    return value


def openapi(request: HttpRequest) -> HttpResponse:
    """Give what the API says of itself; it tells nothing of what is kept here."""
    return JsonResponse(description())


def _routes() -> list[URLPattern]:
    """Return the routes of the API with what stands round each."""
    found = []
    for one in api.urls[0]:
        if isinstance(one, URLPattern) and one.name != "api-root":
            view = guarded(one.callback, _asked(str(one.pattern)), files=one.name in READS_BY_ITSELF)
            found.append(URLPattern(one.pattern, view, one.default_args, one.name))
    nothing = _asked("")
    return [*found, path("openapi.json", guarded(openapi, nothing)), re_path("^.*$", guarded(unknown, nothing))]


def _asked(route: str) -> Callable[[str], frozenset[str]]:
    """Return a function that gives the names that may stand in the query of a route, by its method."""
    address = BASE + _PLACE.sub(r"{\1}", route)

    def names(method: str) -> frozenset[str]:
        operation = description()["paths"].get(address, {}).get(method.lower(), {})
        return frozenset(one["name"] for one in operation.get("parameters", ()) if one["in"] == "query")

    return names


urlpatterns = _routes()
