"""The API describes itself, and can be tried."""

import re

from tests.store.api.world import World


def test_the_document_is_served_to_everyone(world: World) -> None:
    answer = world.call("customer", "GET", "/v1/openapi.json")
    assert answer.status == 200
    assert answer["openapi"] == "3.1.0"
    for path in ("/v1/orders", "/v1/provider/orders/{order_id}/grab", "/v1/admin/orders/{order_id}/assign"):
        assert path in answer["paths"]


def test_the_page_to_try_it_brings_everything_itself(world: World) -> None:
    page = world.call("customer", "GET", "/v1/docs")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    policy = page.headers["Content-Security-Policy"]
    nonce = re.search(r"'nonce-([\w-]+)'", policy)
    assert nonce is not None
    assert page.text.count(f'nonce="{nonce[1]}"') == 2
    assert not re.findall(r"https?://(?!www\.w3)", page.text)
    assert "unsafe" not in policy
