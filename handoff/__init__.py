"""Talks handed to a person: threads, their queue, and the inbox in which clinicians answer."""

from handoff.model import Summary

__all__ = ["Summary"]
