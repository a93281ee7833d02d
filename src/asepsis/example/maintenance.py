"""Clause 6 in the example: how fast, what is watched, updates with their proof, and what users are told."""

from __future__ import annotations

from hashlib import sha256

from asepsis.example import known
from asepsis.example.writer import Writer
from asepsis.exchange.facts import document_bytes
from asepsis.maintenance.records import (
    CompatibilityStatement,
    MonitoredSource,
    Notice,
    SourceReview,
    Update,
    UpdatePolicy,
    UpdateVerification,
)

ALL = {
    "severity": ("none", "low", "medium", "high", "critical"), "exploited": ("no", "poc", "yes"),
    "safety": ("none", "minor", "serious"), "fielded": ("few", "many"), "public": ("no", "yes"),
    "external_controls": ("none", "partial", "effective"),
}  # fmt: skip
CALM = {"safety": ("none", "minor"), "exploited": ("no", "poc")}
GRAVE = CALM | {"severity": ("high", "critical")}
BANDS: tuple[tuple[dict[str, tuple[str, ...]], int, int], ...] = (
    ({"safety": ("serious",)}, 20, 30),
    ({"safety": ("none", "minor"), "exploited": ("yes",)}, 20, 30),
    (GRAVE | {"public": ("yes",), "fielded": ("many",)}, 50, 60),
    (GRAVE | {"public": ("yes",), "fielded": ("few",), "external_controls": ("none", "partial")}, 75, 90),
    (GRAVE | {"public": ("yes",), "fielded": ("few",), "external_controls": ("effective",)}, 100, 120),
    (GRAVE | {"public": ("no",)}, 100, 120),
    (CALM | {"severity": ("none", "low", "medium")}, 160, 190),
)


def policy(w: Writer) -> None:
    """The worse the case, the fewer days: one band for each difference that is made."""
    w.new(
        "update-policy", UpdatePolicy, org=True, title="How fast updates come", many_from=50, cycle_months=6, bands=[
            {name: list(choices) for name, choices in (ALL | band).items()} | {"qualify_days": qualify, "deliver_days": deliver}
            for band, qualify, deliver in BANDS
        ], out_of_cycle_when="Exploited, or serious for safety.",
    )  # fmt: skip
    w.sign()


def sources(w: Writer) -> None:
    """What is watched, and by whom."""
    w.new("source/osv", MonitoredSource, title="OSV", source="feed", feed="osv", where="https://osv.dev", ecosystems=["pypi"],
          look_every_days=1, owner=w.who("samira"))  # fmt: skip
    w.new("source/tessaline", MonitoredSource, title="Bulletins of Tessaline", source="supplier", where="their customer page",
          suppliers=[w("supplier/tessaline")], items=[w("item/tessaline")], look_every_days=100,
          owner=w.who("samira"))  # fmt: skip
    w.new("source/debian", MonitoredSource, title="Security announcements of Debian", source="supplier",
          where="debian-security-announce", suppliers=[w("supplier/debian")], items=[w("item/debian")], look_every_days=100,
          owner=w.who("samira"))  # fmt: skip
    w.new("source/list", MonitoredSource, title="List for health software", source="researcher-list", where="a closed list",
          look_every_days=100, owner=w.who("samira"))  # fmt: skip
    w.sign()


def looked_through(
    w: Writer, first: str, last: str, *, snapshot: str | None = None, taken: list[str] | None = None
) -> None:
    """Somebody looks through what the sources brought."""
    digest = None
    if snapshot:
        digest = sha256(document_bytes(known.feeds(snapshot))).hexdigest()
    w.new(
        f"watch/{last}", SourceReview, title=f"Sources, up to {last}", sources=[
            record for name, record in w.records.items()
            if name.startswith("source/") and (name != "source/osv" or digest) and name not in w.gone
        ], first_day=first, last_day=last, snapshot=digest, taken_up=taken,
        nothing_because=None if taken else "Nothing about what we use, but for what matching found by itself.",
    )  # fmt: skip
    w.sign()


def debian_tried(w: Writer) -> None:
    """A point release of Debian is tried with the gateway, and users may install it."""
    w.new(
        "verify/debian", UpdateVerification, by="jonas", title="Debian 12.11 under 2.3.0", item=w("item/debian"),
        versions=["12.11"], regression_shown_by=w.all(["run/2.3.0/requirements", "run/2.3.0/integration"]),
        constraints={"operational": "Restart of the machine, two minutes.", "safety": "Messages wait and none is lost.",
                     "legal": "none: no change of the product"}, outcome="pass",
    )  # fmt: skip
    w.sign()
    w.new(
        "fits/debian", CompatibilityStatement, title="Debian 12.11 fits", item=w("item/debian"), versions=["12.11"],
        compatible="yes", approved=True, verified_by=w("verify/debian"),
    )  # fmt: skip
    w.sign()


def notice(
    w: Writer, name: str, title: str, about: list[str], releases: list[str], to: list[str] | None = None
) -> None:
    """A message goes out."""
    w.new(
        f"notice/{name}", Notice, by="samira", title=title, to=to or ["users", "customers"], about=w.all(about),
        for_releases=w.all(f"release/{one}" for one in releases), channel="mail to the security contact of each site",
        text=w.text(title, "What it is about, whom it touches, and what to do."),
    )  # fmt: skip
    w.sign()
    w.happened(f"notice/{name}", "ines", sent_on=w.today, receipts=w.text(f"Receipts: {title}", "All sites confirmed."))


def update(w: Writer) -> None:
    """2.3.0 as the update of 2.2.0."""
    w.new(
        "update/2.3.0", Update, by="daan", title="2.3.0 for users of 2.2.0", release=w("release/2.3.0"),
        for_releases=w.all(["release/2.2.0"]), fixes=w.all(["vulnerability/greedy"]), channel="The gateway's own updater, or "
        "the download page", integrity=w("manifest/2.3.0"), security_only=False, instructions=w("guide/2.3.0"),
    )  # fmt: skip
    w.sign()
    w.new(
        "verify/2.3.0", UpdateVerification, by="jonas", title="2.3.0 repairs and breaks nothing", update=w("update/2.3.0"),
        fix_shown_by=w.all(["run/2.3.0/requirements/limits"]),
        regression_shown_by=w.all(["run/2.3.0/requirements", "run/2.3.0/requirements/limits", "run/2.3.0/integration"]),
        constraints={"operational": "Restart of one minute; what comes meanwhile waits at its sender.",
                     "safety": "Critical results go by telephone for that minute; the guide says so.",
                     "legal": "No change of the intended purpose."}, outcome="pass",
    )  # fmt: skip
    w.sign()
    w.happened("update/2.3.0", "daan", available_on=w.today)
