"""The page itself: its pictures, its sizes, its keyboard."""

from pathlib import Path

import pytest
import yaml
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import SCREENSHOTS
from tests.browser.phones_page import PhonesPage

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("machine", "table"), [("order_lifecycle", "LIFECYCLE"), ("dispatch", "DISPATCH")])
def test_the_picture_of_a_workflow_shows_every_state_and_no_other(phones: PhonesPage, machine: str, table: str) -> None:
    definition = yaml.safe_load((ROOT / "statemachines" / f"{machine}.asl.yaml").read_text(encoding="utf-8"))
    drawn = phones.page.evaluate("async (name) => Object.keys((await import('/phone/js/workflow.js'))[name])", table)
    assert sorted(drawn) == sorted(definition["States"])


def test_every_arrow_of_the_picture_is_a_transition(phones: PhonesPage) -> None:
    script = """async () => {
      const { Workflow } = await import('/phone/js/workflow.js');
      const { parts } = new Workflow();
      const told = ({ lines }) => lines.map(({ from, to }) => [from, to]);
      return { order_lifecycle: told(parts.lifecycle), dispatch: told(parts.dispatch) };
    }"""
    for machine, edges in phones.page.evaluate(script).items():
        definition = yaml.safe_load((ROOT / "statemachines" / f"{machine}.asl.yaml").read_text(encoding="utf-8"))
        states = definition["States"]
        for source, target in edges:
            assert target in _targets(states[source]), f"{machine}: {source} does not lead to {target}"


def test_a_place_is_chosen_on_the_map_and_sent(phones: PhonesPage) -> None:
    seat = phones.customer
    seat.root.get_by_role("button", name="更多").click()
    seat.root.get_by_role("button", name="位置").click()
    sheet = seat.root.get_by_role("dialog", name="位置")
    sheet.get_by_role("button", name="武昌区").click()
    sheet.get_by_role("option").filter(has_text="中南路街道").click()
    phones.screenshot("8-map")
    before = seat.heard()
    sheet.get_by_role("button", name="发送").click()
    expect(seat.feed.locator(".is-own .place-card").last).to_contain_text("中南路街道")
    assert seat.await_answer(before)


def test_the_menu_answers_and_its_numbers_can_be_tapped(phones: PhonesPage) -> None:
    seat = phones.customer
    before = seat.heard()
    seat.root.get_by_role("group", name="菜单").get_by_role("button", name="预约服务").click()
    assert seat.await_answer(before)
    assert "1" in seat.choices()
    assert seat.tap("1")


def test_what_people_write_cannot_become_markup(phones: PhonesPage) -> None:
    phones.customer.type("<img src=x onerror=alert(1)><b>你好</b>")
    own = phones.customer.feed.locator(".is-own .bubble").last
    expect(own).to_have_text("<img src=x onerror=alert(1)><b>你好</b>")
    assert phones.customer.feed.locator("img[src=x]").count() == 0


def test_a_sheet_takes_the_focus_and_escape_gives_it_back(phones: PhonesPage) -> None:
    seat = phones.customer
    seat.root.get_by_role("button", name="更多").click()
    seat.root.get_by_role("button", name="图片").click()
    sheet = seat.root.get_by_role("dialog", name="图片")
    expect(sheet).to_be_focused()
    assert seat.feed.evaluate("(feed) => feed.inert")
    phones.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    assert not seat.feed.evaluate("(feed) => feed.inert")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (390, 844)])
def test_nothing_is_wider_than_the_window(phones: PhonesPage, width: int, height: int) -> None:
    if phones.page.evaluate("async () => (await (await fetch('/live/latest')).json()).order_id"):
        # The page may find the order by itself at this very moment: then there is no button to press any more.
        press = "() => document.querySelector('#order:not(:has([data-number])) button')?.click()"
        latest = phones.order.get_by_role("button", name="看看最近一单")
        expect(phones.order.locator("[data-number]").or_(latest).first).to_be_visible()
        phones.page.evaluate(press)
        phones.number()
    phones.page.set_viewport_size({"width": width, "height": height})
    assert phones.page.evaluate("() => document.documentElement.scrollWidth") <= width
    if width < 940:
        for name in ("师傅", "订单", "顾客"):
            tab = phones.page.get_by_role("tab", name=name)
            tab.click()
            expect(tab).to_have_attribute("aria-selected", "true")
        expect(phones.customer.root).to_be_visible()
        expect(phones.provider.root).to_be_hidden()
        phones.page.get_by_role("tab", name="订单").click()
    phones.screenshot(f"9-{width}")


def test_the_page_has_a_dark_side(context: BrowserContext, phones: PhonesPage) -> None:
    phones.page.emulate_media(color_scheme="dark")
    ground = phones.page.evaluate("() => getComputedStyle(document.documentElement).getPropertyValue('--paper').trim()")
    assert ground == "#12161a"
    phones.screenshot("9-dark")
    assert SCREENSHOTS.joinpath("9-dark.png").stat().st_size > 10_000


def _targets(state: dict[str, object]) -> set[object]:
    """Where a state may lead."""
    found = {state.get("Next"), state.get("Default")}
    for rule in (*_list(state, "Choices"), *_list(state, "Catch")):
        found.add(rule["Next"])
    return found


def _list(state: dict[str, object], name: str) -> list[dict[str, object]]:
    found = state.get(name, [])
    assert isinstance(found, list)
    return found
