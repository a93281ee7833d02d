"""Which address leads to which page."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from asepsis.web import (
    board,
    clause,
    due,
    files,
    find,
    gate,
    kinds,
    ledger,
    lists,
    login,
    record,
    since,
    trace,
    unlooked,
)

of_a_product: list[URLPattern | URLResolver] = [
    path("", board.board),
    path("acts", board.acts),
    path("due", due.due),
    path("since", since.since),
    path("gate", gate.gate),
    path("clause/<str:number>", clause.clause),
    path("unlooked", unlooked.unlooked),
    path("trace", trace.of_a_product),
    path("process/<str:name>", kinds.process),
    path("list/<str:kind>", lists.of_a_product),
]

of_a_record: list[URLPattern | URLResolver] = [
    path("", record.record),
    path("/files", files.tab),
    path("/trace", trace.of_a_record),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("login", login.log_in),
    path("logout", login.log_out),
    path("", board.products),
    path("p/<str:code>/", include(of_a_product)),
    path("p/<str:code>/at/<int:position>/", include(of_a_product)),
    path("r/<str:label>/at/<str:code>/<int:position>", include(of_a_record)),
    path("r/<str:label>/file/<str:digest>", files.evidence),
    path("r/<str:label>", include(of_a_record)),
    path("o/", kinds.organisation),
    path("o/list/<str:kind>", lists.of_the_organisation),
    path("ledger", ledger.ledger),
    path("ledger/<int:position>", ledger.entry),
    path("find", find.find),
    path("card/<str:label>", record.card),
    path("facts/<int:position>", files.fact),
    re_path("^facts/(?P<position>[0-9]{1,15})/(?P<what>document|source)$", files.fact_file),
]

handler404 = "asepsis.web.errors.not_found"
handler500 = "asepsis.web.errors.fault"
