"""What a clinician can run into."""

from core.errors import Conflict, ServiceError


class AlreadyTaken(Conflict):
    """Another clinician has this talk."""

    code = "handoff.already_taken"


class NoProfession(ServiceError):
    """Residents are told which profession answers: who has none cannot take a talk."""

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
    """The talk cannot end while a sign of an emergency waits to be seen."""

    code = "handoff.alarm_unseen"


class Unanswered(Conflict):
    """The talk cannot end over words that nobody has answered, unless it is said why none is needed."""

    code = "handoff.unanswered"


class WordsArrived(Conflict):
    """More has come than the clinician's page has shown."""

    code = "handoff.words_arrived"


class AlreadySettled(Conflict):
    """Somebody has looked into this danger already."""

    code = "handoff.already_settled"
