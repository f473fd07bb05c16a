"""Tap a button, a quick reply or a tile of the menu."""

from typing import Any

from bot.simulator.chat_message import SeenMessage
from bot.simulator.control.misuse import Misuse
from bot.simulator.control.resident_actions import Body, Done, send_postback, send_text
from bot.simulator.platform import Platform
from bot.simulator.residents import SimulatedResident
from bot.simulator.tappable import tappable_actions

ActionJson = dict[str, Any]

_EXPECTS = {"location": "location", "camera": "image", "cameraRoll": "image"}


def tap(platform: Platform, resident: SimulatedResident, body: Body) -> Done:
    """Press what carries `label`: on the card `seq` if given, else the newest place where it is visible.

    Quick replies are visible under the last message only; buttons of older cards stay. Returns `action` and
    what came of it: the ids of the event, or `uri`, `clipboard`, `expects` without any event. A date picker
    takes its answer as `params` (`{"date": "2026-05-01"}`). Where several buttons carry one label, `data` or
    `text` says which is meant; `menu: true` means a tile of the menu.

    Raises:
        Misuse: 404 with the visible labels when nothing has this label, 409 when the account is blocked.
    """
    label = body.get("label")
    if not isinstance(label, str) or not label:
        raise Misuse(400, "label is missing")
    if not resident.following:
        raise Misuse(409, "the resident has blocked the account")
    seq = body.get("seq")
    if seq is not None and not isinstance(seq, int):
        raise Misuse(400, "seq is not a number")
    wanted = {"label": label, **{key: body[key] for key in ("data", "text") if body.get(key) is not None}}
    action = _find(platform, resident, wanted, seq, menu_only=body.get("menu") is True)
    return {"action": action, **_perform(platform, resident, action, body)}


def menu_actions(platform: Platform, resident: SimulatedResident) -> list[ActionJson]:
    """Return the actions of the menu at the bottom of this chat."""
    menu = platform.menus.seen_by(resident)
    if menu is None:
        return [{"type": "message", "label": words, "text": words} for words in platform.config.default_menu]
    areas = menu.content.get("areas") or ()
    return [{**area["action"], "label": _label(area["action"])} for area in areas]


def _label(action: ActionJson) -> str:
    return str(action.get("label") or action.get("displayText") or action.get("text") or "")


def _find(
    platform: Platform, resident: SimulatedResident, wanted: ActionJson, seq: int | None, *, menu_only: bool
) -> ActionJson:
    last = resident.last_received()
    received = [seen for seen in reversed(resident.messages or ()) if not (seen.is_own or menu_only)]
    if seq is not None:
        received = [seen for seen in received if seen.seq == seq]
        if not received:
            raise Misuse(404, f"no message {seq}")
    visible: list[str] = []
    for seen in received:
        for action in _visible(seen, last):
            if wanted.items() <= action.items():
                return action
            visible.append(action["label"])
    for action in [] if seq is not None else menu_actions(platform, resident):
        if wanted.items() <= action.items():
            return {**action, "where": "menu"}
        visible.append(action["label"])
    raise Misuse(404, f"nothing visible is labelled {wanted['label']}", visible=visible[:50])


def _visible(seen: SeenMessage, last: SeenMessage | None) -> list[ActionJson]:
    actions = tappable_actions(seen.message)
    return [action for action in actions if action["where"] != "quick_reply" or seen is last]


def _perform(platform: Platform, resident: SimulatedResident, action: ActionJson, body: Body) -> Done:
    kind = action.get("type")
    if kind == "message":
        return send_text(platform, resident, str(action.get("text") or action["label"]))
    if kind == "postback":
        return _postback(platform, resident, action)
    if kind == "uri":
        return {"uri": action.get("uri")}
    if kind == "clipboard":
        return {"clipboard": action.get("clipboardText")}
    if kind in _EXPECTS:
        return {"expects": _EXPECTS[kind]}
    if kind == "datetimepicker":
        return _picked(platform, resident, action, body)
    if kind == "richmenuswitch":
        return _switch(platform, resident, action)
    raise Misuse(400, f"the simulator cannot press an action of type {kind}")


def _postback(platform: Platform, resident: SimulatedResident, action: ActionJson) -> Done:
    shown = str(action.get("displayText") or "")
    done = send_postback(platform, resident, {"data": action.get("data", "")}, shown)
    if action.get("text"):
        # The older form of postback: LINE also sends the words as a message of the resident.
        done |= send_text(platform, resident, str(action["text"]))
    if action.get("fillInText"):
        done["fill_in"] = action["fillInText"]
    return done


def _picked(platform: Platform, resident: SimulatedResident, action: ActionJson, body: Body) -> Done:
    params = body.get("params")
    if not isinstance(params, dict):
        return {"expects": "datetime", "mode": action.get("mode")}
    return send_postback(platform, resident, {"data": action.get("data", ""), "params": params})


def _switch(platform: Platform, resident: SimulatedResident, action: ActionJson) -> Done:
    municipality, alias = resident.channel.municipality, str(action.get("richMenuAliasId"))
    menu_id = platform.menus.aliases.get((municipality, alias))
    status = "SUCCESS" if menu_id else "RICHMENU_ALIAS_ID_NOTFOUND"
    if menu_id:
        resident.rich_menu_id = menu_id
        platform.changed(resident)
    params = {"newRichMenuAliasId": alias, "status": status}
    return send_postback(platform, resident, {"data": action.get("data", ""), "params": params})
