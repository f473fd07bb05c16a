"""Hand talks to people: threads, their queue, and the inbox in which clinicians answer."""

from handoff.model import Summary

__all__ = ["Summary"]
