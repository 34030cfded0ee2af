"""`python -m infra.local up | down | status | reset`: the whole platform on this machine."""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

import psutil

from infra.build import ROOT, BuildError
from infra.local.paths import Place
from infra.local.programs import write_json
from infra.local.stack import LocalStack, wipe

DETACHED_SECONDS = 300


def main() -> int:
    options = _parser().parse_args()
    place = Place(Path(options.state).resolve(), options.port)
    try:
        return int({"up": up, "down": down, "status": status, "reset": reset}[options.command](place, options) or 0)
    except BuildError as error:
        print(f"\n✗ {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in {
        "up": "bring everything up and stay until Ctrl-C",
        "down": "stop a running stack; its data stays",
        "status": "say what is running",
        "reset": "stop and delete all data",
    }.items():
        command = commands.add_parser(name, help=what)
        command.add_argument("--state", default=str(ROOT / ".local"), help="folder of the stack's data and stack.json")
        command.add_argument("--port", type=int, default=4566, help="first of the ports used")
        if name == "up":
            command.add_argument("--fresh", action="store_true", help="delete former data first")
            command.add_argument("--no-demo-data", action="store_true", help="start with empty tables")
            command.add_argument("--detach", action="store_true", help="return when ready, leave it running")
            command.add_argument(
                "--set", action="append", default=[], metavar="Parameter=Value", help="set a template parameter"
            )
    return parser


def up(place: Place, options: argparse.Namespace) -> int:
    if (running := _supervisor(place)) is not None:
        raise BuildError(f"this stack runs already (process {running.pid}); `python -m infra.local down` stops it")
    if options.detach:
        return _detached(place)
    if options.fresh:
        wipe(place)
    parameters = dict(_assignment(text) for text in options.set)
    stack = LocalStack(place, parameters, not options.no_demo_data, say=lambda line: print(line, flush=True))
    _stop_on_signals()
    write_json(place.pid_file, {"pid": os.getpid(), "port": place.port})
    begin = time.monotonic()
    print("Daojia 到家 is coming up", flush=True)
    try:
        described = stack.up()
        print(f"\nReady after {time.monotonic() - begin:.1f} s. Ctrl-C stops it; the data stays.\n")
        print(f"  Two phones     {described['web']['phone']}")
        print(f"  API to try     {described['api']}/v1/docs")
        print(f"  Everything     {place.stack_json}", flush=True)
        while all(program.alive for program in stack.programs):
            time.sleep(0.5)
        dead = next(program for program in stack.programs if not program.alive)
        raise BuildError(f"{dead.name} ended by itself; the end of {dead.log}:\n{dead.tail()}")
    except (KeyboardInterrupt, _Stopped):
        print("\nStopping …", flush=True)
        return 0
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        stack.down()
        place.pid_file.unlink(missing_ok=True)


def _detached(place: Place) -> int:
    """Start the same command in the background and tell its progress until it is ready."""
    place.state.mkdir(parents=True, exist_ok=True)
    log = place.state / "up.log"
    arguments = [argument for argument in sys.argv[1:] if argument != "--detach"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.local", *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    told, deadline = 0, time.monotonic() + DETACHED_SECONDS
    while time.monotonic() < deadline:
        text = log.read_text(encoding="utf-8", errors="replace")
        print(text[told:], end="", flush=True)
        told = len(text)
        if place.stack_json.exists() and "Ready after" in text:
            return 0
        if process.poll() is not None:
            return 1
        time.sleep(0.1)
    raise BuildError(f"not ready after {DETACHED_SECONDS} s; see {log}")


def down(place: Place, options: argparse.Namespace) -> int:
    running = _supervisor(place)
    if running is None:
        print("Nothing is running here.")
        return 0
    running.terminate()
    running.wait(60)
    print("Stopped; the data stays.")
    return 0


def status(place: Place, options: argparse.Namespace) -> int:
    running = _supervisor(place)
    if running is None:
        print("Not running.")
        return 1
    total = 0
    print(f"{'Ready' if place.stack_json.exists() else 'Coming up'}, process {running.pid}")
    for process in [running, *running.children(recursive=True)]:
        try:
            memory = process.memory_info().rss
            name = " ".join(process.cmdline()[1:4])
        except psutil.Error:
            continue
        total += memory
        print(f"  {process.pid:>7}  {memory / 1e6:6.0f} MB  {name}")
    print(f"  in all   {total / 1e6:6.0f} MB")
    return 0


def reset(place: Place, options: argparse.Namespace) -> int:
    down(place, options)
    wipe(place)
    print("All data of this stack is deleted.")
    return 0


def _supervisor(place: Place) -> psutil.Process | None:
    """The process that keeps this stack up, if there is one."""
    try:
        pid = int(json.loads(place.pid_file.read_text(encoding="utf-8"))["pid"])
        process = psutil.Process(pid)
        return process if "infra.local" in process.cmdline() else None
    except (OSError, ValueError, KeyError, psutil.Error):
        return None


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BuildError(f"--set wants Parameter=Value, not {text!r}")
    return name, value


class _Stopped(BaseException):
    """Somebody asked us to stop."""


def _stop_on_signals() -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        raise _Stopped

    signal.signal(signal.SIGTERM, stop)


if __name__ == "__main__":
    sys.exit(main())
