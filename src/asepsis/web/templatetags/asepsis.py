"""Tags and filters of the templates."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from asepsis.advisories.findings import Candidate
from asepsis.advisories.outputs.attacks import decision_of, ssvc_of
from asepsis.advisories.outputs.attacks import said as said_of_attacks
from asepsis.record.verdict import Verdict
from asepsis.sentences import Said
from asepsis.web import marks, words
from asepsis.web.moment import Moment

register = template.Library()
TITLE = 48  # characters of a title in one place of the chain


@register.simple_tag
def mark(verdict: Verdict | str, urgent: bool = False, small: bool = False) -> SafeString:
    """Return the drawn mark of a verdict."""
    return marks.mark(verdict, urgent=urgent, small=small)


@register.filter
def verdict_word(verdict: Verdict | str) -> str:
    """Return a verdict in words."""
    return marks.word(Verdict(verdict))


@register.simple_tag
def to(moment: Moment, page: str = "", rest: Any = "", place: str = "") -> str:
    """Return the address of a page of the moment: `{% to moment "clause/" number %}`."""
    return moment.to(f"{page}{rest}") + place


@register.simple_tag
def same(moment: Moment, path: str, position: int | None = None, since: int | None = None) -> str:
    """Return the address of the page at `path` at another moment; a record was written at entry `since`."""
    return moment.same(path, position, since or 0)


@register.simple_tag
def record_to(moment: Moment, label: str, page: str = "") -> str:
    """Return the address of a record at the moment, or of a page under it."""
    return moment.to_record(label, page)


@register.simple_tag
def said(of: words.Words, value: Any) -> str:
    """Return a sentence with its links."""
    return of.said(value)


@register.simple_tag
def nextstep(of: words.Words, what: Said) -> str:
    """Return what a sentence says to do next."""
    return of.next(what) or ""


@register.simple_tag
def found(of: words.Words, note: Any) -> str:
    """Return what a check found, with its links."""
    return of.found(note)


@register.simple_tag
def step(of: words.Words, note: Any) -> str:
    """Return the next step of what a check found."""
    return of.step(note) or ""


@register.simple_tag
def due(of: words.Words, day: str | None) -> str:
    """Return a deadline with what is left."""
    return of.due(day)


@register.simple_tag
def owner(of: words.Words, who: str | None) -> str:
    """Return who owes something, in words."""
    found = of.owner(who)
    return found.words if found else ""


@register.simple_tag
def initials(of: words.Words, who: str | None) -> str:
    """Return the initials of who owes something, with the whole name for who cannot see them."""
    found = of.owner(who)
    return format_html('<abbr class="who" title="{}">{}</abbr>', found.words, found.initials) if found else ""


@register.simple_tag
def clause(of: words.Words, number: str) -> str:
    """Return a clause or obligation as a link."""
    return of.clause(number)


@register.simple_tag
def record(of: words.Words, row: Any, text: str | None = None) -> str:
    """Return a record as a link."""
    return of.link(row, text)


@register.simple_tag
def label(of: words.Words, name: str) -> str:
    """Return a record that is named by its label as a link; one that may not be shown as no more than that."""
    return of.of_label(name)


@register.simple_tag
def of_id(of: words.Words, identity: str) -> str:
    """Return how the record, person or product of an id is called."""
    return of.of_id(identity)


@register.simple_tag
def chained(of: words.Words, cell: Any) -> SafeString:
    """Return one place of the chain: a record with what was found about it, or nothing. A page has a thousand of them."""
    if cell.node is None:
        return _blank(cell.rows)
    item, gaps = cell.node.item, cell.node.gaps
    told = SafeString()
    if gaps:
        number, _, obligation = gaps[0].obligation.partition("-")
        place = of.moment.to(f"clause/{number}")
        told = format_html(
            '<br><a class="keep" href="{}#o-{}">{} {}</a>', place, obligation, marks.mark("gap"), many(len(gaps), "gap")
        )
    return format_html(
        '<td rowspan="{}"{}><div class="cell {}">{}<br>{}{}</div></td>',
        cell.rows,
        SafeString(' class="joined"' if cell.joined else ""),
        cell.look,
        of.of_id(item.id),
        Truncator(item.title).chars(TITLE),
        told,
    )


@cache
def _blank(rows: int) -> SafeString:
    return format_html('<td rowspan="{}"></td>', rows)


@register.filter
def asjson(value: Any) -> str:
    """Return a value as JSON, for an attribute that a script reads."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.filter
def number(value: int) -> str:
    """Return a number with its thousands apart."""
    return f"{value:,}"


@register.filter
def of(values: dict[str, Any], name: str) -> Any:
    """Return what stands under a name."""
    return values[name]


@register.filter
def many(value: int, word: str) -> str:
    """Return a count with its word: `1 gap`, `2 gaps`, `no gaps`; `word` may hold both: `entry,entries`."""
    one, _, several = word.partition(",")
    if value == 1:
        return f"1 {one}"
    return f"{f'{value:,}' if value else 'no'} {several or f'{one}s'}"


@register.filter
def minute(moment: Moment, at: str) -> str:
    """Return an instant as day and minute in the organisation's time zone."""
    return moment.minute_of(at)


@register.filter
def fours(digest: str) -> str:
    """Return the beginning of a digest, in fours."""
    return words.grouped(digest)


register.filter("kind", words.kind_words)
register.filter("kinds", words.kind_plural)
register.filter("capital", words.capital)
register.filter("field", words.field_words)


@register.filter
def obligation(identity: str) -> str:
    """Return the number of an obligation within its clause."""
    return identity.partition("-")[2]


@register.filter
def trimmed(text: str) -> str:
    """Return a piece of a text without the blanks around it, for a mark that should not underline them."""
    return text.strip() or text


@register.filter
def attacks(candidate: Candidate) -> list[str]:
    """Return what is known of attacks on a candidate, in sentences."""
    return [one.text() for one in said_of_attacks(candidate)]


@register.filter
def ssvc(answers: str) -> str:
    """Return what CISA's tree says of its answers to SSVC."""
    return decision_of(ssvc_of(answers))


@register.filter
def spaced(word: str) -> str:
    """Return a word of a fixed list as people write it."""
    return word.replace("-", " ")


@register.filter
def day(moment: Moment, at: str) -> str:
    """Return the day of an instant in the organisation's time zone."""
    return moment.day_of(at)


@register.filter
def helped(text: str) -> SafeString:
    """Return a help text with what stands between backticks set apart."""
    parts = text.split("`")
    told = ((format_html("<code>{}</code>", one) if at % 2 else one,) for at, one in enumerate(parts))
    return format_html_join("", "{}", told)


@register.filter
def kind_of(step: Any) -> str:
    """Return the kind of the record of a step, in words: a template would call the class itself."""
    return words.kind_words(step.item.kind.__name__)


@register.filter
def own(label: str, moment: Moment) -> str:
    """Return a label without the code of the product that the page is about, where there is little room."""
    return label.removeprefix(f"{moment.product.code}-") if moment.product else label
