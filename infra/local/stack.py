"""Bringing the platform up on one machine: emulator, simulators, template, settings, demo data, web pages."""

import hashlib
import importlib
import json
import os
import shutil
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from infra import build
from infra.build import ROOT, BuildError
from infra.local import identity as identities
from infra.local.paths import BUCKET, CREDENTIALS, REGION, STACK_NAME, Place
from infra.local.programs import Program, ministack, module, require_free, write_json

LAYER_CODE = ROOT / "layers" / "daojia" / "python"
Say = Callable[[str], None]


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
        emulator = ministack(place.port, place.state, place.logs / "ministack.log")
        with self.step("AWS emulator (MiniStack)"):
            self._start(emulator)
            build.dependencies(place.cache, for_aws=False)
            emulator.await_health(60)
        simulators = self._simulators(identity)
        for simulator in simulators:
            self._start(simulator)
        first = not (place.state / "deployed.json").exists()
        outputs = self._deploy()
        with self.step("Settings and simulators"):
            self._fill_settings(outputs, identity)
            for simulator in simulators:
                simulator.await_health(30)
        stack = self._describe(identity, outputs)
        if self.demo_data:
            with self.step("Demo data: Wuhan, services, providers, customers"):
                stack["demo"] = self._load_demo_data(outputs, identity)
        if not first:
            with self.step("Workflows of open orders"):
                self._resume_workflows(outputs)
        with self.step("Web pages"):
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

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Tell what is going on and how long it took."""
        begin = time.monotonic()
        yield
        self.say(f"  ✓ {what}  {time.monotonic() - begin:.1f} s")

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

    # -- the template -------------------------------------------------------------------------------------------------

    def _deploy(self) -> dict[str, str]:
        """Deploy the template unless exactly this was deployed before; the stack's outputs."""
        place = self.place
        parameters = {
            "Stage": "local",
            "PublicBaseUrl": place.api,
            "WeChatApiBaseUrl": place.url("wechat"),
            "WeChatPayBaseUrl": place.url("wechat_pay"),
            **self.parameters,
        }
        marker = place.state / "deployed.json"
        wanted = build.fingerprint(parameters)
        deployed = json.loads(marker.read_text()) if marker.exists() else {}
        if deployed.get("fingerprint") == wanted:
            self.say("  ✓ Template: nothing changed since it was deployed")
            return dict(deployed["outputs"])
        with self.step("Template deployed"):
            layer = build.dependencies(place.cache, for_aws=False)
            template = build.stage_tree(place.state / "build", layer, for_aws=False)
            s3 = self.client("s3")
            if BUCKET not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
                s3.create_bucket(Bucket=BUCKET)
            build.deploy(template, stack=STACK_NAME, bucket=BUCKET, parameters=parameters, env=place.aws_env)
            described = self.client("cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"][0]
            outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
            write_json(marker, {"fingerprint": wanted, "outputs": outputs})
            shutil.rmtree(place.state / "build")
        return outputs

    def client(self, service: str) -> Any:
        """A boto3 client for this stack."""
        return boto3.client(
            service,
            endpoint_url=self.place.url("aws"),
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 3}, read_timeout=120),
        )

    def _fill_settings(self, outputs: dict[str, str], identity: dict[str, Any]) -> None:
        secrets_manager = self.client("secretsmanager")
        now = json.loads(secrets_manager.get_secret_value(SecretId=outputs["ChannelsSecretArn"])["SecretString"])
        if "wechat" not in now:
            wanted = json.dumps(identities.channels_secret(identity), ensure_ascii=False)
            secrets_manager.put_secret_value(SecretId=outputs["ChannelsSecretArn"], SecretString=wanted)

    def _resume_workflows(self, outputs: dict[str, str]) -> None:
        """The emulator keeps data over a restart, running workflows it does not: they go on from their orders."""
        answer = self.client("lambda").invoke(
            FunctionName=outputs["OrderWorkflowFunction"], Payload=json.dumps({"task": "resume"}).encode()
        )
        if answer.get("FunctionError"):
            raise BuildError(f"resuming workflows failed: {answer['Payload'].read().decode()[:500]}")

    # -- demo data ----------------------------------------------------------------------------------------------------

    def _load_demo_data(self, outputs: dict[str, str], identity: dict[str, Any]) -> dict[str, Any]:
        """Load the demo world unless this very world is there already; who the demo people are."""
        marker = self.place.state / "demo.json"
        sources = sorted((ROOT / "infra" / "local" / "demo_data").rglob("*.*"))
        wanted = hashlib.sha256(b"".join(path.read_bytes() for path in sources if path.suffix != ".pyc")).hexdigest()
        loaded = json.loads(marker.read_text()) if marker.exists() else {}
        if loaded.get("fingerprint") == wanted:
            return dict(loaded["people"])
        self.use_tables(outputs)
        demo_data = importlib.import_module("infra.local.demo_data")
        world = demo_data.load(identity["wechat"]["appid"])
        demo_data.store(world)
        everybody = demo_data.people(world)
        _post(f"{self.place.url('wechat')}/_users", everybody)
        people = {
            "customers": [each for each in everybody if each["role"] == "customer"],
            "providers": [each for each in everybody if each["role"] == "provider"],
        }
        write_json(marker, {"fingerprint": wanted, "people": people})
        return people

    def use_tables(self, outputs: dict[str, str]) -> None:
        """Let the platform's own code in this process work on this stack's tables and secrets."""
        if str(LAYER_CODE) not in sys.path:
            sys.path.insert(0, str(LAYER_CODE))
        os.environ.update(self.place.aws_env)
        for name in ("Orders", "Providers", "Accounts", "Conversations", "Commands", "Ledger", "Catalogue"):
            os.environ[f"{name.upper()}_TABLE"] = outputs[f"{name}Table"]
        os.environ["MASTER_SECRET_ARN"] = outputs["MasterSecretArn"]
        os.environ["CHANNELS_SECRET_ARN"] = outputs["ChannelsSecretArn"]

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
            "simulators": {"wechat": place.url("wechat"), "wechat_pay": place.url("wechat_pay")},
            "web": {"phone": f"{place.url('web')}/phone/"},
            "admin": identity["admin"],
            "outputs": outputs,
        }


def _lower(credentials: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in credentials.items()}


def _post(url: str, body: Any) -> None:
    request = urllib.request.Request(  # noqa: S310 - our own loopback address
        url, json.dumps(body, ensure_ascii=False).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        if response.status >= 300:
            raise BuildError(f"{url} answered {response.status}")


def wipe(place: Place) -> None:
    """Delete all data of a stack that is not running; the built layers stay."""
    for name in ("aws", "s3", "simulators", "logs", "build", "tmp"):
        shutil.rmtree(place.state / name, ignore_errors=True)
    for name in ("identity.json", "deployed.json", "demo.json", "stack.json", "stack.private.json"):
        (place.state / name).unlink(missing_ok=True)
