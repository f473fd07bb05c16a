"""Reviewed content: declarative files under `data/`, checked before the service says anything from them."""

from core.content.reading import ContentModel, read_content

__all__ = ["ContentModel", "read_content"]
