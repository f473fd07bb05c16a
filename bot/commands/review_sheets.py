"""Show review sheets: as text, as a page to print, as a PDF made by Chromium."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from bot.triage.review.readable import LEVEL, PROFESSION, STANDING
from bot.triage.review.reviews import Review, Reviews
from core.errors import ContentError, ServiceError

TEMPLATES = Path(__file__).parent / "templates"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PRINT_LIMIT_S = 180.0


class NotPrinted(ServiceError):
    """No PDF could be made; the page to print lies beside where it would be."""

    code = "not_printed"


def chosen_reviews(reviews: Reviews, name: str) -> tuple[Review, ...]:
    """Return the review of a category, or those of `all`.

    Raises:
        ContentError: there is no such category.
    """
    chosen = reviews.categories if name == "all" else (reviews.category(name),)
    return tuple(reviews.review(one) for one in chosen)


def sheet_text(chosen: Sequence[Review], today: date) -> str:
    """Return sheets as plain text."""
    return _render("sheet.txt", chosen, today)


def sheet_html(chosen: Sequence[Review], today: date) -> str:
    """Return sheets as one page that prints on A4; it needs nothing from elsewhere."""
    return _render("sheet.html", chosen, today)


def write_page(html: str, target: Path) -> str:
    """Write a page; return where it lies.

    Raises:
        ContentError: the place cannot be written to.
    """
    try:
        target.write_text(html, encoding="utf-8")
    except OSError as error:
        raise ContentError(f"{target}: cannot be written: {error.strerror}") from error
    return str(target)


def print_pdf(html: str, target: Path, path: str | None = None) -> str:
    """Print a page as PDF and return where it lies; `path` is where programs are looked for.

    Raises:
        ContentError: the place cannot be written to.
        NotPrinted: there is no Chromium, or it failed; says where the page lies instead.
    """
    found = next((one for name in BROWSERS if (one := shutil.which(name, path=path))), None)
    if found is None:
        raise NotPrinted(_beside(html, target, "there is no Chromium here (`make browser` installs it)"))
    with tempfile.TemporaryDirectory(prefix="helpo-print-", ignore_cleanup_errors=True) as folder:
        page, made = Path(folder, "sheet.html"), Path(folder, "sheet.pdf")
        page.write_text(html, encoding="utf-8")
        try:
            subprocess.run(  # noqa: S603 - the browser, on a page of ours
                [*_command(found, folder), f"--print-to-pdf={made}", page.as_uri()],
                check=True,
                capture_output=True,
                timeout=PRINT_LIMIT_S,
                env={**os.environ, "HOME": folder},
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise NotPrinted(_beside(html, target, f"Chromium failed ({type(error).__name__})")) from error
        if not made.exists():
            raise NotPrinted(_beside(html, target, "Chromium made no PDF"))
        try:
            shutil.copyfile(made, target)
        except OSError as error:
            raise ContentError(f"{target}: cannot be written: {error.strerror}") from error
    return str(target)


def _command(browser: str, folder: str) -> list[str]:
    # Chromium refuses its sandbox to root; the page is ours and runs no script.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return [
        browser,
        "--headless",
        *sandbox,
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={folder}/profile",
        "--no-pdf-header-footer",
    ]


def _beside(html: str, target: Path, why: str) -> str:
    page = write_page(html, target.with_suffix(".html"))
    return f"no PDF: {why}; {page} is the same sheet, to print from any browser"


def _render(template: str, chosen: Sequence[Review], today: date) -> str:
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["css_text"] = _css_text
    names = {one.category.title for one in chosen}
    return env.get_template(template).render(
        reviews=chosen,
        title=f"HELPO 監修票 {names.pop() if len(names) == 1 else 'すべて'}",
        today=today.isoformat(),
        css=Markup((TEMPLATES / "sheet.css").read_text(encoding="utf-8")),  # noqa: S704 - a file of ours
        standing=STANDING,
        levels=LEVEL,
        professions=PROFESSION,
    )


def _css_text(text: str) -> str:
    """Return a text that may stand in a string of a style sheet."""
    return text.replace("\\", "").replace('"', "").replace("\n", " ")
