"""Read what a sheet says beside the content (`data/triage/review.yml`): sources by mark, and open points."""

from pathlib import Path

from pydantic import Field

from core.content import ContentModel, read_content

NOTES = Path("triage", "review.yml")


class SourceContent(ContentModel):
    """Where a statement comes from; `at` is an address."""

    name: str
    at: str = ""


class ReviewNotes(ContentModel):
    """The sources behind the marks, and by category what the reviewer is asked to decide."""

    sources: dict[str, SourceContent]
    open: dict[str, tuple[str, ...]] = Field(default_factory=dict)


def read_notes(data_dir: Path) -> ReviewNotes:
    """Read the notes.

    Raises:
        ContentError: the file is missing or broken; says where and why.
    """
    return read_content(data_dir / NOTES, ReviewNotes)
