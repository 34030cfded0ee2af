"""`make deploy STAGE=prod`: build for Lambda, package and deploy the template to AWS with the caller's credentials."""

import json
import sys
import tomllib
from typing import Any

from infra import build
from infra.build import ROOT, BuildError

BUILD = ROOT / ".local" / "aws"
NEXT = """
Next, once per stage:
  1. Fill the channels secret {secret}
     (JSON with wechat, wechat_pay and admin; see README, "Deploying").
  2. In WeChat's console set the server address to {url}/wechat, with your token and AES key, in safe mode.
  3. In WeChat Pay's console allow {url}/payments/wechat-pay for callbacks.
"""


def main() -> int:
    stage = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        settings = _settings(stage)
        stack, region = settings["stack_name"], settings["region"]
        env = {"AWS_DEFAULT_REGION": region, "AWS_REGION": region, "AWS_PAGER": ""}
        account = json.loads(build.aws("sts", "get-caller-identity", "--output", "json", env=env))["Account"]
        bucket = f"daojia-artifacts-{account}-{region}"
        print(f"Deploying {stack} to account {account}, {region}", flush=True)
        _ensure_bucket(bucket, region, env)
        layer = build.dependencies(ROOT / ".local" / "cache", for_aws=True)
        template = build.stage_tree(BUILD, layer, for_aws=True)
        parameters = dict(text.split("=", 1) for text in settings["parameter_overrides"])
        build.deploy(template, stack=stack, bucket=bucket, parameters=parameters, env=env)
        described = json.loads(
            build.aws("cloudformation", "describe-stacks", "--stack-name", stack, "--output", "json", env=env)
        )
    except BuildError as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described["Stacks"][0]["Outputs"]}
    print(f"✓ {stack} is deployed: {outputs['ApiUrl']}")
    print(NEXT.format(secret=outputs["ChannelsSecretArn"], url=outputs["ApiUrl"]))
    return 0


def _settings(stage: str) -> dict[str, Any]:
    with (ROOT / "samconfig.toml").open("rb") as file:
        stages = {name: entry for name, entry in tomllib.load(file).items() if isinstance(entry, dict)}
    if stage not in stages:
        raise BuildError(
            f"say which stage: make deploy STAGE={'|'.join(stages)} (they are described in samconfig.toml)"
        )
    return dict(stages[stage]["deploy"]["parameters"])


def _ensure_bucket(bucket: str, region: str, env: dict[str, str]) -> None:
    buckets = json.loads(build.aws("s3api", "list-buckets", "--output", "json", env=env))["Buckets"]
    if bucket in {each["Name"] for each in buckets}:
        return
    where = [] if region == "us-east-1" else ["--create-bucket-configuration", f"LocationConstraint={region}"]
    build.aws("s3api", "create-bucket", "--bucket", bucket, *where, env=env)
    blocked = "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
    build.aws(
        "s3api", "put-public-access-block", "--bucket", bucket, "--public-access-block-configuration", blocked, env=env
    )


if __name__ == "__main__":
    sys.exit(main())
