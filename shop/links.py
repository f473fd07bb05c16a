"""From the installation's settings to the maker of shop cards."""

from core.settings import Settings
from core.texts import Texts
from shop.cards import ShopDesk
from shop.catalogue import Catalogue
from shop.tokens import LinkSigner


def make_signer(settings: Settings) -> LinkSigner:
    """Return the signer of this installation's shop links."""
    return LinkSigner.of(settings.session_secret.get_secret_value(), settings.public_url)


def shop_card_maker(catalogue: Catalogue, settings: Settings, texts: Texts) -> ShopDesk:
    """Return the maker of shop cards; called with words it speaks for the default city (see `ShopDesk.for_city`)."""
    return ShopDesk(catalogue, make_signer(settings), texts, settings.clock(), settings.municipality)
