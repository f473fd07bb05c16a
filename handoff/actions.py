"""Handle a clinician's actions on a thread: each a form, one transaction under the talk's lock."""

import hashlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from core.console import audit
from core.console.access import allowed, sent_form
from core.console.audit import AuditAction
from core.console.deps import DEPS, VISITOR, ConsoleDeps, Visitor
from core.console.failures import failure_page
from core.console.forms import Form
from core.console.protocols import COMMANDS
from core.db.tables import Role, Thread, ThreadOutcome
from core.errors import NotFound
from core.media import prepare_picture, store_picture
from core.messages import Button, Picture
from core.talk import Talk, lock_talk
from handoff import service_clinician, store
from handoff.errors import NothingToSay, NotYours, Unanswered
from handoff.thread_view import ENDING, asked_thread

MENU: web.AppKey[Sequence[Button] | None] = web.AppKey("handoff_menu")
SUBMISSION_LENGTH = 64
MOST_DIGITS = 18  # what a bigint holds


@dataclass(frozen=True, slots=True)
class Acting:
    """A clinician's action on a locked talk."""

    deps: ConsoleDeps
    visitor: Visitor
    talk: Talk
    thread: Thread
    now: datetime

    def wrote(self, action: AuditAction, **detail: str) -> None:
        """Audit the action, in the same transaction."""
        audit.write(
            self.talk.session,
            action,
            self.now,
            staff_id=self.visitor.staff.id,
            municipality_id=self.thread.municipality_id,
            subject_id=str(self.thread.id),
            address=self.visitor.address,
            detail=detail,
        )


@asynccontextmanager
async def acting(request: web.Request) -> AsyncGenerator[Acting]:
    """Lock the talk, then the thread; commit at the end.

    Raises:
        NotFound: no such thread in the visitor's cities.
    """
    deps, visitor = request.app[DEPS], request[VISITOR]
    async with deps.sessions.begin() as session:
        seen = await store.find_thread(session, asked_thread(request), visitor.municipalities)
        talk = await lock_talk(session, deps.ring, seen.conversation_id)
        thread = await store.lock_thread(session, seen.id)
        yield Acting(deps, visitor, talk, thread, deps.clock())


def done(request: web.Request) -> web.Response:
    """Answer a form: the page's script fetches the changes, a page without script is redirected back."""
    if request.headers.get("HX-Request"):
        return web.Response(status=204, headers={"HX-Trigger": "talk-changed"})
    return web.Response(status=303, headers={"Location": f"/console/threads/{asked_thread(request)}"})


@allowed(Role.CLINICIAN)
async def claim(request: web.Request) -> web.StreamResponse:
    """Take the talk over from the bot."""
    async with acting(request) as at:
        await service_clinician.claim(at.talk, at.thread, at.visitor.staff, at.now, texts=at.deps.texts)
        at.wrote(AuditAction.THREAD_CLAIMED)
    return done(request)


@allowed(Role.CLINICIAN)
async def reply(request: web.Request) -> web.StreamResponse:
    """Send words, a picture or both to the resident; a form submitted twice is sent once."""
    form = sent_form(request)
    submission = _submission(form)
    data = form.files.get("picture")
    new = await prepare_picture(data) if data else None
    async with acting(request) as at:
        if await audit.is_done(at.talk.session, AuditAction.REPLY_SENT, str(at.thread.id), submission):
            return done(request)
        picture = None
        if new and at.thread.assignee_id == at.visitor.staff.id:
            media = await store_picture(at.talk, new, at.now)
            picture = Picture(media_id=str(media.id), alt=_picture_words(at))
        elif new:
            raise NotYours("only the clinician who has the talk may send pictures")
        text = form.text("text").replace("\r\n", "\n")
        await service_clinician.reply(
            at.talk, at.thread, at.visitor.staff, at.now, text=text, picture=picture
        )
        at.wrote(AuditAction.REPLY_SENT, submission=submission)
    return done(request)


