"""Keep the channels' rich menus: objects, pictures, aliases, and who sees which."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from bot.simulator.residents import SimulatedResident


@dataclass(slots=True, eq=False)
class RichMenu:
    """One menu; its picture is uploaded by a second call and can never be replaced."""

    menu_id: str
    municipality: str
    content: dict[str, Any]
    image: bytes | None = None
    image_type: str = ""

    def dump(self) -> dict[str, Any]:
        """Return the menu as LINE lists it."""
        return {"richMenuId": self.menu_id, **self.content}


@dataclass(slots=True)
class RichMenus:
    """All menus; a resident's own comes before the channel's default."""

    menus: dict[str, RichMenu] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    aliases: dict[tuple[str, str], str] = field(default_factory=dict)

    def create(self, municipality: str, content: dict[str, Any]) -> RichMenu:
        """Store a new menu."""
        menu = RichMenu(f"richmenu-{secrets.token_hex(16)}", municipality, content)
        self.menus[menu.menu_id] = menu
        return menu

    def find(self, municipality: str, menu_id: object) -> RichMenu | None:
        """Return a menu of this channel."""
        menu = self.menus.get(menu_id) if isinstance(menu_id, str) else None
        return menu if menu is not None and menu.municipality == municipality else None

    def of_channel(self, municipality: str) -> list[RichMenu]:
        """Return the channel's menus."""
        return [menu for menu in self.menus.values() if menu.municipality == municipality]

    def delete(self, menu: RichMenu) -> None:
        """Delete a menu; residents linked to it see the default again."""
        del self.menus[menu.menu_id]
        if self.defaults.get(menu.municipality) == menu.menu_id:
            del self.defaults[menu.municipality]

    def seen_by(self, resident: SimulatedResident) -> RichMenu | None:
        """Return the menu on this resident's screen."""
        municipality = resident.channel.municipality
        own = self.find(municipality, resident.rich_menu_id)
        return own or self.find(municipality, self.defaults.get(municipality))
