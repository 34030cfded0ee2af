"""What people say to the account."""

from tests.crash import stages
from tests.crash.scenario import Scenario, provider, says, wrong
from tests.crash.stages import CHEN, Stage
from tests.crash.world import World

CHAT = [
    Scenario("chat: first contact", stages.town, lambda world: world.chat("o_new", "", 0, event_name="subscribe")),
    Scenario("chat: unfollow", stages.town, lambda world: world.chat("o_li", "", 0, event_name="unsubscribe")),
    Scenario("chat: book", stages.town, says("o_li", stages.BOOKING[0])),
    Scenario("chat: confirm the booking", stages.asked, says("o_li", "确认")),
    Scenario("chat: pay", stages.placed, says("o_li", "付款")),
    Scenario("chat: my orders", stages.accepted, says("o_li", "我的订单")),
    Scenario("chat: complain", stages.accepted, says("o_li", "投诉")),
    Scenario("chat: grab", stages.offered, says("o_wang", lambda world: f"抢 {world.order.number}")),
    Scenario(
        "chat: grab while another does",
        stages.offered,
        says("o_wang", lambda world: f"抢 {world.order.number}"),
        meanwhile=provider("POST", "/v1/provider/orders/{order}/grab", by=CHEN),
    ),
    Scenario("chat: decline", stages.offered, says("o_wang", lambda world: f"不接 {world.order.number}")),
    Scenario("chat: depart", stages.accepted, says("o_wang", "出发")),
    Scenario("chat: begin", stages.on_the_way, says("o_wang", lambda world: f"开始 {world.order.arrival_code}")),
    Scenario("chat: begin with a wrong code", stages.on_the_way, says("o_wang", lambda world: f"开始 {wrong(world)}")),
    Scenario("chat: finish", stages.working, says("o_wang", "完成")),
    Scenario("chat: content", stages.finished, says("o_li", "确认")),
    Scenario("chat: income", stages.paying_out, says("o_wang", "收入")),
    Scenario("chat: rest", stages.town, says("o_wang", "休息")),
    Scenario(
        "chat: agree to a cancellation", stages.proposed, says("o_wang", lambda world: f"同意 {world.order.number}")
    ),
]


def _asks(stage: Stage, openid: str, text: str) -> Stage:
    """The stage after something that the bot wants confirmed."""

    def asked(world: World) -> None:
        stages.reach(world, stage)
        world.chat(openid, text.format(number=world.order.number), 8001)

    return asked


CHAT += [
    Scenario("chat: cancel unpaid", _asks(stages.placed, "o_li", "取消"), says("o_li", "确认")),
    Scenario("chat: cancel paid", _asks(stages.offered, "o_li", "取消"), says("o_li", "确认")),
    Scenario("chat: cancel accepted", _asks(stages.accepted, "o_li", "取消"), says("o_li", "确认")),
    Scenario("chat: withdraw", _asks(stages.accepted, "o_wang", "来不了 {number}"), says("o_wang", "确认")),
]
