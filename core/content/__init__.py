"""Reviewed content: declarative files under `data/`, checked before the service says anything from them."""

from core.content.reading import Content, read_content

__all__ = ["Content", "read_content"]
