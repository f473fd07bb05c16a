"""Read what is said about a danger (`data/triage/safety/*.yml`): its safety question, and first aid until help comes."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from bot.triage.danger.danger_review import signed_dangers
from core.content import ContentModel, ReviewedContent, read_content
from core.db.tables import Profession
from core.errors import ContentError

SAFETY = Path("triage", "safety")
MAX_LABEL = 20  # characters of a button (LINE)
MAX_ANSWERS = 4  # and 「わからない」: large choices an old reader still takes in

# Where an answer leads: a level, the table of the complaint, a person, or another danger's question.
Leads = Literal["red", "orange", "yellow", "table", "person", "question"]


class SafetyAnswer(ContentModel):
    """One answer of a safety question."""

    label: str = Field(min_length=1, max_length=MAX_LABEL)
    leads: Leads
    next: str = ""
    profession: Profession = Profession.NURSE
    desk: Literal["", "obstetrics"] = ""

    @model_validator(mode="after")
    def _names_next(self) -> Self:
        if (self.leads == "question") != bool(self.next):
            raise ValueError("`next` names the danger whose question follows, with `leads: question` only")
        return self


class SafetyContent(ReviewedContent):
    """One danger: what was heard, the question with its answers, what to do until help comes.

    `unsure` is where 「わからない」 leads. `steps_self` are the steps for who writes about herself, if they differ.
    A danger of the first check is sent at once also to a talk that a clinician has.
    """

    id: str
    version: str
    source: tuple[str, ...] = Field(min_length=1)
    saw: str
    ask: str
    unsure: Literal["red", "orange", "person"] = "orange"
    answers: tuple[SafetyAnswer, ...] = Field(min_length=2, max_length=MAX_ANSWERS)
    steps: tuple[str, ...] = Field(min_length=1, alias="do")
    steps_self: tuple[str, ...] = Field(default=(), alias="do_self")
    is_first_check: bool = Field(default=False, alias="first_check")

    @model_validator(mode="after")
    def _has_a_red_answer(self) -> Self:
        if not any(answer.leads == "red" for answer in self.answers):
            raise ValueError("no answer leads to red: then it is no danger")
        return self


def read_safety(data_dir: Path) -> dict[str, SafetyContent]:
    """Read all dangers, by id.

    Raises:
        ContentError: a file is missing or broken, or a next question does not exist; says where and why.
    """
    found: dict[str, SafetyContent] = {}
    for path in sorted((data_dir / SAFETY).glob("*.yml")):
        content = read_content(path, SafetyContent)
        if content.id != path.stem:
            raise ContentError(f"{path}:1: id: is '{content.id}' but the file is named '{path.name}'")
        found[content.id] = content
    for content in found.values():
        for answer in content.answers:
            if answer.next and answer.next not in found:
                raise ContentError(
                    f"{data_dir / SAFETY}/{content.id}.yml: answers: no danger is named '{answer.next}'"
                )
    return found


@lru_cache(maxsize=4)
def load_safety(data_dir: Path = Path("data")) -> Mapping[str, SafetyContent]:
    """Return the safety content of a data folder; of each danger it says whether it is signed.

    Raises:
        ContentError: the content or a signature is missing or broken; says where and why.
    """
    found = read_safety(data_dir)
    signed = signed_dangers(data_dir, found)
    return {name: one.model_copy(update={"is_signed": name in signed}) for name, one in found.items()}
