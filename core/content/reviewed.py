"""Content that a medical reviewer signs, and whether it may be used."""

from typing import Literal

from pydantic import Field, field_validator

from core.content.reading import ContentModel

_ELSEWHERE = "a review is recorded by `helpo triage sign`, not here"


class ReviewedContent(ContentModel):
    """Content that is a draft until it is signed.

    `reviewer` and `status` may stand in a file and say nothing: a signature is a file of its own, so that what was
    reviewed is all of this file (`core.content.signatures`). Loaders set `is_signed`.
    """

    reviewer: None = Field(default=None, exclude=True)
    status: Literal["draft"] = Field(default="draft", exclude=True)
    is_signed: bool = Field(default=False, exclude=True)

    @field_validator("reviewer", "status", mode="before")
    @classmethod
    def _is_draft(cls, value: object) -> object:
        if value not in (None, "draft"):
            raise ValueError(_ELSEWHERE)
        return value

    @field_validator("is_signed", mode="before")
    @classmethod
    def _is_never_written(cls, _value: object) -> object:
        raise ValueError(_ELSEWHERE)


def may_run(*content: ReviewedContent, runs_drafts: bool) -> bool:
    """Whether content may be used: all of it is signed, or drafts are allowed.

    Cards with 119 are not asked about: a red flag is never silent.
    """
    return runs_drafts or all(one.is_signed for one in content)
