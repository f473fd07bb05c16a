"""Test rich menus from creation to the tap."""

import io
import struct
from typing import Any

import pytest
from linebot.v3.messaging import ApiException, CreateRichMenuAliasRequest, RichMenuRequest

from tests.simulator.stand import TOKEN, Simulator


def png(width: int, height: int) -> bytes:
    return (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
        + struct.pack(">II", width, height)
        + b"\x08\x02\x00\x00\x00" * 4
    )


def menu(**more: Any) -> dict[str, Any]:
    area = {
        "bounds": {"x": 0, "y": 0, "width": 1250, "height": 843},
        "action": {"type": "postback", "label": "相談する", "data": "f=menu"},
    }
    size = {"width": 2500, "height": 843}
    return {
        "size": size,
        "selected": True,
        "name": "main",
        "chatBarText": "メニュー",
        "areas": [area],
        **more,
    }


async def create(sim: Simulator, **more: Any) -> str:
    made = await sim.line.create_rich_menu(RichMenuRequest.from_dict(menu(**more)))
    return str(made.rich_menu_id)


async def upload(sim: Simulator, menu_id: str, image: bytes) -> None:
    await sim.blob.set_rich_menu_image(menu_id, body=bytearray(image), _headers={"Content-Type": "image/png"})


async def test_a_menu_is_shown_once_it_has_a_picture(sim: Simulator) -> None:
    resident, menu_id = await sim.resident(), await create(sim)
    with pytest.raises(ApiException) as caught:
        await sim.line.set_default_rich_menu(menu_id)
    assert caught.value.status == 400
    await upload(sim, menu_id, png(2500, 843))
    await sim.line.set_default_rich_menu(menu_id)
    assert (await sim.line.get_default_rich_menu_id()).rich_menu_id == menu_id
    shown = await sim.get(f"/api/residents/{resident}/menu")
    assert shown["bounds"] == [menu()["areas"][0]["bounds"]]
    done = await sim.act(resident, {"type": "tap", "label": "相談する"})
    assert (await sim.event(done["webhook_event_id"]))["postback"] == {"data": "f=menu"}
    async with sim.http.get(sim.url + shown["image"]) as answer:
        assert await answer.read() == png(2500, 843)


async def test_a_picture_cannot_be_replaced_and_must_fit(sim: Simulator) -> None:
    menu_id = await create(sim)
    for image in (png(700, 400), png(1000, 900), b"no picture", png(2500, 843) + b"0" * 2**20):
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "image/png"}
        url = f"{sim.url}/v2/bot/richmenu/{menu_id}/content"
        async with sim.http.post(url, data=io.BytesIO(image), headers=headers) as answer:
            assert answer.status == 400
    await upload(sim, menu_id, png(2500, 843))
    with pytest.raises(ApiException):
        await upload(sim, menu_id, png(2500, 843))


@pytest.mark.parametrize(
    "wrong",
    [
        {"chatBarText": "あ" * 15},
        {"areas": []},
        {"size": {"width": 700, "height": 400}},
        {
            "areas": [
                {
                    "bounds": {"x": 2000, "y": 0, "width": 600, "height": 10},
                    "action": {"type": "message", "text": "a"},
                }
            ]
        },
        {
            "areas": [
                {
                    "bounds": {"x": 0, "y": 0, "width": 10, "height": 10},
                    "action": {"type": "camera", "label": "a"},
                }
            ]
        },
    ],
)
async def test_a_menu_beyond_the_limits_is_refused(sim: Simulator, wrong: dict[str, Any]) -> None:
    assert (await sim.call("/v2/bot/richmenu/validate", menu(**wrong)))[0] == 400
    assert (await sim.call("/v2/bot/richmenu", menu(**wrong)))[0] == 400
    assert (await sim.line.get_rich_menu_list()).richmenus == []


async def test_a_menu_of_ones_own_comes_before_the_default(sim: Simulator) -> None:
    resident, common, own = await sim.resident(), await create(sim), await create(sim, name="own")
    for menu_id in (common, own):
        await upload(sim, menu_id, png(2500, 843))
    await sim.line.set_default_rich_menu(common)
    await sim.line.link_rich_menu_id_to_user(resident, own)
    assert (await sim.line.get_rich_menu_id_of_user(resident)).rich_menu_id == own
    assert own in (await sim.get(f"/api/residents/{resident}/menu"))["image"]
    await sim.line.unlink_rich_menu_id_from_user(resident)
    assert common in (await sim.get(f"/api/residents/{resident}/menu"))["image"]
    await sim.line.delete_rich_menu(common)
    assert (await sim.get(f"/api/residents/{resident}/menu"))["image"] is None
    assert [m.rich_menu_id for m in (await sim.line.get_rich_menu_list()).richmenus] == [own]


async def test_a_switch_goes_by_its_alias(sim: Simulator) -> None:
    bounds = {"x": 0, "y": 0, "width": 100, "height": 100}
    switch = {"type": "richmenuswitch", "label": "つぎ", "richMenuAliasId": "second", "data": "s"}
    resident = await sim.resident()
    first, second = await create(sim, areas=[{"bounds": bounds, "action": switch}]), await create(sim)
    for menu_id in (first, second):
        await upload(sim, menu_id, png(2500, 843))
    await sim.line.set_default_rich_menu(first)
    await sim.line.create_rich_menu_alias(
        CreateRichMenuAliasRequest(richMenuAliasId="second", richMenuId=second)
    )
    done = await sim.act(resident, {"type": "tap", "label": "つぎ"})
    event = await sim.event(done["webhook_event_id"])
    assert event["postback"]["params"] == {"newRichMenuAliasId": "second", "status": "SUCCESS"}
    assert second in (await sim.get(f"/api/residents/{resident}/menu"))["image"]
