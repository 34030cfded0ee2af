"""What both simulators share: the command line, the journal, the faults, who may ask."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.unit.simulators import maps_stage, sms_stage, wechat_pay_stage, wechat_stage
from tests.unit.simulators.wechat_stage import Stage

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("wechat", "wechat_pay", "maps", "sms")
MEMORY_MB_MAX = 80
START_SECONDS_PATIENCE = 20


def _configuration(name: str) -> dict[str, Any]:
    if name == "sms":
        return sms_stage.configuration()
    if name == "maps":
        return {"key": maps_stage.KEY, "secret": maps_stage.SECRET}
    return (
        wechat_pay_stage.configuration() if name == "wechat_pay" else wechat_stage.configuration("http://127.0.0.1:9/")
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _started(name: str, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    (folder / "config.json").write_text(json.dumps(_configuration(name)), encoding="utf-8")
    port = _free_port()
    command = [sys.executable, "-m", f"infra.local.simulators.{name}", "--port", str(port)]
    where = ["--config", str(folder / "config.json"), "--state", str(folder / "new" / "state.sqlite")]
    process = subprocess.Popen([*command, *where], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
            deadline = time.monotonic() + START_SECONDS_PATIENCE
            while True:
                assert time.monotonic() < deadline, "it did not start"
                assert process.poll() is None, process.stdout and process.stdout.read()
                with contextlib.suppress(httpx.ConnectError):
                    if client.get("/health").status_code == 200:
                        break
                time.sleep(0.05)
            yield process, client
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("name", NAMES)
def test_it_starts_small_describes_itself_and_ends_quietly(name: str, tmp_path: Path) -> None:
    with _started(name, tmp_path) as (process, client):
        assert client.get("/health").json() == {"ok": True, "name": name}
        described = client.get("/").json()
        assert len(described["api"]) > 0
        assert {"GET /_journal", "PUT /_faults", "POST /_clock", "GET /health"} <= {
            f"{each['method']} {each['path']}" for each in described["controls"]
        }
        assert psutil.Process(process.pid).memory_info().rss < MEMORY_MB_MAX * 2**20
        waiting = threading.Thread(target=lambda: client.get("/_journal?since=999&wait=50"))
        waiting.start()
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0, "somebody who waits does not hold it up"
        waiting.join(5)
        assert process.stdout is not None
        assert process.stdout.read() == b""


@pytest.mark.parametrize("name", NAMES)
def test_a_configuration_that_cannot_be_used_is_said(name: str, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    command = [sys.executable, "-m", f"infra.local.simulators.{name}", "--port", "0", "--state", str(tmp_path / "s")]
    for content, told in (("{}", "lacks"), ("[", "config.json"), (None, "No such file")):
        if content is not None:
            config.write_text(content, encoding="utf-8")
        else:
            config.unlink()
        done = subprocess.run(
            [*command, "--config", str(config)], cwd=ROOT, capture_output=True, check=False, timeout=30
        )
        assert done.returncode == 2
        assert told in done.stderr.decode()


def test_the_journal_is_read_by_kind_from_a_number_on_and_waited_for(wechat: Stage) -> None:
    wechat.token()
    wechat.say("你好")
    everything = wechat.journal()
    assert [each["kind"] for each in everything] == ["request", "webhook"]
    request = everything[0]["data"]
    assert (request["method"], request["path"], request["answer"]["expires_in"]) == (
        "POST",
        "/cgi-bin/stable_token",
        7200,
    )
    assert request["body"]["secret"].startswith("…"), "secrets stay out of the log"
    assert [each["kind"] for each in wechat.journal("webhook")] == ["webhook"]
    last = everything[-1]["seq"]
    later = threading.Timer(0.2, wechat.token)
    later.start()
    began = time.monotonic()
    answer = wechat.control("GET", f"/_journal?since={last}&wait=5&kind=request,handshake")
    assert [each["kind"] for each in answer["items"]] == ["request"]
    assert answer["next"] == answer["items"][0]["seq"]
    assert 0.1 < time.monotonic() - began < 4
    later.join()
    assert wechat.control("GET", f"/_journal?since={answer['next']}&wait=0") == {"items": [], "next": answer["next"]}


@pytest.mark.parametrize("query", ["since=x", "since=-1", "wait=nan", "wait=-3", "wait=inf"])
def test_a_journal_is_asked_with_numbers(wechat: Stage, query: str) -> None:
    wechat.control("GET", f"/_journal?{query}", status=400)


@pytest.mark.parametrize(
    "body",
    [
        {},
        ["lost"],
        [{"match": "/x"}],
        [{"match": "", "fault": "lost"}],
        [{"match": "/x", "fault": "explode"}],
        [{"match": "/x", "fault": "lost", "times": -1}],
        [{"match": "/x", "fault": "lost", "times": "3"}],
        [{"match": "/x", "fault": "lost", "often": 3}],
        [{"match": "/x", "fault": "error", "status": 99}],
    ],
)
def test_faults_of_another_shape_are_refused_and_change_nothing(wechat: Stage, body: object) -> None:
    wechat.faults({"match": "/kept", "fault": "lost"})
    wechat.control("PUT", "/_faults", body, status=400)
    assert [each["match"] for each in wechat.control("GET", "/_faults")["items"]] == ["/kept"]


def test_faults_are_used_up_and_switched_off(wechat: Stage) -> None:
    wechat.faults({"match": "stable_token", "fault": "error", "code": "-1", "times": 2})
    assert wechat.stable_token()["errcode"] == -1
    assert wechat.control("GET", "/_faults")["items"][0]["times"] == 1
    assert wechat.stable_token()["errcode"] == -1
    assert "access_token" in wechat.stable_token()
    wechat.faults({"match": "stable_token", "fault": "error"})
    assert wechat.control("DELETE", "/_faults") == {"items": []}
    assert "access_token" in wechat.stable_token()


def test_pages_of_this_machine_may_ask_and_no_others(wechat: Stage) -> None:
    local = {"Origin": "http://127.0.0.1:4576", "Access-Control-Request-Method": "PUT"}
    answer = wechat.client.options("/_faults", headers=local)
    assert answer.headers["access-control-allow-origin"] == "http://127.0.0.1:4576"
    answer = wechat.client.get("/_users", headers={"Origin": "http://localhost:4576"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "http://localhost:4576")
    for origin in ("https://evil.example", "http://127.0.0.1.evil.example", "null"):
        answer = wechat.client.post(
            f"/_phones/{wechat_stage.LI}/text", json={"content": "x"}, headers={"Origin": origin}
        )
        assert answer.status_code == 403
    assert wechat.server.arrived == []


def test_the_clock_and_the_switches_take_numbers_only(wechat: Stage) -> None:
    for offset in ("1", None, True, 10**12):
        wechat.control("POST", "/_clock", {"offset_seconds": offset}, status=400)
    assert wechat.control("POST", "/_clock", {"offset_seconds": -60})["offset_seconds"] == -60
    for change in ({"answer_ms": "1"}, {"answer_ms": -1}, {"answer_hours": 1}, {"result_events": 1}):
        wechat.control("PUT", "/_settings", change, status=400)
    assert wechat.control("GET", "/_settings")["answer_ms"] == 5000


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"x"', b"[" * 100_000])
def test_a_control_with_a_body_of_another_shape_is_refused(wechat: Stage, body: bytes) -> None:
    assert wechat.client.post("/_clock", content=body).status_code == 400
