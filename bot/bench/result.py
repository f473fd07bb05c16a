"""A benchmark's finding, and its line in the file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

Extra = float | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A figure and its baseline, of one unit. `keeps`: whether the budgets among `extra` are kept."""

    value: float
    baseline: float
    keeps: bool = True
    extra: Mapping[str, Extra] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkResult:
    """One line of the file; a benchmark that failed has no value."""

    name: str
    value: float | None
    unit: str
    baseline: float | None
    budget: float
    ok: bool
    extra: Mapping[str, Extra] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """`value` as a multiple of the baseline."""
        return self.value / self.baseline if self.value is not None and self.baseline else None

    def line(self) -> dict[str, Extra | bool]:
        """Return the JSON object."""
        return {
            "name": self.name,
            "value": _rounded(self.value),
            "unit": self.unit,
            "baseline": _rounded(self.baseline),
            "ratio": _rounded(self.ratio),
            "budget": self.budget,
            "ok": self.ok,
            **{
                key: _rounded(found) if isinstance(found, float) else found
                for key, found in self.extra.items()
            },
        }


def load_average() -> float:
    """Return how many processes wanted to run during the last minute, on the whole machine."""
    return os.getloadavg()[0]


def _rounded(value: float | None) -> float | None:
    """Return a figure with four significant digits."""
    return None if value is None else float(f"{value:.4g}")
