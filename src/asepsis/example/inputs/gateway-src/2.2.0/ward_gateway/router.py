"""From whom to whom: each message goes to the receivers of its ward, and waits, in order, while one is away."""

from collections import deque
from dataclasses import dataclass, field

MOST_WAITING = 10_000


@dataclass
class Route:
    """One receiver with what waits for it."""

    receiver: str
    wards: frozenset[str]
    waiting: deque[str] = field(default_factory=deque)

    def put(self, ward: str, message: str) -> bool:
        """Return whether a message was taken: of a ward of this receiver, and while there is room."""
        if ward not in self.wards or len(self.waiting) >= MOST_WAITING:
            return False
        self.waiting.append(message)
        return True


def matches(known: dict[str, str], given: dict[str, str]) -> bool:
    """Return whether a message is about the patient whom it says: number, name and birth date all agree."""
    return all(given.get(key) and given.get(key) == known.get(key) for key in ("id", "name", "born"))


def erased(stores: dict[str, bytearray]) -> dict[str, bytearray]:
    """Overwrite and empty every store, for taking the product out of service."""
    for data in stores.values():
        data[:] = bytes(len(data))
        data.clear()
    return stores
