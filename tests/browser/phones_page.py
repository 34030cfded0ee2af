"""The page as a person uses it: two phones and the order between them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import FrameLocator, Locator, Page, expect

TURNS_MAX = 10

ANSWER = "li.msg[data-via=reply] .bubble"
"""An answer to what the person just said, unlike a card or a message that happened to come at the same moment."""


@dataclass
class Seat:
    """One of the two phones."""

    root: Locator

    @property
    def page(self) -> Page:
        return self.root.page

    @property
    def feed(self) -> Locator:
        return self.root.get_by_role("log")

    @property
    def last(self) -> Locator:
        """The account's last answer."""
        return self.feed.locator(ANSWER).last

    @property
    def holder(self) -> str:
        return str(self.root.locator("select").input_value())

    def hold(self, openid: str) -> None:
        """Give the phone to somebody else."""
        self.root.locator("select").select_option(openid)
        expect(self.root.locator("select")).to_have_value(openid)

    def heard(self) -> int:
        """How many answers of the account the chat shows."""
        return self.feed.locator(ANSWER).count()

    def type(self, words: str) -> str:
        """Type a line, press Enter, wait for the account's answer."""
        before = self.heard()
        line = self.root.locator("textarea")
        line.fill(words)
        line.press("Enter")
        return self.await_answer(before)

    def tap(self, words: str) -> str:
        """Tap a number or a word under the last message."""
        before = self.heard()
        self.root.locator(f".choice[data-say='{words}']").click()
        return self.await_answer(before)

    def await_answer(self, before: int) -> str:
        """The account's next answer, when it had given `before`."""
        self.page.wait_for_function(
            "([root, answer, before]) => root.querySelectorAll(answer).length > before",
            arg=[self.root.element_handle(), ANSWER, before],
        )
        return self.last.inner_text()

    def choices(self) -> list[str]:
        """What can be tapped now."""
        chips = self.root.locator(".choice")
        return [str(chips.nth(index).get_attribute("data-say")) for index in range(chips.count())]

    def await_text(self, text: str) -> Locator:
        """A bubble or card with this text."""
        found = self.feed.locator(".bubble, .notice").filter(has_text=text).last
        expect(found).to_be_visible()
        return found

    def offer(self, number: str) -> Locator:
        """The card that offers an order."""
        found = self.feed.locator(".notice.is-offer").filter(has_text=number)
        expect(found).to_be_visible()
        return found

    def browser(self) -> FrameLocator:
        """What WeChat's browser shows inside the phone."""
        return self.root.frame_locator("iframe")


class PhonesPage:
    """The whole page."""

    def __init__(self, page: Page, screenshots: Path) -> None:
        self.page = page
        self.customer = Seat(page.locator("#seat-customer"))
        self.provider = Seat(page.locator("#seat-provider"))
        self.order = page.locator("#order")
        self._screenshots = screenshots

    def await_people(self) -> None:
        """The demo people are known and both chats are open."""
        for seat in (self.customer, self.provider):
            expect(seat.root.locator("select option").first).to_be_attached()
            expect(seat.feed.locator("li").first).to_be_visible()

    def screenshot(self, name: str) -> None:
        """Keep a picture of what the page looks like, once its movements have ended."""
        self._screenshots.mkdir(parents=True, exist_ok=True)
        self.page.evaluate(
            "() => Promise.allSettled(document.getAnimations()"
            ".filter((each) => Number.isFinite(each.effect.getComputedTiming().endTime)).map((each) => each.finished))"
        )
        self.page.screenshot(path=self._screenshots / f"{name}.png")

    # -- what a customer does -----------------------------------------------------------------------------------------

    def book(self, words: str) -> str:
        """Ask for a service and tap through whatever is still open; the order's short number."""
        self.customer.type(words)
        for _ in range(TURNS_MAX):
            choices = self.customer.choices()
            if "确认" in choices:
                self.customer.tap("确认")
                return self.number()
            said = self.customer.last.inner_text()
            if "1" in choices:
                self.customer.tap("1")
            elif "没有" in choices:
                self.customer.tap("没有")
            else:
                raise AssertionError(f"the account asks something that cannot be tapped: {said}")
        raise AssertionError(f"not booked after {TURNS_MAX} turns; last: {self.customer.last.inner_text()}")

    def number(self) -> str:
        """The short number of the order shown."""
        shown = self.order.locator("[data-number]")
        expect(shown).to_be_visible()
        return str(shown.get_attribute("data-number"))

    def pay(self) -> None:
        """Open the link to pay, press the page's button, put the finger on."""
        self.customer.feed.get_by_role("link").filter(has_text="付款").last.click()
        self.customer.browser().locator("#pay").click()
        self.customer.root.locator("[data-pay=start]").click()
        self.customer.root.locator("[data-pay=finger]").click()
        self.customer.root.locator("[data-pay=done]").click()

    # -- the order beside the phones ----------------------------------------------------------------------------------

    def await_state(self, state: str) -> None:
        expect(self.order.locator("[data-state].pill")).to_have_attribute("data-state", state)

    def await_step(self, name: str) -> None:
        """The workflow stands at this step."""
        expect(self.order.locator(f".flow-node.is-now[data-state='{name}']")).to_be_visible()

    def await_event(self, name: str) -> None:
        expect(self.order.locator(f".timeline [data-event='{name}']").last).to_be_visible()

    def hop_to_offer(self, index: int = 0) -> None:
        """Go to a provider whom the offer reached."""
        hop = self.provider.root.locator(".hop").nth(index)
        openid = str(hop.get_attribute("data-openid"))
        hop.click()
        expect(self.provider.root.locator("select")).to_have_value(openid)
