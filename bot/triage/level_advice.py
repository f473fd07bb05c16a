"""What a card below red says beside its level: departments and lines of home care."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FirstAdvice:
    """Departments (診療科), best first, and lines of home care."""

    departments: tuple[str, ...] = ()
    home: tuple[str, ...] = ()


NO_ADVICE = FirstAdvice()
