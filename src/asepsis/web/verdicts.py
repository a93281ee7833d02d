"""The verdicts that a page shows: the assessment that was kept for its moment, and whether it is older than the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from asepsis.checks.check import CHECKS
from asepsis.clauses.catalogue import Catalogue, catalogue
from asepsis.conformance import moments
from asepsis.conformance.assessment import Assessment, Note
from asepsis.conformance.board import Act, Board
from asepsis.jobs import worker
from asepsis.readers import assessed, visible
from asepsis.readers.assessed import Kept
from asepsis.readers.findings import Findings
from asepsis.record.verdict import Verdict
from asepsis.store.models import Assessed, Record
from asepsis.web.moment import Moment


@dataclass
class Verdicts:
    """What was found about a product at a moment; without an assessment, nothing is known yet."""

    moment: Moment
    kept: Kept | None
    release: str | None = None

    @property
    def assessment(self) -> Assessment | None:
        """Return the assessment that was kept."""
        return self.kept.assessment if self.kept else None

    @property
    def board(self) -> Board | None:
        """Return its board."""
        return self.kept.board if self.kept else None

    @property
    def digest(self) -> str | None:
        """Return the digest of its document."""
        return self.kept.digest if self.kept else None

    @cached_property
    def catalogue(self) -> Catalogue:
        """Return the catalogue of the edition that was assessed."""
        return catalogue(self.assessment.edition) if self.assessment else catalogue()

    def findings(self, clause: str) -> Findings | None:
        """Return what was found for one clause; nothing without an assessment."""
        return self.kept.findings(clause) if self.kept else None

    # --- what may be told of it ---------------------------------------------------------------------------------------

    @cached_property
    def withheld(self) -> dict[str, str]:
        """Return the records that may not be shown, by id with their kind."""
        return visible.all_withheld() if self.assessment else {}

    def shows(self, note: Note) -> bool:
        """Return whether a finding may be told: it is about nothing that is withheld."""
        return note.about.id not in self.withheld

    def counts(self, check: str) -> bool:
        """Return whether it may be told how many a check went through: nothing of their kind is withheld."""
        return check not in CHECKS or CHECKS[check].over_name not in self.withheld.values()

    @cached_property
    def acts(self) -> tuple[Act, ...]:
        """Return the acts that may be told."""
        if self.board is None or not self.withheld:
            return self.board.acts if self.board else ()
        return tuple(act for act in self.board.acts if self.shows(act.note))

    @property
    def hides_acts(self) -> bool:
        """Return whether there are others, about something that is withheld."""
        return self.board is not None and len(self.acts) < len(self.board.acts)

    # --- whether it is of today -----------------------------------------------------------------------------------------

    @cached_property
    def outdated(self) -> bool:
        """Return whether something happened since that the verdicts can depend on."""
        if self.assessment is None or self.moment.past or self.moment.product is None:
            return False
        return moments.last_change(self.moment.product.id) > self.assessment.moment.position

    @cached_property
    def being_made(self) -> bool:
        """Return whether a worker is there, which makes verdicts of now anew by itself within seconds."""
        return not self.moment.past and worker.is_alive(datetime.now(UTC))

    @property
    def command(self) -> str:
        """Return the command that makes the verdicts anew."""
        product = self.moment.product
        release = f" --release {self.release}" if self.release else ""
        at = f" --at {self.moment.position}" if self.moment.past else ""
        return f"asepsis assess {product.code}{release}{at}" if product else "asepsis assess"

    @property
    def counted(self) -> list[tuple[Verdict, int]]:
        """Return how many clauses got each verdict, those left out that none got."""
        return [(verdict, count) for verdict, count in self.board.counts.items() if count] if self.board else []

    @cached_property
    def open_gaps(self) -> dict[str, int]:
        """Return how many clauses of each process have a gap."""
        return {lane.process: lane.gaps for lane in self.board.lanes} if self.board else {}


def of_moment(moment: Moment, release: Record | None = None) -> Verdicts:
    """Return the verdicts that were kept for a moment, of one release or of the one looked at last."""
    if moment.product is None:
        return Verdicts(moment, None)
    label = release.label if release else None
    return Verdicts(moment, assessed.kept(moment.product.id, release.id if release else None, moment.position), label)


def earlier(verdicts: Verdicts) -> Verdicts | None:
    """Return the newest verdicts that were kept at a baseline before this moment, to say what changed since."""
    moment = verdicts.moment
    if moment.product is None or verdicts.assessment is None:
        return None
    before = verdicts.assessment.moment.position
    found = Assessed.objects.filter(product=moment.product.id, baseline=True, position__lt=before)
    position = found.order_by("-position", "-id").values_list("position", flat=True).first()
    if position is None:
        return None
    then = Moment(moment.product, moment.ledger, position)
    return of_moment(then)
