"""How often somebody may ask: so many requests in a minute for a token, and for an address that gives wrong ones.

They are counted in Django's cache; by default each process of the server has its own, so that the limit holds for each.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.cache import cache

from asepsis.errors import RefusedError
from asepsis.sentences import Sentence

MINUTE = 60
WRONG_TOKENS = 20  # that one address may give in a minute
OF_AN_ADDRESS = 4  # times what a token has: several programs stand behind one address


class TooManyRequestsError(RefusedError):
    """Somebody asks more often than the machine's keeper lets them."""

    code = "requests-too-many"
    sentence = Sentence(
        "{who} may ask {most} times in a minute, and did.", next="Wait for as many seconds as Retry-After says."
    )

    def __init__(self, *, who: str, most: int, seconds: int) -> None:
        super().__init__(who=who, most=most)
        self.seconds = seconds


def count_token(token: str, now: datetime) -> None:
    """Count a request of a token, by id. Raises `TooManyRequestsError`."""
    _count(f"token:{token}", "This token", settings.MACHINE.api_per_minute, now)


def count_address(address: str, now: datetime) -> None:
    """Count a request of an address, whatever token it gives. Raises `TooManyRequestsError`."""
    _count(f"address:{address}", "This address", settings.MACHINE.api_per_minute * OF_AN_ADDRESS, now)


def count_wrong_token(address: str, now: datetime) -> None:
    """Count a token that let nobody in. Raises `TooManyRequestsError`."""
    _count(f"wrong:{address}", "An address with wrong tokens", WRONG_TOKENS, now)


def check_wrong_tokens(address: str, now: datetime) -> None:
    """Raise `TooManyRequestsError` where an address has given too many wrong tokens in this minute."""
    begun, left = divmod(int(now.timestamp()), MINUTE)
    if cache.get(f"asepsis-api:wrong:{address}:{begun}", 0) >= WRONG_TOKENS:
        raise TooManyRequestsError(who="An address with wrong tokens", most=WRONG_TOKENS, seconds=MINUTE - left)


def _count(key: str, who: str, most: int, now: datetime) -> None:
    begun, left = divmod(int(now.timestamp()), MINUTE)
    name = f"asepsis-api:{key}:{begun}"
    cache.add(name, 0, timeout=2 * MINUTE)
    try:
        count = cache.incr(name)
    except ValueError:  # it was thrown out between the two
        return
    if count > most:
        raise TooManyRequestsError(who=who, most=most, seconds=MINUTE - left)
