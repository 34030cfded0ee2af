"""The local web server shows the page and gives nothing away."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest


@pytest.fixture
def web(stack: dict[str, Any]) -> httpx.Client:
    parts = urlsplit(stack["web"]["phone"])
    return httpx.Client(base_url=f"{parts.scheme}://{parts.netloc}", timeout=30, trust_env=False)


def test_the_page_may_load_only_its_own_files(web: httpx.Client) -> None:
    answer = web.get("/phone/")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_is_told_who_plays_but_no_secret(web: httpx.Client, stack: dict[str, Any]) -> None:
    answer = web.get("/api/stack")
    told = answer.json()
    assert set(told) == {"api", "demo"}
    assert told["demo"]["customers"]
    assert told["demo"]["providers"]
    for secret in (
        stack["admin"]["password"],
        stack["wechat"]["token"],
        stack["wechat"]["encoding_aes_key"],
        stack["wechat_pay"]["apiv3_key"],
    ):
        assert secret not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/sim/wechat/cgi-bin/stable_token",
        "/sim/wechat-pay/v3/pay/transactions/jsapi",
        "/sim/wechat/_phones/../cgi-bin/stable_token",
        "/sim/wechat/_phones/%2e%2e/cgi-bin/stable_token",
        "/sim/alipay/_phones",
        "/page/admin/token",
        "/page/pay/..%2f..%2fv1%2fadmin%2forders",
    ],
)
def test_only_controls_and_links_are_passed_on(web: httpx.Client, path: str) -> None:
    assert web.get(path).status_code == 404


def test_another_site_cannot_use_it(web: httpx.Client) -> None:
    stranger = {"origin": "http://evil.example"}
    assert web.post("/sim/wechat/_phones/o1/text", json={"content": "你好"}, headers=stranger).status_code == 403
    assert web.get("/api/stack", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert web.get("/api/stack", headers={"host": "daojia.evil.example"}).status_code == 403


def test_an_order_that_is_not_there_is_not_found(web: httpx.Client) -> None:
    for key in ("0000000", "o_NOTHING", "nobody"):
        answer = web.get(f"/live/orders/{key}")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "ORDER_NOT_FOUND"


def test_a_body_that_is_too_large_is_refused(web: httpx.Client) -> None:
    answer = web.post("/sim/wechat/_phones/o1/text", content=b"x" * (1024 * 1024 + 1))
    assert answer.status_code == 413
