"""Who acts in the example: invented people of an invented maker, each with the role they sign in."""

from __future__ import annotations

from dataclasses import dataclass

from asepsis.record.slots import SystemRole as R

MAKER = "Quillhaven Medical Software"
LABORATORY = "Brackwater Security Lab"  # who breaks in, for pay


@dataclass(frozen=True, slots=True)
class Player:
    """One of the cast. `deputy` is a further role that they stand in for; `boss` to whom they report."""

    key: str
    name: str
    role: R
    boss: str | None = None
    unit: str | None = None
    deputy: R | None = None
    organisation: str | None = None

    @property
    def email(self) -> str:
        """Return the address under which they commit."""
        return f"{self.key}@quillhaven.example"


CAST: tuple[Player, ...] = (
    Player("helene", "Helene Brandt", R.MANAGEMENT),
    Player("ruben", "Ruben Achterberg", R.QUALITY, "helene", "quality"),
    Player("eluned", "Eluned Price", R.QUALITY, "ruben", "quality", deputy=R.QUALITY),
    Player("ines", "Ines Carvalho", R.REGULATORY, "helene", "other"),
    Player("tomasz", "Tomasz Wierzba", R.SECURITY, "helene", "other"),
    Player("aiko", "Aiko Tanabe", R.ARCHITECT, "daan", "line"),
    Player("jonas", "Jonas Feld", R.DEVELOPER, "aiko", "line"),
    Player("minh", "Minh Quang Le", R.DEVELOPER, "aiko", "line"),
    Player("priya", "Priya Raman", R.TESTER, "ruben", "quality"),
    Player("oskar", "Oskar Nyqvist", R.CLINICAL, "helene", "other"),
    Player("livia", "Livia Moretti", R.SAFETY, "ruben", "quality"),
    Player("daan", "Daan Verhoeven", R.RELEASE_MANAGER, "helene", "line"),
    Player("samira", "Samira Haddad", R.INCIDENT, "helene", "other", deputy=R.SECURITY),
    Player("nadia", "Nadia Sorel", R.TESTER, organisation=LABORATORY),
)
BY_KEY = {one.key: one for one in CAST}


def holders(role: R) -> tuple[str, ...]:
    """Return who signs as a role, first who holds it, then who stands in."""
    own = [one.key for one in CAST if one.role is role and one.deputy is not role]
    return (*own, *(one.key for one in CAST if one.deputy is role))
