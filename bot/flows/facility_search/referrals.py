"""Answer questions that no search answers: the city's own desks, AEDs, which department."""

from bot.dialogue.flow import Context
from bot.dialogue.menu import flow_button
from bot.flows.facility_search.parsing import PlaceTopic
from bot.triage.calls import call_119
from core.messages import Card, Carousel, Message, Open, Text
from facilities.asked_time import present
from facilities.cards import desk_card
from facilities.city_desks import HOLIDAY_DENTAL, NIGHT_CLINIC, ON_DUTY, desk_of

# 財団全国AEDマップ (日本救急医療財団); only a link for the resident to tap.
AED_MAP_URL = "https://www.qqzaidanmap.jp/"
_DESKS = {
    PlaceTopic.ON_DUTY: (ON_DUTY, NIGHT_CLINIC, HOLIDAY_DENTAL),
    PlaceTopic.NIGHT_CLINIC: (NIGHT_CLINIC, HOLIDAY_DENTAL, ON_DUTY),
}


def desk_messages(topic: PlaceTopic, ctx: Context) -> tuple[Message, ...]:
    """Return the city's desks for nights and holidays with their hours of today; empty if it has none."""
    desks = [desk for identity in _DESKS[topic] if (desk := desk_of(ctx.city, identity))]
    if not desks:
        return ()
    here = present(ctx.now)
    cards = tuple(desk_card(desk, here, ctx.texts, ctx.now) for desk in desks)
    quick = (flow_button("facility", ctx.texts), flow_button("person", ctx.texts))
    return (Text(text=ctx.texts("talk.facility.desks")), Carousel(cards=cards, quick=quick))


def aed_card(ctx: Context) -> Message:
    """Return a card about AEDs: where they usually are, the national map, and 119 first."""
    return Card(
        title=ctx.texts("talk.facility.aed.title"),
        body=(ctx.texts("talk.facility.aed.first"), ctx.texts("talk.facility.aed.where")),
        actions=(
            call_119(ctx.texts),
            Open(ctx.texts("talk.facility.aed.map"), AED_MAP_URL),
        ),
        quick=(flow_button("person", ctx.texts),),
    )


def which_department(ctx: Context) -> Message:
    """Return how to find the department: tell the symptom."""
    quick = (
        flow_button("consultation", ctx.texts),
        flow_button("facility", ctx.texts),
        flow_button("person", ctx.texts),
    )
    return Text(text=ctx.texts("talk.facility.which_department"), quick=quick)
