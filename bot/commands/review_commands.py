"""The commands `helpo triage review` and `helpo triage sign`."""

import os
from pathlib import Path
from typing import Annotated

import typer

DATA = Path("data")


def review(
    category: Annotated[str, typer.Argument(help="a danger or table (stroke, danger/stroke), or all")],
    pdf: Annotated[Path | None, typer.Option("--pdf", help="print to this file (A4, by Chromium)")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="write a page that prints on A4")] = None,
) -> None:
    """Show a category's sheet, for a doctor to review and sign. Example: `helpo triage review stroke --pdf stroke.pdf`."""
    from bot.commands.review_sheets import chosen_reviews, print_pdf, sheet_html, sheet_text, write_page
    from bot.triage.review.reviews import open_reviews
    from core.clock import TOKYO, system_clock

    chosen = chosen_reviews(open_reviews(DATA), category)
    today = system_clock().astimezone(TOKYO).date()
    if html is not None:
        typer.echo(write_page(sheet_html(chosen, today), html))
    if pdf is not None:
        typer.echo(print_pdf(sheet_html(chosen, today), pdf, os.environ.get("PATH")))
    if html is None and pdf is None:
        typer.echo(sheet_text(chosen, today), nl=False)


def sign(
    category: Annotated[str, typer.Argument(help="a danger or table: stroke, danger/stroke")],
    name: Annotated[str, typer.Option(help="who reviewed it")] = "",
    profession: Annotated[str, typer.Option(help="doctor")] = "",
    licence: Annotated[str, typer.Option(help="number of the licence (医籍登録番号)")] = "",
    signed_on: Annotated[str, typer.Option("--date", help="day of the signature, 2026-11-26")] = "",
    remark: Annotated[str, typer.Option(help="what was remarked")] = "",
    sheet: Annotated[
        str,
        typer.Option(help="number of the sheet (票番号) that was signed by hand; refused if it has changed"),
    ] = "",
    is_withdrawn: Annotated[bool, typer.Option("--withdraw", help="take the signature away")] = False,
) -> None:
    """Record that a doctor reviewed a category; a later change of it loses the signature.

    Example: `helpo triage sign stroke --name 監修花子 --profession doctor --licence 123456 --date 2026-11-26`.
    """
    from bot.commands.signing import Signing, sign, withdraw
    from core.clock import TOKYO, system_clock

    if is_withdrawn:
        typer.echo(f"{withdraw(DATA, category)}: the signature is withdrawn")
        return
    today = system_clock().astimezone(TOKYO).date()
    signing = Signing(name, profession, licence, signed_on, remark, sheet)
    typer.echo(f"{sign(DATA, category, signing, today)}: signed; keep this file with the content")
