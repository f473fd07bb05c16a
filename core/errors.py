"""Expected failures, typed by what to do next."""


class ServiceError(Exception):
    """An expected failure; `code` is stable and safe to log and to show."""

    code = "service.error"
    retryable = False


class NotFound(ServiceError):
    """There is no such thing, or not for whoever asks: the two look the same from outside."""

    code = "not_found"


class Conflict(ServiceError):
    """Somebody else was faster, or the thing has moved on since it was shown."""

    code = "conflict"


class ConfigurationError(ServiceError):
    """The installation is not set up as it must be; the message says where and what to do."""

    code = "configuration"


class ContentError(ServiceError):
    """A content file is broken; the message names file, place and reason."""

    code = "content"


class ImportRefused(ContentError):
    """A file cannot be imported, or would delete what is known; names file, place, reason. Nothing has changed."""

    code = "import"
