"""Why the door stays shut: each refusal with its sentence. After one of these nothing was saved."""

from __future__ import annotations

from asepsis.errors import InputError, RefusedError, UnanswerableError
from asepsis.sentences import Sentence


class NotFoundedError(UnanswerableError):
    """There is no ledger here yet."""

    code = "ledger-absent"
    sentence = Sentence(
        "There is no ledger in {home}.", next="Begin one with `asepsis init`, or name its folder in ASEPSIS_HOME."
    )


class FoundedAlreadyError(RefusedError):
    """A ledger is founded once."""

    code = "ledger-founded"
    sentence = Sentence("A ledger stands in {home} already.", next="Use it, or name another folder in ASEPSIS_HOME.")


class UnkeptValueError(InputError):
    """Something is asked for by a character or a number that the database cannot hold."""

    code = "value-unkept"
    sentence = Sentence(
        "What was sent holds a character or a number that cannot be kept, such as U+0000.", next="Send it without that."
    )


class BusyError(UnanswerableError):
    """Somebody else writes, longer than we wait."""

    code = "store-busy"
    sentence = Sentence(
        "Another program writes to the store in {home}; nothing was saved.", next="Try again in a moment."
    )


class StoreFaultError(UnanswerableError):
    """The disk or the database refuses."""

    code = "store-fault"
    sentence = Sentence(
        "The store in {home} cannot be written: {reason}; nothing was saved.",
        next="Make room or give the right to write there, then try again.",
    )


class ClockBackError(RefusedError):
    """The clock says an instant before the last entry's."""

    code = "clock-back"
    sentence = Sentence(
        "The clock says {now}, which is before the last entry ({last}).",
        next="Set the clock right; the ledger's time never goes back.",
    )


class UnknownRevisionError(InputError):
    """A record has no revision of a number."""

    code = "revision-unknown"
    sentence = Sentence("{record} has no revision {number}; it has {count}.", next="Its history lists them.")


class ErasedError(UnanswerableError):
    """The content of a revision is not here any more."""

    code = "content-erased"
    sentence = Sentence(
        "What revision {number} of {record} said was erased; its name and signatures stand.", next="Read another one."
    )


class NotPermittedError(RefusedError):
    """Who acts holds no role that lets them."""

    code = "not-permitted"
    sentence = Sentence(
        "{act} needs {roles}, and {person} does not hold that role today.",
        next="Ask somebody who holds it, or have the appointment signed.",
    )


class TokenSignsNothingError(RefusedError):
    """A signature is a person's, who proves in that moment to be who they are."""

    code = "token-signs-nothing"
    sentence = Sentence(
        "A token signs nothing: {record} waits for a person who proves in that moment to be who they are.",
        next="Sign it in the browser, or with `asepsis record approve`.",
    )


class TokenBoundError(RefusedError):
    """A token that is bound to one product changes nothing elsewhere."""

    code = "token-bound"
    sentence = Sentence(
        "{record} is not of the product that this token is bound to; the token may read it and change nothing there.",
        next="Use a token of that product, or do it in the browser.",
    )


class OwnWorkError(RefusedError):
    """Four eyes: who wrote it does not sign it."""

    code = "own-work"
    sentence = Sentence(
        "{record} was written by {person}, and this signature is for somebody else.",
        next="Ask another holder of {roles} to sign.",
    )


class UnknownPersonError(InputError):
    """Nobody of this id or name is admitted."""

    code = "person-unknown"
    sentence = Sentence("Nobody called {person} is admitted here.", next="`asepsis person list` shows who is.")


class UnknownRecordError(InputError):
    """No record of this id or label is there, or not for this reader."""

    code = "record-unknown"
    sentence = Sentence("There is no record {record} here.", next="`asepsis record list` shows what there is.")


class UnknownProductError(InputError):
    """No product of this id or code is there."""

    code = "product-unknown"
    sentence = Sentence("There is no product {product} here.", next="`asepsis product list` shows what there is.")


class TakenCodeError(RefusedError):
    """A product's code is used once."""

    code = "code-taken"
    sentence = Sentence("The code {product} is another product's.", next="Choose another; labels begin with it.")


class StaleHeadError(RefusedError):
    """Somebody revised the record since it was read."""

    code = "head-stale"
    sentence = Sentence(
        "{record} was revised by somebody else since you read it (revision {number} now); nothing was saved.",
        next="Read it again and bring your change to what stands there now.",
    )


class NothingNewError(RefusedError):
    """A revision that changes nothing."""

    code = "nothing-new"
    sentence = Sentence("{record} already says exactly this.", next="Change something, or leave it.")


class NotSubmittedError(RefusedError):
    """Only the submitted head of a record can be signed or rejected."""

    code = "not-submitted"
    sentence = Sentence(
        "{record} has no revision that waits for a signature; its head is {state}.",
        next="Have it submitted, then sign what was submitted.",
    )


