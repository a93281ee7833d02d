"""How much one client may ask for: a bucket that fills again as time passes."""

from dataclasses import dataclass


@dataclass
class Bucket:
    """Room for `most` requests at once, and `each_second` more every second."""

    most: float = 40.0
    each_second: float = 10.0
    left: float = 40.0
    seen: float = 0.0

    def takes(self, now: float) -> bool:
        """Return whether one more request is answered; the others get 429."""
        self.left = min(self.most, self.left + max(0.0, now - self.seen) * self.each_second)
        self.seen = max(now, self.seen)
        if self.left < 1:
            return False
        self.left -= 1
        return True