def _submission(form: Form) -> str:
    """Return the key under which a submit counts once: the form's number together with its content.

    A page that was gone back to sends other words under the same number: that is no repetition. The number
    itself is random and not stored, so that the words cannot be found by guessing.

    Raises:
        NothingToSay: the form lacks its number.
    """
    number = form.text("submission")
    if not 0 < len(number) <= SUBMISSION_LENGTH:
        raise NothingToSay("the form lacks its number")
    digest = hashlib.sha256()
    for part in (number.encode(), form.text("text").strip().encode(), form.files.get("picture", b"")):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _picture_words(at: Acting) -> str:
    name = service_clinician.told_profession(at.deps.texts, at.thread, at.visitor.staff)
    return at.deps.texts("handoff.picture", profession=name)


@allowed(Role.CLINICIAN)
async def add_note(request: web.Request) -> web.StreamResponse:
    """Write a note for colleagues; a form submitted twice is written once."""
    form = sent_form(request)
    submission = _submission(form)
    async with acting(request) as at:
        if await audit.is_done(at.talk.session, AuditAction.NOTE_ADDED, str(at.thread.id), submission):
            return done(request)
        await service_clinician.add_note(at.talk, at.thread, at.visitor.staff, form.text("text"), at.now)
        at.wrote(AuditAction.NOTE_ADDED, submission=submission)
    return done(request)


@allowed(Role.CLINICIAN)
async def close(request: web.Request) -> web.StreamResponse:
    """End the talk and give it back to the bot."""
    try:
        outcome = ThreadOutcome(sent_form(request).text("outcome"))
    except ValueError as exc:
        raise NotFound("no such outcome") from exc
    newest = 0
    try:
        async with acting(request) as at:
            newest = at.talk.conversation.version
            await service_clinician.close(
                at.talk,
                at.thread,
                at.visitor.staff,
                outcome,
                at.now,
                texts=at.deps.texts,
                menu=request.app[MENU],
                version=number_in(request, "version"),
            )
            at.wrote(AuditAction.THREAD_CLOSED, outcome=outcome.value)
    except Unanswered as refused:
        return _ask_why(request, refused, newest)
    return done(request)


def _ask_why(request: web.Request, refused: Unanswered, newest: int) -> web.Response:
    """Redirect to the page that shows the unanswered words and asks why they need no answer."""
    # The number differs with each version: a browser does not load the same address again.
    path = f"/console/threads/{asked_thread(request)}?{ENDING}={newest}#end"
    if not request.headers.get("HX-Request"):
        return web.Response(status=303, headers={"Location": path})
    answer = failure_page(request, 409, refused.code)
    answer.headers["HX-Redirect"] = path
    return answer


def number_in(request: web.Request, name: str) -> int:
    """Return a number of the sent form; 0 if it is missing or invalid."""
    text = sent_form(request).text(name)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else 0


@allowed(Role.CLINICIAN)
async def acknowledge_alarm(request: web.Request) -> web.StreamResponse:
    """Record that a person has seen the red flag."""
    async with acting(request) as at:
        await service_clinician.acknowledge_alarm(at.talk, at.thread, at.visitor.staff, at.now)
        at.wrote(AuditAction.ALARM_SEEN)
    return done(request)


@allowed(Role.CLINICIAN)
async def handle_alarm(request: web.Request) -> web.StreamResponse:
    """Record that the clinician deals with the red flag: the held card is not sent."""
    async with acting(request) as at:
        up_to = number_in(request, "card") or None
        await service_clinician.handle_alarm(at.talk, at.thread, at.visitor.staff, at.now, up_to=up_to)
        at.wrote(AuditAction.ALARM_HANDLED)
    return done(request)


@allowed(Role.CLINICIAN)
async def run_command(request: web.Request) -> web.StreamResponse:
    """Run a registered command on the clinician's own thread."""
    command = request.app[COMMANDS].get(request.match_info["command"])
    if command is None or not request[VISITOR].is_any(command.roles):
        raise NotFound("no such command")
    async with acting(request) as at:
        if at.thread.assignee_id != at.visitor.staff.id:
            raise NotYours("only the clinician who has the talk may do this")
        await command.run(at.talk, at.thread, at.visitor, at.now)
        at.wrote(AuditAction.COMMAND_RUN, command=command.name)
    return done(request)
