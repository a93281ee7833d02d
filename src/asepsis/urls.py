"""Which address leads to which page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path, register_converter

from asepsis.api import urls as api
from asepsis.api.problems import ProgramFaultError, problem
from asepsis.web import (
    account,
    audit,
    board,
    clause,
    components,
    due,
    errors,
    feeds,
    files,
    find,
    fleet,
    gate,
    health,
    holders,
    inbox,
    jobs,
    kinds,
    ledger,
    lists,
    login,
    metrics,
    record,
    release,
    remarks,
    reminders,
    saml,
    setup,
    sheet,
    sign,
    since,
    tokens,
    trace,
    unlooked,
    verifying,
    views,
    watch,
    work,
)
from asepsis.web.bring import pages as bring
from asepsis.web.case import pages as case
from asepsis.web.forms import bulk
from asepsis.web.forms import pages as forms

register_converter(login.ProviderConverter, "sso")

of_a_product: list[URLPattern | URLResolver] = [
    path("", board.board),
    path("acts", board.acts),
    path("due", due.due),
    path("people", holders.holders),
    path("audit", audit.audit),
    path("case", case.case),
    path("components", components.components),
    path("advisory/<str:name>", components.advisory),
    path("release", release.release),
    path("since", since.since),
    path("gate", gate.gate),
    path("clause/<str:number>", clause.clause),
    path("unlooked", unlooked.unlooked),
    path("trace", trace.of_a_product),
    path("process/<str:name>", kinds.process),
    path("list/<str:kind>", lists.of_a_product),
]

of_a_record = [
    path(moment + page, view)
    for moment in ("r/<str:label>", "r/<str:label>/at/<str:code>/<int:position>")
    for page, view in (("", record.record), ("/files", files.tab), ("/trace", trace.of_a_record))
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include(api.urlpatterns)),
    path("login", login.log_in, name="account_login"),
    path("login/passkey", login.passkey, name="mfa_login_webauthn"),
    path("login/second", account.second_factor, name="mfa_authenticate"),
    path("login/saml/return", saml.came_back),
    path("login/saml/metadata", saml.metadata),
    path("login/<sso:provider_id>/begin", login.sso_begin, name="openid_connect_login"),
    path("login/<sso:provider_id>/return", login.sso_return, name="openid_connect_callback"),
    path("logout", login.log_out),
    path("welcome/<str:token>", login.welcome),
    path("sign", sign.sign),
    path("sign/back", sign.send_back),
    path("sign/passkey", sign.passkey),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", metrics.metrics),
    path("jobs", jobs.jobs),
    path("calendar/<str:secret>.ics", reminders.calendar),
    path("account/reminders", reminders.reminders),
    path("account/calendar", reminders.address),
    path("account", account.account, name="mfa_index"),
    path("account/passphrase", account.change_passphrase),
    path("account/sso/part", account.part),
    path("account/tokens", tokens.listed),
    path("account/tokens/new", tokens.new),
    path("account/again", account.prove_again, name="account_reauthenticate"),
    path("account/again/code", account.prove_again_by_code, name="mfa_reauthenticate"),
    path("account/again/passkey", account.prove_again_by_passkey, name="mfa_reauthenticate_webauthn"),
    path("account/totp", account.add_totp, name="mfa_activate_totp"),
    path("account/totp/remove", account.remove_totp, name="mfa_deactivate_totp"),
    path("account/recovery", account.recovery_codes, name="mfa_view_recovery_codes"),
    path("account/recovery/new", account.new_recovery_codes, name="mfa_generate_recovery_codes"),
    path("account/passkeys/add", account.add_passkey, name="mfa_add_webauthn"),
    path("account/passkeys/<int:pk>/remove", account.remove_passkey, name="mfa_remove_webauthn"),
    path("", board.products),
    path("work", work.work),
    path("p/<str:code>/new/<str:kind>", forms.new_of_a_product),
    path("o/new/<str:kind>", forms.new_of_the_organisation),
    path("p/<str:code>/bulk/<str:kind>", bulk.of_a_product),
    path("o/bulk/<str:kind>", bulk.of_the_organisation),
    path("views", views.views),
    path("new", setup.begin),
    path("p/<str:code>/setup", setup.setup),
    path("p/<str:code>/run", sheet.sheet),
    path("p/<str:code>/inbox", inbox.matches),
    path("p/<str:code>/case/write", case.write),
    path("p/<str:code>/audit/remark", remarks.remark),
    path("p/<str:code>/bring", bring.of_a_product),
    path("p/<str:code>/bring/<str:token>", bring.table_of_a_product),
    path("o/bring", bring.of_the_organisation),
    path("o/bring/<str:token>", bring.table_of_the_organisation),
    path("r/<str:label>/edit", forms.edit),
    path("r/<str:label>/act", forms.act),
    path("p/<str:code>/", include(of_a_product)),
    path("p/<str:code>/at/<int:position>/", include(of_a_product)),
    path("r/<str:label>/file/<str:digest>", files.evidence),
    *of_a_record,
    path("o/", kinds.organisation),
    path("o/list/<str:kind>", lists.of_the_organisation),
    path("ledger", ledger.ledger),
    path("ledger/verify", verifying.verifying),
    path("ledger/<int:position>", ledger.entry),
    path("watch", watch.watch),
    path("fleet", fleet.fleet),
    path("feeds", feeds.feeds),
    path("find", find.find),
    path("go", find.go),
    path("card/<str:label>", record.card),
    path("facts/<int:position>", files.fact),
    re_path("^facts/(?P<position>[0-9]{1,15})/(?P<what>document|source)$", files.fact_file),
]

handler400 = "asepsis.web.bodies.unreadable"
handler404 = "asepsis.web.errors.not_found"


def fault(request: HttpRequest) -> HttpResponse:
    """Tell a fault of this program: as a problem under the API, else on a page."""
    return problem(ProgramFaultError()) if request.path.startswith("/api/") else errors.fault(request)


handler500 = "asepsis.urls.fault"
