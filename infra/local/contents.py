"""What is put into a running emulator: the template, its settings, the demo data.

In a process of its own: the AWS SDK's models would otherwise stay in the supervisor's memory, 200 MB of them.
"""

import hashlib
import importlib
import json
import multiprocessing
import os
import shutil
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from infra import build
from infra.build import ROOT, BuildError
from infra.local import identity as identities
from infra.local.paths import BUCKET, CREDENTIALS, REGION, STACK_NAME, Place
from infra.local.programs import write_json

LAYER_CODE = ROOT / "layers" / "daojia" / "python"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Filled:
    """The stack's outputs, and who the demo people are (none without demo data)."""

    outputs: dict[str, str]
    people: dict[str, Any]


def fill_apart(place: Place, parameters: dict[str, str], *, demo_data: bool) -> Filled:
    """`fill` in a process that ends with it; it tells its progress on the same standard output."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(fill, place, parameters, demo_data=demo_data).result()


def fill(place: Place, parameters: dict[str, str], *, demo_data: bool) -> Filled:
    """Bring the emulator to what the sources say; what is there already is left alone. The simulators must answer."""
    return _Contents(place, parameters).fill(demo_data=demo_data)


def client(place: Place, service: str) -> Any:
    """A boto3 client with all rights on a stack."""
    return boto3.client(
        service,
        endpoint_url=place.url("aws"),
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 3}, read_timeout=120),
    )


@contextmanager
def step(what: str, say: Say = print) -> Iterator[None]:
    """Tell what was done and how long it took."""
    begin = time.monotonic()
    yield
    say(f"  ✓ {what}  {time.monotonic() - begin:.1f} s")
    sys.stdout.flush()


@dataclass
class _Contents:
    place: Place
    parameters: dict[str, str]

    def fill(self, *, demo_data: bool) -> Filled:
        identity = identities.load_or_make(self.place.state / "identity.json")
        first = not (self.place.state / "deployed.json").exists()
        outputs = self._deploy()
        with step("Settings"):
            self._fill_settings(outputs, identity)
        people: dict[str, Any] = {}
        if demo_data:
            with step("Demo data: Wuhan, services, providers, customers"):
                people = self._load_demo_data(outputs, identity)
        if not first:
            with step("Workflows of open orders"):
                self._resume_workflows(outputs)
        return Filled(outputs, people)

    # -- the template -------------------------------------------------------------------------------------------------

    def _deploy(self) -> dict[str, str]:
        """Deploy the template unless exactly this was deployed before; the stack's outputs."""
        place = self.place
        parameters = {
            "Stage": "local",
            "PublicBaseUrl": place.api,
            "WeChatApiBaseUrl": place.url("wechat"),
            "WeChatPayBaseUrl": place.url("wechat_pay"),
            "MapsBaseUrl": place.url("maps"),
            "SmsBaseUrl": place.url("sms"),
            **self.parameters,
        }
        marker = place.state / "deployed.json"
        wanted = build.fingerprint(parameters)
        deployed = json.loads(marker.read_text()) if marker.exists() else {}
        if deployed.get("fingerprint") == wanted:
            print("  ✓ Template: nothing changed since it was deployed", flush=True)
            return dict(deployed["outputs"])
        with step("Template deployed"):
            layer = build.dependencies(place.cache, for_aws=False)
            template = build.stage_tree(place.state / "build", layer, for_aws=False)
            s3 = client(self.place, "s3")
            if BUCKET not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
                s3.create_bucket(Bucket=BUCKET)
            build.deploy(template, stack=STACK_NAME, bucket=BUCKET, parameters=parameters, env=place.aws_env)
            described = client(self.place, "cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"][0]
            outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
            write_json(marker, {"fingerprint": wanted, "outputs": outputs})
            shutil.rmtree(place.state / "build")
        return outputs

    def _fill_settings(self, outputs: dict[str, str], identity: dict[str, Any]) -> None:
        secrets_manager = client(self.place, "secretsmanager")
        now = json.loads(secrets_manager.get_secret_value(SecretId=outputs["ChannelsSecretArn"])["SecretString"])
        wanted = identities.channels_secret(identity)
        if not set(wanted) <= set(now):  # new, or from before one of the channels
            wanted = json.dumps({**wanted, **now} if "wechat" in now else wanted, ensure_ascii=False)
            secrets_manager.put_secret_value(SecretId=outputs["ChannelsSecretArn"], SecretString=wanted)

    def _resume_workflows(self, outputs: dict[str, str]) -> None:
        """The emulator keeps data over a restart, running workflows it does not: they go on from their orders."""
        answer = client(self.place, "lambda").invoke(
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
        self._use_tables(outputs)
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

    def _use_tables(self, outputs: dict[str, str]) -> None:
        """Let the platform's own code in this process work on this stack's tables and secrets."""
        if str(LAYER_CODE) not in sys.path:
            sys.path.insert(0, str(LAYER_CODE))
        os.environ.update(self.place.aws_env)
        for name in ("Orders", "Providers", "Accounts", "Conversations", "Commands", "Ledger", "Catalogue"):
            os.environ[f"{name.upper()}_TABLE"] = outputs[f"{name}Table"]
        os.environ["MASTER_SECRET_ARN"] = outputs["MasterSecretArn"]
        os.environ["CHANNELS_SECRET_ARN"] = outputs["ChannelsSecretArn"]


def _post(url: str, body: Any) -> None:
    request = urllib.request.Request(  # noqa: S310 - our own loopback address
        url, json.dumps(body, ensure_ascii=False).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        if response.status >= 300:
            raise BuildError(f"{url} answered {response.status}")
