"""Make figures of samples: quantiles, and the median of several rounds."""

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

R = TypeVar("R")


def quantile(samples: Sequence[float], share: float) -> float:
    """Return the smallest sample that at least `share` (0 to 1) of all samples do not exceed."""
    if not samples:
        raise ValueError("no samples")
    ordered = sorted(samples)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def middle(rounds: Sequence[R], by: Callable[[R], float]) -> R:
    """Return the median round: a measured one, so that its figures belong together."""
    return sorted(rounds, key=by)[(len(rounds) - 1) // 2]
