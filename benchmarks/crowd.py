"""What each of fifty people does, as locust sees it; `benchmarks.fifty` starts it and looks afterwards what came of it.

Every act carries a text that nobody else writes. What the server acknowledged is noted as one line of JSON in the file
that CROWD_NOTES names, so that it can be looked for in the ledger.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
import uuid
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from typing import Any

from locust import HttpUser, between, events, task

CAST: dict[str, Any] = json.loads(Path(os.environ["CROWD_CAST"]).read_text(encoding="utf-8"))
NOTES = Path(os.environ["CROWD_NOTES"]).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115 - as long as locust runs
NEXT = {part: count() for part in CAST["people"]}
CONFLICTS = (409, 412)
LATER = 202  # a worker does it, and says how far it is
LOOKS = 20  # times that somebody asks how far it is
SET = 3  # revisions that are signed together


def note(what: str, **more: Any) -> None:
    """Keep what the server acknowledged."""
    NOTES.write(json.dumps({"what": what, **more}) + "\n")


def mark() -> str:
    """Return a text that nobody else writes."""
    return f"fifty {uuid.uuid4().hex}"


def plain(html: str) -> str:
    """Return what a page that tells a failure says."""
    return " ".join(re.sub(r"<[^>]*>", " ", html.partition("<body>")[2] or html).split())[:300]


class Forms(HTMLParser):
    """The forms of a page with what stands in their boxes, as a browser would send them; and its check boxes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self.by_form: dict[str, list[str]] = {}
        self.digests: list[str] = []
        self._select = self._text = ""
        self._digest = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._digest = tag == "span" and given.get("class") == "digest"
        if tag == "form":
            self.forms.append({})
        elif tag == "input" and given.get("type") == "checkbox" and given.get("form"):
            self.by_form.setdefault(given["form"], []).append(given.get("value", ""))
        elif not self.forms or not given.get("name", self._select):
            return
        elif tag == "input" and (given.get("type") not in ("checkbox", "radio", "file") or "checked" in given):
            self.forms[-1].setdefault(given["name"], given.get("value", ""))
        elif tag == "textarea":
            self._text = given["name"]
            self.forms[-1].setdefault(self._text, "")
        elif tag == "select":
            self._select = given["name"]
            self.forms[-1].setdefault(self._select, "")
        elif tag == "option" and self._select and ("selected" in given or not self.forms[-1][self._select]):
            self.forms[-1][self._select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select
        self._text = "" if tag == "textarea" else self._text

    def handle_data(self, data: str) -> None:
        if self._text:
            self.forms[-1][self._text] += data
        if self._digest and len(data.strip()) == 64:
            self.digests.append(data.strip())

    def form(self, *names: str) -> dict[str, str]:
        """Return the form that has these boxes."""
        return dict(next((one for one in self.forms if all(name in one for name in names)), {}))


class Person(HttpUser):
    """Somebody who logs in and works with pages."""

    abstract = True
    part = ""
    wait_time = between(*CAST["wait"])

    def on_start(self) -> None:
        """Log in."""
        people = CAST["people"][self.part]
        self.me = people[next(NEXT[self.part]) % len(people)]
        form = Forms(self.client.get("/login", name="log-in page").text).form("user_id", "passphrase")
        form |= {"user_id": self.me["user_id"], "passphrase": self.me["passphrase"], "next": "/work"}
        with self.client.post("/login", form, name="log in", allow_redirects=False, catch_response=True) as came:
            if came.status_code != 302:
                came.failure(f"log-in answered {came.status_code}")

    def page(self, address: str, name: str) -> Forms:
        """Open a page."""
        with self.client.get(address, name=name, catch_response=True) as came:
            if came.status_code != 200:
                came.failure(f"{came.status_code}: {plain(came.text)}")
            return Forms(came.text)

    def send(self, address: str, form: dict[str, Any], name: str) -> str | None:
        """Send a form; return where it led, and `None` where somebody else was faster, which is counted, not an error."""
        with self.client.post(address, form, name=name, allow_redirects=False, catch_response=True) as came:
            if came.status_code in CONFLICTS:
                came.success()
                note("conflict", of=name)
                return None
            if came.status_code != 302:
                came.failure(f"{came.status_code}: {plain(came.text)}")
                return None
            return str(came.headers["Location"])

    def written(self) -> str:
        """Write a new record by its form and return its label; an empty text where it did not come to that."""
        form = self.page(f"/p/{CAST['product']}/new/Asset", "new record, form").form("f.title")
        said = mark()
        led = self.send(f"/p/{CAST['product']}/new/Asset", form | {"f.title": said}, "new record")
        if led is None:
            return ""
        note("revision", mark=said, before="")
        return led.rpartition("/")[2]


class Reader(Person):
    """Somebody who looks: an auditor, a manager."""

    part = "reads"
    fixed_count = len(CAST["people"]["reads"])

    @task
    def look(self) -> None:
        """Open one page."""
        name, address = random.choice(CAST["pages"])
        self.page(address, name)


class Writer(Person):
    """Somebody who writes drafts, revises them, and submits them."""

    part = "writes"
    fixed_count = len(CAST["people"]["writes"])

    @task(3)
    def write(self) -> None:
        """Write a record, revise it, and submit it."""
        label = self.written()
        if not label:
            return
        form, said = self.page(f"/r/{label}/edit", "edit, form").form("f.title", "before"), mark()
        if self.send(f"/r/{label}/edit", form | {"f.title": said}, "edit") is not None:
            note("revision", mark=said, before=form["before"])
        form = self.page(f"/r/{label}", "record").form("before")
        if self.send(f"/r/{label}/act", form | {"act": "submit"}, "submit") is not None:
            note("submission", revision=form["before"])

    @task(2)
    def revise(self) -> None:
        """Revise a record that others revise as well."""
        label = random.choice(CAST["shared"])
        form, said = self.page(f"/r/{label}/edit", "edit, form").form("f.title", "before"), mark()
        if self.send(f"/r/{label}/edit", form | {"f.title": said}, "edit") is not None:
            note("revision", mark=said, before=form["before"])

    @task(2)
    def look(self) -> None:
        """Look at the list, and at what is owed."""
        self.page(f"/p/{CAST['product']}/list/Asset", "list")
        self.page("/work", "my work")


class Commenter(Person):
    """Somebody who says something about records."""

    part = "comments"
    fixed_count = len(CAST["people"]["comments"])

    @task
    def comment(self) -> None:
        """Open a record and comment on it."""
        label = random.choice(CAST["shared"])
        form, said = self.page(f"/r/{label}", "record").form("csrfmiddlewaretoken"), mark()
        form = {"csrfmiddlewaretoken": form["csrfmiddlewaretoken"], "act": "comment", "words": said}
        if self.send(f"/r/{label}/act", form, "comment") is not None:
            note("comment", mark=said)


class Signer(Person):
    """Somebody who signs what waits."""

    part = "signs"
    fixed_count = len(CAST["people"]["signs"])

    @task
    def sign(self) -> None:
        """Sign some revisions of what waits, as one set: others sign there too, so not all choose the same."""
        page = self.page("/sign", "sign, page")
        form = page.form("presented", "passphrase")
        waiting = dict(zip(page.by_form.get("signing", []), page.digests, strict=False))
        records = random.sample(sorted(waiting), min(SET, len(waiting)))
        if not records:
            return
        form |= {"passphrase": self.me["passphrase"], "record": records}  # type: ignore[dict-item]
        if "user_id" in form:
            form["user_id"] = self.me["user_id"]
        if self.send("/sign", form, "sign") is not None:
            for one in records:
                note("approval", revision=waiting[one], by=self.me["person"])


class Program(HttpUser):
    """A program that works with a person's token."""

    abstract = True
    part = ""
    wait_time = between(*CAST["wait"])

    def on_start(self) -> None:
        """Take the token of one person."""
        people = CAST["people"][self.part]
        self.me = people[next(NEXT[self.part]) % len(people)]
        self.client.headers["Authorization"] = f"Bearer {self.me['token']}"

    def sent(self, method: str, address: str, name: str, **more: Any) -> dict[str, Any] | None:
        """Ask a route; return what it said, and `None` where somebody else was faster."""
        with self.client.request(method, f"/api/v1{address}", name=name, catch_response=True, **more) as came:
            if came.status_code in CONFLICTS:
                came.success()
                note("conflict", of=name)
                return None
            if came.status_code == LATER:
                return {"job": came.headers["Location"]}
            if came.status_code not in (200, 201):
                came.failure(f"{came.status_code}: {plain(came.text)}")
                return None
            return dict(came.json())


class Reviser(Program):
    """Revises records that others revise as well, and says something about them."""

    part = "revises"
    fixed_count = len(CAST["people"]["revises"])

    @task(3)
    def revise(self) -> None:
        """Read a record and revise what was read, and nothing else."""
        label = random.choice(CAST["shared"])
        with self.client.get(f"/api/v1/records/{label}", name="API record", catch_response=True) as came:
            if came.status_code != 200:
                came.failure(f"{came.status_code}: {plain(came.text)}")
                return
            tag, said = came.headers["ETag"], mark()
            content = came.json()["content"] | {"title": said}
        answer = self.sent(
            "PUT", f"/records/{label}", "API revise", json={"content": content}, headers={"If-Match": tag}
        )
        if answer is not None:
            note("revision", mark=said, before=tag.strip('"'))

    @task(1)
    def comment(self) -> None:
        """Comment, and send the same again as after a broken line."""
        label, said = random.choice(CAST["shared"]), mark()
        key = {"Idempotency-Key": uuid.uuid4().hex}
        for name in ("API comment", "API comment, again"):
            if self.sent("POST", f"/records/{label}/comments", name, json={"text": said}, headers=key) is not None:
                note("comment", mark=said)

    @task(2)
    def look(self) -> None:
        """Ask where the product stands."""
        for page in ("board", "due", "clauses/7.2"):
            self.client.get(f"/api/v1/products/{CAST['product']}/{page}", name=f"API {page}")


class Importer(Program):
    """Brings bills of materials in."""

    part = "imports"
    fixed_count = len(CAST["people"]["imports"])

    @task
    def bring(self) -> None:
        """Bring a bill in that nobody brought yet, and send it again."""
        parts = [{"type": "library", "name": f"part-{number}", "version": "1.0"} for number in range(20)]
        parts.append({"type": "library", "name": uuid.uuid4().hex, "version": "1.0"})
        bill = json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": parts})
        key = {"Idempotency-Key": uuid.uuid4().hex, "Content-Type": "application/octet-stream"}
        place = f"/imports/components?product={CAST['product']}&name=bill.json"
        for name in ("API import", "API import, again"):
            answer = self.sent("POST", place, name, data=bill, headers=key)
            for _ in range(LOOKS):
                if answer is None or "job" not in answer:
                    break
                time.sleep(1)
                told = self.sent("GET", answer["job"].partition("/api/v1")[2], "API import, job")
                answer = told and (told.get("receipt") or answer)
            if answer is not None and "document" in answer:
                note("facts", document=answer["document"])


def _lines(stats: Any) -> Iterator[dict[str, Any]]:
    for entry in sorted(stats.entries.values(), key=lambda one: one.name):
        yield {
            "name": entry.name,
            "count": entry.num_requests,
            "failures": entry.num_failures,
            "median": entry.median_response_time,
            "p95": entry.get_response_time_percentile(0.95),
            "most": entry.max_response_time,
        }


@events.quitting.add_listener
def _told(environment: Any, **_: Any) -> None:
    total = environment.stats.total
    value = {
        "lines": list(_lines(environment.stats)),
        "count": total.num_requests,
        "failures": total.num_failures,
        "median": total.median_response_time,
        "p95": total.get_response_time_percentile(0.95),
        "errors": [f"{one.occurrences} x {one.name}: {one.error}" for one in environment.stats.errors.values()],
    }
    Path(os.environ["CROWD_STATS"]).write_text(json.dumps(value), encoding="utf-8")
    environment.process_exit_code = 0  # what failed is told by the table
