"""Refusals that a clinician can meet."""

from core.errors import Conflict, ServiceError


class AlreadyTaken(Conflict):
    """Another clinician has this talk."""

    code = "handoff.already_taken"


class NoProfession(ServiceError):
    """An account without a profession cannot take a talk: residents are told which profession answers."""

    code = "handoff.no_profession"


class NotYours(Conflict):
    """Only the clinician who has the talk may do this."""

    code = "handoff.not_yours"


class AlreadyClosed(Conflict):
    """The talk has ended."""

    code = "handoff.already_closed"


class NothingToSay(ServiceError):
    """A reply or a note without content, or longer than can be sent."""

    code = "handoff.nothing_to_say"


class AlarmUnseen(Conflict):
    """The talk cannot end while a red flag has not been acknowledged."""

    code = "handoff.alarm_unseen"


class Unanswered(Conflict):
    """The talk cannot end over unanswered words without an outcome that says why they need no answer."""

    code = "handoff.unanswered"


class WordsArrived(Conflict):
    """The resident has written more than the clinician's page has shown."""

    code = "handoff.words_arrived"


class AlreadySettled(Conflict):
    """Another member of staff has already settled this danger."""

    code = "handoff.already_settled"
