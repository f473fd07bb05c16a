"""Expected failures, typed by what to do next."""


class ServiceError(Exception):
    """An expected failure; `code` is stable and safe to log and to show."""

    code = "service.error"
    retryable = False


class NotFound(ServiceError):
    """It does not exist, or the caller may not see it: the two look the same from outside."""

    code = "not_found"


class Conflict(ServiceError):
    """Another request was first, or the thing has changed since it was shown."""

    code = "conflict"


class ConfigurationError(ServiceError):
    """The installation is not set up correctly; the message says where and what to do."""

    code = "configuration"


class ContentError(ServiceError):
    """A content file is broken; the message names file, place and reason."""

    code = "content"


class ImportRefused(ContentError):
    """A file that cannot be imported, or would delete data; names file, place, reason. Nothing changed."""

    code = "import"
