"""Bringing the platform up on one machine: emulator, simulators, what is put into them, web pages."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from infra import build
from infra.local import identity as identities
from infra.local.contents import Say, fill_apart, step
from infra.local.paths import CREDENTIALS, REGION, Place
from infra.local.programs import Program, ministack, module, require_free, write_json


@dataclass
class LocalStack:
    """One local stack and what is running of it."""

    place: Place
    parameters: dict[str, str] = field(default_factory=dict)
    demo_data: bool = True
    say: Say = print
    programs: list[Program] = field(default_factory=list)

    def up(self) -> dict[str, Any]:
        """Bring everything up; the content of stack.json. BuildError says what went wrong and what to do."""
        place = self.place
        place.stack_json.unlink(missing_ok=True)
        require_free(place.ports)
        place.state.mkdir(parents=True, exist_ok=True)
        identity = identities.load_or_make(place.state / "identity.json")
        with step("AWS emulator (MiniStack) and simulators", self.say):
            programs = [ministack(place.port, place.state, place.logs / "ministack.log"), *self._simulators(identity)]
            for program in programs:
                self._start(program)
            build.dependencies(place.cache, for_aws=False)
            for program in programs:
                program.await_health(60)
        filled = fill_apart(place, self.parameters, demo_data=self.demo_data)
        stack = self._describe(identity, filled.outputs)
        if filled.people:
            stack["demo"] = filled.people
        with step("Web pages", self.say):
            private = place.state / "stack.private.json"
            write_json(private, stack)
            web = module("web", "infra.local.web", place.ports["web"], place.logs / "web.log", "--stack", str(private))
            self._start(web)
            web.await_health(30)
        write_json(place.stack_json, stack)
        return stack

    def down(self) -> None:
        """Stop everything; data stays in the state folder."""
        self.place.stack_json.unlink(missing_ok=True)
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda program: program.stop(), self.programs[1:]))
        for program in self.programs[:1]:
            program.stop()  # the emulator last: it writes its state

    def _start(self, program: Program) -> None:
        program.start()
        self.programs.append(program)

    def _simulators(self, identity: dict[str, Any]) -> list[Program]:
        place, folder = self.place, self.place.state / "simulators"
        programs: list[Program] = []
        for name, config in identities.simulator_configs(identity, f"{place.api}/wechat").items():
            write_json(folder / f"{name}.json", config)
            arguments = ("--config", str(folder / f"{name}.json"), "--state", str(folder / f"{name}.sqlite"))
            log = place.logs / f"{name}.log"
            programs.append(
                module(f"{name} simulator", f"infra.local.simulators.{name}", place.ports[name], log, *arguments)
            )
        return programs

    def _describe(self, identity: dict[str, Any], outputs: dict[str, str]) -> dict[str, Any]:
        """What other programs need to know (interfaces.md), and the stack's outputs for tests."""
        place, wechat = self.place, identity["wechat"]
        return {
            "api": place.api,
            "aws": {"endpoint": place.url("aws"), "region": REGION, **_lower(CREDENTIALS)},
            "wechat": {
                "webhook": f"{place.api}/wechat",
                **{name: wechat[name] for name in ("token", "encoding_aes_key", "appid", "original_id")},
                "miniprogram_appid": wechat["miniprogram_appid"],
            },
            "wechat_pay": {name: identity["wechat_pay"][name] for name in ("mchid", "apiv3_key")},
            "simulators": {name: place.url(name) for name in ("wechat", "wechat_pay", "maps", "sms")},
            "web": {"phone": f"{place.url('web')}/phone/"},
            "admin": identity["admin"],
            "outputs": outputs,
        }


def _lower(credentials: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in credentials.items()}


def wipe(place: Place) -> None:
    """Delete all data of a stack that is not running; the built layers stay."""
    for name in ("aws", "s3", "simulators", "logs", "build", "tmp"):
        shutil.rmtree(place.state / name, ignore_errors=True)
    for name in ("identity.json", "deployed.json", "demo.json", "stack.json", "stack.private.json"):
        (place.state / name).unlink(missing_ok=True)
