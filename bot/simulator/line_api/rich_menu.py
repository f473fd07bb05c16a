"""Answer calls about rich menus: create, picture, default, per resident, aliases."""

import re

from bot.simulator.line_api.call import ApiAnswer, ApiCall, Endpoint
from bot.simulator.platform import Platform
from bot.simulator.rates import MENU_CHANGE, MENU_LIST
from bot.simulator.refusal import Refusal, invalid, not_found, wrong_media_type
from bot.simulator.rich_menus import RichMenu
from bot.simulator.validation.rich_menu import IMAGE_BYTES, check_rich_menu, image_size, is_menu_size

_MOST_MENUS = 1_000
_MOST_USERS = 500
_ALIAS = re.compile(r"[a-z0-9_-]{1,32}")


def create(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Store a menu; it is not shown before it has a picture."""
    validate(platform, call)
    if len(platform.menus.of_channel(call.municipality)) >= _MOST_MENUS:
        raise Refusal(400, "The number of rich menus has reached the limit")
    return ApiAnswer({"richMenuId": platform.menus.create(call.municipality, call.body).menu_id})


def validate(_platform: Platform, call: ApiCall) -> ApiAnswer:
    """Check a menu without storing it."""
    problems = list(check_rich_menu(call.body))
    if problems:
        raise invalid(problems)
    return ApiAnswer()


def upload(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Store the menu's picture, once: JPEG or PNG, at most 1 MB, of the menu's proportions."""
    menu = _menu(platform, call)
    if menu.image is not None:
        raise Refusal(400, "An image has already been uploaded to the richmenu")
    if call.content_type not in {"image/png", "image/jpeg"}:
        raise wrong_media_type()
    size = image_size(call.raw)
    if len(call.raw) > IMAGE_BYTES or size is None or not is_menu_size(*size):
        raise Refusal(400, "The image is not valid for a rich menu")
    menu.image, menu.image_type = call.raw, call.content_type
    return ApiAnswer()


def download(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Return the menu's picture."""
    menu = _menu(platform, call)
    if menu.image is None:
        raise not_found()
    return ApiAnswer(content=menu.image, content_type=menu.image_type)


def get(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Return one menu."""
    return ApiAnswer(_menu(platform, call).dump())


def list_all(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Return the channel's menus."""
    return ApiAnswer({"richmenus": [menu.dump() for menu in platform.menus.of_channel(call.municipality)]})


def delete(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Delete a menu."""
    platform.menus.delete(_menu(platform, call))
    _announce(platform, call)
    return ApiAnswer()


def set_default(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Show a menu to all residents without one of their own."""
    platform.menus.defaults[call.municipality] = _shown_menu(platform, call).menu_id
    _announce(platform, call)
    return ApiAnswer()


def get_default(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Return the default menu's id."""
    menu_id = platform.menus.defaults.get(call.municipality)
    if menu_id is None:
        raise Refusal(404, "no default richmenu")
    return ApiAnswer({"richMenuId": menu_id})


def cancel_default(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Show no menu by default."""
    platform.menus.defaults.pop(call.municipality, None)
    _announce(platform, call)
    return ApiAnswer()


def link(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Show a menu to one resident; 200 without effect for one who has blocked the account."""
    menu = _shown_menu(platform, call)
    _link(platform, call, call.path["userId"], menu.menu_id)
    return ApiAnswer()


def unlink(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Show the default to one resident again."""
    _link(platform, call, call.path["userId"], None)
    return ApiAnswer()


def of_user(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Return the id of the menu linked to one resident."""
    resident = platform.residents.of_channel(call.channel, call.path["userId"])
    if resident is None or resident.rich_menu_id is None:
        raise Refusal(404, "the user has no richmenu")
    return ApiAnswer({"richMenuId": resident.rich_menu_id})


def bulk(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Link or unlink up to 500 residents; takes effect at once, although LINE takes seconds."""
    users = call.body.get("userIds")
    if not isinstance(users, list) or not 1 <= len(users) <= _MOST_USERS:
        raise Refusal(400, "The request body has 1 error(s)")
    menu_id = None
    if call.operation == "richmenu_bulk_link":
        menu = platform.menus.find(call.municipality, call.body.get("richMenuId"))
        if menu is None:
            raise not_found()
        menu_id = menu.menu_id
    for user_id in users:
        _link(platform, call, str(user_id), menu_id)
    return ApiAnswer(status=202)


def create_alias(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Create an alias of a menu, so that a switch action can name it."""
    alias, menu = call.body.get("richMenuAliasId"), _aliased(platform, call)
    if not isinstance(alias, str) or not _ALIAS.fullmatch(alias):
        raise Refusal(400, "invalid richMenuAliasId")
    if (call.municipality, alias) in platform.menus.aliases:
        raise Refusal(400, "conflict richmenu alias id")
    platform.menus.aliases[call.municipality, alias] = menu.menu_id
    return ApiAnswer()


def update_alias(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Point an alias at another menu."""
    key = (call.municipality, call.path["alias"])
    if key not in platform.menus.aliases:
        raise Refusal(404, "richmenu alias not found")
    platform.menus.aliases[key] = _aliased(platform, call).menu_id
    return ApiAnswer()


def get_alias(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Return the menu of an alias."""
    menu_id = platform.menus.aliases.get((call.municipality, call.path["alias"]))
    if menu_id is None:
        raise Refusal(404, "richmenu alias not found")
    return ApiAnswer({"richMenuAliasId": call.path["alias"], "richMenuId": menu_id})


def list_aliases(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Return all aliases of the channel."""
    aliases = [
        {"richMenuAliasId": alias, "richMenuId": menu_id}
        for (municipality, alias), menu_id in platform.menus.aliases.items()
        if municipality == call.municipality
    ]
    return ApiAnswer({"aliases": aliases})


def delete_alias(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Delete an alias."""
    if platform.menus.aliases.pop((call.municipality, call.path["alias"]), None) is None:
        raise Refusal(404, "richmenu alias not found")
    return ApiAnswer()


def _menu(platform: Platform, call: ApiCall) -> RichMenu:
    menu = platform.menus.find(call.municipality, call.path["richMenuId"])
    if menu is None:
        raise Refusal(404, "richmenu not found")
    return menu


def _aliased(platform: Platform, call: ApiCall) -> RichMenu:
    menu = platform.menus.find(call.municipality, call.body.get("richMenuId"))
    if menu is None:
        raise Refusal(400, "richmenu not found")
    return menu


def _shown_menu(platform: Platform, call: ApiCall) -> RichMenu:
    menu = _menu(platform, call)
    if menu.image is None:
        raise Refusal(400, "must upload richmenu image before applying it to user")
    return menu


def _link(platform: Platform, call: ApiCall, user_id: str, menu_id: str | None) -> None:
    resident = platform.residents.of_channel(call.channel, user_id)
    if resident is not None and resident.following:
        resident.rich_menu_id = menu_id
        platform.changed(resident)


def _announce(platform: Platform, call: ApiCall) -> None:
    platform.feed.add("menu", "", {"municipality": call.municipality})


_MENU = "/v2/bot/richmenu"
_ONE = f"{_MENU}/{{richMenuId}}"
_USER = "/v2/bot/user/{userId}/richmenu"
_ALL = "/v2/bot/user/all/richmenu"
ENDPOINTS = (
    Endpoint("POST", _MENU, "richmenu_create", create, rate=MENU_CHANGE),
    Endpoint("POST", f"{_MENU}/validate", "richmenu_validate", validate),
    Endpoint("GET", f"{_MENU}/list", "richmenu_list", list_all, rate=MENU_LIST, takes_json=False),
    Endpoint("POST", f"{_MENU}/bulk/link", "richmenu_bulk_link", bulk),
    Endpoint("POST", f"{_MENU}/bulk/unlink", "richmenu_bulk_unlink", bulk),
    Endpoint("POST", f"{_MENU}/alias", "richmenu_alias_create", create_alias),
    Endpoint("GET", f"{_MENU}/alias/list", "richmenu_alias_list", list_aliases, takes_json=False),
    Endpoint("GET", f"{_MENU}/alias/{{alias}}", "richmenu_alias_get", get_alias, takes_json=False),
    Endpoint("POST", f"{_MENU}/alias/{{alias}}", "richmenu_alias_update", update_alias),
    Endpoint(
        "DELETE",
        f"{_MENU}/alias/{{alias}}",
        "richmenu_alias_delete",
        delete_alias,
        rate=MENU_CHANGE,
        takes_json=False,
    ),
    Endpoint("POST", f"{_ONE}/content", "richmenu_upload", upload, takes_json=False),
    Endpoint("GET", f"{_ONE}/content", "richmenu_download", download, takes_json=False),
    Endpoint("GET", _ONE, "richmenu_get", get, takes_json=False),
    Endpoint("DELETE", _ONE, "richmenu_delete", delete, rate=MENU_CHANGE, takes_json=False),
    Endpoint("GET", _ALL, "richmenu_default_get", get_default, takes_json=False),
    Endpoint("DELETE", _ALL, "richmenu_default_cancel", cancel_default, takes_json=False),
    Endpoint("POST", f"{_ALL}/{{richMenuId}}", "richmenu_default_set", set_default, takes_json=False),
    Endpoint("GET", _USER, "richmenu_of_user", of_user, takes_json=False),
    Endpoint("DELETE", _USER, "richmenu_unlink", unlink, takes_json=False),
    Endpoint("POST", f"{_USER}/{{richMenuId}}", "richmenu_link", link, takes_json=False),
)
