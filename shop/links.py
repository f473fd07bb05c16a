"""Make the desk for shop links from the installation's settings."""

from core.settings import Settings
from core.texts import Texts
from shop.cards import ShopDesk
from shop.catalogue import Catalogue
from shop.tokens import LinkMaker


def shop_desk(catalogue: Catalogue, settings: Settings, texts: Texts) -> ShopDesk:
    """Return the desk of an installation."""
    links = LinkMaker.of(settings.session_secret.get_secret_value(), settings.public_url)
    return ShopDesk(catalogue, links, texts)
