"""What facts are joined to records by: one function for each way a subject is composed."""

from __future__ import annotations

ORGANISATION = "organisation"


def build(product: str, build_id: str) -> str:
    """Return the subject of facts about one build: product id and build id."""
    return f"{product}+{build_id}"


def bill_and_feeds(bill: str, feeds: str) -> str:
    """Return the subject of matches: the digest of the bill, and that of the feeds document it was laid against."""
    return f"{bill}+{feeds}"


def bill_of(subject: str) -> str:
    """Return the digest of the bill out of the subject of matches."""
    return subject.partition("+")[0]