class NoSuchSlotError(RefusedError):
    """A revision does not ask for this signature, or has it already."""

    code = "slot-closed"
    sentence = Sentence(
        "{record} does not wait for a signature with the meaning {meaning} of {person}; it waits for {slots}.",
        next="Sign with one of these, in a role that you hold.",
    )


class MovedGroundError(RefusedError):
    """What a revision rests on became another since its signer looked."""

    code = "ground-moved"
    sentence = Sentence(
        "{target}, on which {record} rests, became another since you looked.", next="Look at it, then sign."
    )


class FutureSeenError(InputError):
    """Nobody saw what is not there yet."""

    code = "seen-future"
    sentence = Sentence("Nobody can have seen {seen} entries: the ledger holds {size}.", next="Read the record again.")


class WrongStateError(RefusedError):
    """The act does not fit where the record stands."""

    code = "state-wrong"
    sentence = Sentence("{record} is {state}; {act} is for what is {fits}.", next="Look at its history first.")


class ForeignTargetError(RefusedError):
    """A reference to what is not there, of another product, or of a kind that the field does not take."""

    code = "target-foreign"
    sentence = Sentence(
        "{record} refers in {field} to {target}, which {reason}.", next="Name another record there; nothing was saved."
    )


class SecondSingleError(RefusedError):
    """A kind that exists once."""

    code = "single-kind"
    sentence = Sentence(
        "There is one {kind} in this scope already: {record}.", next="Revise that one; it keeps its history."
    )


class WrongScopeError(RefusedError):
    """A kind that is not for the organisation, or not for a product."""

    code = "scope-wrong"
    sentence = Sentence("A {kind} belongs to {scope}.", next="Write it there.")


class WarningKeptError(RefusedError):
    """What warns is settled, never withdrawn."""

    code = "warning-kept"
    sentence = Sentence(
        "{record} reports something, and is settled by what is decided about it, not withdrawn.",
        next="Investigate it and have the result signed.",
    )


class DemonstrationError(RefusedError):
    """A way of signing that this ledger does not take."""

    code = "how-refused"
    sentence = Sentence("A signature by {how} is not taken in this ledger.", next="Sign with your passphrase.")


class LateAppointmentError(RefusedError):
    """A person who is not admitted, or signs before they are."""

    code = "person-not-admitted"
    sentence = Sentence("{person} is not admitted to this ledger.", next="Have a holder of management admit them.")


class TakenIdError(RefusedError):
    """An id is used once."""

    code = "id-taken"
    sentence = Sentence("The id {id} is in use already.", next="Draw another; ids are random.")


class UnknownZoneError(InputError):
    """There is no time zone of this name."""

    code = "zone-unknown"
    sentence = Sentence("There is no time zone called {zone}.", next="Name one like Europe/Zurich.")


class NotProgressError(RefusedError):
    """What is reported as progress changes what was signed."""

    code = "progress-other"
    sentence = Sentence(
        "{fields} of {record} is what was signed, not what happened after it.",
        next="Write a revision, and have it signed again.",
    )


class MovedDossierError(RefusedError):
    """Something was written between looking and marking."""

    code = "dossier-moved"
    sentence = Sentence(
        "What stands there became another since you looked; no baseline was marked.", next="Look again, then mark it."
    )


class NoEmbargoError(RefusedError):
    """A record that everybody needs."""

    code = "embargo-kind"
    sentence = Sentence(
        "{record} cannot be withheld: {reason}.",
        next="What it must not say yet waits; withhold the record that says it.",
    )


class OpenReferrerError(RefusedError):
    """An open record would refer to a withheld one."""

    code = "embargo-open"
    sentence = Sentence(
        "{records} refer to {record} and would tell that it is there.", next="Withhold these as well, in the same act."
    )


class NothingAskedError(RefusedError):
    """Nothing is erased that nobody asked for, or that is erased already."""

    code = "erasure-not-asked"
    sentence = Sentence(
        "Nobody asked for the erasure {asked}, or it is done.", next="Have a holder of quality ask for it first."
    )


class RetainedError(RefusedError):
    """A record that the law wants kept."""

    code = "erasure-retained"
    sentence = Sentence(
        "{what} has to be kept until {until}: {years} years after the last release that may rest on it is supplied.",
        next="Ask again after that day, or on the ground of a court order.",
    )


class AlreadyErasedError(RefusedError):
    """What is to be erased is not here."""

    code = "erasure-absent"
    sentence = Sentence(
        "{what} is not stored here, so it cannot be erased.", next="Look at its history: it may be done."
    )


class FutureDayError(InputError):
    """A day on which something happened that has not come yet."""

    code = "day-ahead"
    sentence = Sentence(
        "{field} of {record} says {day}, and today is {today}: what has not come yet has not happened.",
        next="Write it down on that day, or mend the date.",
    )


class KeptFieldError(InputError):
    """A field that a content does not have, or that has to stay."""

    code = "erasure-field"
    sentence = Sentence("{record} has no field {field} that could be erased.", next="Name a field that it has.")
