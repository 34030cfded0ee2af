"""The local stack as a person meets it: what it says, what it writes, what it occupies."""

import json
import socket
from pathlib import Path
from typing import Any

import httpx

from infra.local.phones import Api
from infra.local.programs import free_port
from tests.e2e.own_stack import command, is_function, memory_mb, processes
from tests.e2e.town import Town
from tests.stack import http

FUNCTION_MB = 160


def test_a_taken_port_is_named_with_what_to_do(tmp_path: Path) -> None:
    port = free_port(17566)
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", port + 1))
        somebody.listen()
        done = command("up", "--state", str(tmp_path), "--port", str(port), seconds=60)
    assert done.returncode == 1
    assert f"port {port + 1}" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert not (tmp_path / "stack.json").exists()


def test_a_stack_that_runs_is_not_started_twice(stack: dict[str, Any], state: Path) -> None:
    port = _port(stack)
    done = command("up", "--state", str(state), "--port", str(port), seconds=60)
    assert done.returncode == 1
    assert "runs already" in done.stderr
    with http(stack) as client:
        assert client.get("/v1/catalogue").status_code == 200, "and is not disturbed"


def test_a_setting_that_is_none_is_refused(tmp_path: Path) -> None:
    done = command("up", "--state", str(tmp_path), "--port", str(free_port(18566)), "--set", "OfferWave", seconds=60)
    assert done.returncode == 1
    assert "Parameter=Value" in done.stderr


def test_status_says_what_runs_and_what_does_not(stack: dict[str, Any], state: Path, tmp_path: Path) -> None:
    running = command("status", "--state", str(state), "--port", str(_port(stack)), seconds=60)
    assert running.returncode == 0
    assert "Ready" in running.stdout
    assert "MB" in running.stdout
    nothing = command("status", "--state", str(tmp_path), seconds=60)
    assert nothing.returncode == 1
    assert "Not running" in nothing.stdout
    assert command("down", "--state", str(tmp_path), seconds=60).returncode == 0


def test_stack_json_holds_what_is_promised(stack: dict[str, Any], state: Path) -> None:
    written = json.loads((state / "stack.json").read_text(encoding="utf-8"))
    assert written["api"].startswith("http://127.0.0.1:")
    assert {"endpoint", "region"} <= written["aws"].keys()
    assert written["wechat"].keys() >= {"webhook", "token", "encoding_aes_key", "appid", "original_id"}
    assert written["wechat"]["original_id"].startswith("gh_")
    assert written["wechat_pay"].keys() >= {"mchid", "apiv3_key"}
    assert written["simulators"].keys() >= {"wechat", "wechat_pay"}
    assert written["web"]["phone"]
    assert written["admin"].keys() >= {"username", "password"}
    assert (state / "stack.json").stat().st_mode & 0o077 == 0, "it holds secrets"
    for url in written["simulators"].values():
        assert httpx.get(f"{url}/health", trust_env=False).status_code == 200
        assert httpx.get(url, trust_env=False).json(), "it describes itself"
    assert httpx.get(written["web"]["phone"], trust_env=False).status_code == 200


def test_nothing_listens_beyond_this_machine(state: Path) -> None:
    for process in processes(state):
        for connection in process.net_connections("tcp"):
            if connection.status == "LISTEN":
                assert connection.laddr.ip in ("127.0.0.1", "::1"), (process.cmdline(), connection.laddr)


def test_the_demo_world_is_as_large_as_promised(town: Town, stack: dict[str, Any]) -> None:
    assert len(stack["demo"]["providers"]) == 200
    assert len(stack["demo"]["customers"]) >= 3
    assert len(town.services) >= 24
    assert {person["family"] for person in stack["demo"]["providers"]} == {"cleaning", "repair", "beauty", "health"}
    catalogue = Api(stack).get("/v1/catalogue")
    assert len(catalogue["areas"]) >= 5


def test_each_function_stays_small(town: Town, state: Path) -> None:
    """After real work: an order has just gone through all that concern it."""
    town.call_off(town.accepted().order_id)
    running = [process for process in processes(state) if is_function(process)]
    sizes = {process.cmdline()[-1]: memory_mb(process) for process in running}
    assert len(sizes) >= 4
    assert max(sizes.values()) < FUNCTION_MB, sizes


def _port(stack: dict[str, Any]) -> int:
    return int(stack["aws"]["endpoint"].rsplit(":", 1)[1])
