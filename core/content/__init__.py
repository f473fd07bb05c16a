"""Reviewed content: declarative files under `data/`, checked before the service says anything from them."""

from core.content.reading import ContentModel, read_content
from core.content.reviewed import ReviewedContent, may_run

__all__ = ["ContentModel", "ReviewedContent", "may_run", "read_content"]
