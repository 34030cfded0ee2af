"""Least privilege, on the running stack: each function's role is refused what the function does not need.

The emulator enforces IAM (`AUTH=true`), so the roles are taken on as the functions do and tried.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.stack import TABLES

READS = {
    "WeChat": "Accounts Conversations Commands Orders Providers Ledger Catalogue",
    "CustomerApi": "Accounts Commands Orders Providers Ledger Catalogue",
    "ProviderApi": "Commands Orders Providers Ledger",
    "AdminApi": "Accounts Commands Orders Providers Ledger Catalogue",
    "Pages": "Accounts Commands Orders Providers",
    "PaymentCallbacks": "Orders Ledger",
    "OrderEvents": "Orders",
    "OrderWorkflow": "Orders Providers Catalogue",
    "Notifications": "Accounts Commands Orders",
    "Settlement": "Accounts Providers Ledger",
}
"""Whose data each function may look at."""
WRITES = {
    "WeChat": "Accounts Conversations Commands Orders Providers Ledger",
    "CustomerApi": "Accounts Commands Orders Providers Ledger",
    "ProviderApi": "Commands Orders Providers Ledger",
    "AdminApi": "Commands Orders Providers Ledger Catalogue",
    "Pages": "Commands Orders Providers",
    "PaymentCallbacks": "Orders Providers Ledger",
    "OrderEvents": "Orders Providers",
    "OrderWorkflow": "Orders Providers Ledger",
    "Notifications": "Commands",
    "Settlement": "Ledger",
}
TELLS = {"WeChat", "OrderEvents", "Settlement"}
"""Who may put a message into the queue."""
STARTS = {"OrderEvents", "OrderWorkflow"}
"""Who may start an order's workflow."""
NO_RESOURCE = {"xray", "logs"}
"""Services with actions that know no resource: tracing, and the delivery of workflow logs."""
REFUSED = ("AccessDenied", "AccessDeniedException", "AuthorizationError")


@pytest.fixture(scope="module")
def roles(stack: dict[str, Any]) -> dict[str, str]:
    """The role of each function, by the function's name in the template."""
    functions = _client(stack, "lambda")
    return {
        name: functions.get_function_configuration(FunctionName=stack["outputs"][f"{name}Function"])["Role"]
        for name in READS
    }


@pytest.fixture(scope="module")
def acting(stack: dict[str, Any], roles: dict[str, str]) -> Callable[[str, str], Any]:
    """A client that acts as a function: `acting("Pages", "dynamodb")`."""

    @cache
    def session(function: str) -> dict[str, str]:
        taken = _client(stack, "sts").assume_role(RoleArn=roles[function], RoleSessionName="test")["Credentials"]
        return {
            "aws_access_key_id": taken["AccessKeyId"],
            "aws_secret_access_key": taken["SecretAccessKey"],
            "aws_session_token": taken["SessionToken"],
        }

    return cache(lambda function, service: _client(stack, service, **session(function)))


def _client(stack: dict[str, Any], service: str, **session: str) -> Any:
    keys = session or {name: stack["aws"][name] for name in ("aws_access_key_id", "aws_secret_access_key")}
    return boto3.client(
        service,
        endpoint_url=stack["aws"]["endpoint"],
        region_name=stack["aws"]["region"],
        config=Config(retries={"total_max_attempts": 1}),
        **keys,
    )


def allowed(call: Callable[..., Any], **arguments: Any) -> bool:
    """Whether a call gets past IAM; what else is wrong with it does not matter."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"] not in REFUSED
    return True


@pytest.mark.parametrize("function", READS)
def test_only_the_tables_it_needs_can_be_read(
    stack: dict[str, Any], acting: Callable[[str, str], Any], function: str
) -> None:
    tables = acting(function, "dynamodb")
    readable = set()
    for name in TABLES:
        table = stack["outputs"][f"{name}Table"]
        key = {each["AttributeName"]: {"S": "nothing"} for each in _keys(stack, table)}
        hash_key = next(iter(key))
        asked = {"KeyConditionExpression": "#k = :v", "ExpressionAttributeNames": {"#k": hash_key}}
        got = allowed(tables.get_item, TableName=table, Key=key)
        found = allowed(tables.query, TableName=table, ExpressionAttributeValues={":v": {"S": "nothing"}}, **asked)
        if got or found:
            readable.add(name)
        assert not allowed(tables.scan, TableName=table, Limit=1), f"{function} may read all of {name}"
    assert readable == set(READS[function].split())


@pytest.mark.parametrize("function", READS)
def test_only_the_tables_it_needs_can_be_written(
    stack: dict[str, Any], acting: Callable[[str, str], Any], function: str
) -> None:
    tables = acting(function, "dynamodb")
    writable = set()
    for name in TABLES:
        table = stack["outputs"][f"{name}Table"]
        key = {each["AttributeName"]: {"S": "nothing"} for each in _keys(stack, table)}
        never = {"ConditionExpression": "attribute_exists(no_such_attribute)"}
        calls = (
            allowed(tables.put_item, TableName=table, Item=key, **never),
            allowed(tables.update_item, TableName=table, Key=key, UpdateExpression="REMOVE x", **never),
            allowed(tables.delete_item, TableName=table, Key=key, **never),
        )
        if any(calls):
            writable.add(name)
        assert not allowed(tables.delete_table, TableName=table), f"{function} may delete {name}"
        assert not allowed(tables.update_table, TableName=table, BillingMode="PAY_PER_REQUEST")
        no_expiry = {"Enabled": False, "AttributeName": "expires_at"}
        assert not allowed(tables.update_time_to_live, TableName=table, TimeToLiveSpecification=no_expiry)
    assert writable == set(WRITES[function].split())


@pytest.mark.parametrize("function", READS)
def test_nothing_else_of_the_platform_is_within_reach(
    stack: dict[str, Any], roles: dict[str, str], acting: Callable[[str, str], Any], function: str
) -> None:
    outputs = stack["outputs"]
    functions, workflows = acting(function, "lambda"), acting(function, "stepfunctions")
    for other in READS:
        target = outputs[f"{other}Function"]
        assert not allowed(functions.invoke, FunctionName=target, Payload=b"{}"), f"{function} may invoke {other}"
        assert not allowed(functions.update_function_configuration, FunctionName=target, Timeout=15)
    secrets = acting(function, "secretsmanager")
    for secret in (outputs["MasterSecretArn"], outputs["ChannelsSecretArn"]):
        assert not allowed(secrets.put_secret_value, SecretId=secret, SecretString="{}")
        assert not allowed(secrets.delete_secret, SecretId=secret)
    stranger = f"{outputs['MasterSecretArn'].rsplit(':', 1)[0]}:somebody-elses-a1b2c3"
    assert not allowed(secrets.get_secret_value, SecretId=stranger)
    for machine in ("Dispatch", "Settlement"):
        arn = outputs[f"{machine}Arn"]
        assert not allowed(workflows.start_execution, stateMachineArn=arn, input="{}"), machine
    assert not allowed(workflows.describe_state_machine, stateMachineArn=outputs["OrderLifecycleArn"])
    queue = acting(function, "sqs")
    assert not allowed(queue.purge_queue, QueueUrl=outputs["NotificationsQueueUrl"])
    too_late = {"QueueUrl": outputs["NotificationsQueueUrl"], "MessageBody": "{}", "DelaySeconds": 10_000}
    assert allowed(queue.send_message, **too_late) is (function in TELLS), "refused for its delay at the most"
    people = acting(function, "iam")
    assert not allowed(people.list_roles)
    assert not allowed(people.put_role_policy, RoleName="x", PolicyName="x", PolicyDocument="{}")
    assert not allowed(acting(function, "s3").list_buckets)
    for other in roles.values():
        assert not allowed(acting(function, "sts").assume_role, RoleArn=other, RoleSessionName="test")


def test_each_function_has_a_role_of_its_own_that_only_functions_take(
    stack: dict[str, Any], roles: dict[str, str]
) -> None:
    assert len(set(roles.values())) == len(READS)
    for role in _roles(stack):
        trust = role["AssumeRolePolicyDocument"]["Statement"]
        services = [statement["Principal"]["Service"] for statement in trust]
        assert len(services) == 1, role["RoleName"]
        assert services[0] in ("lambda.amazonaws.com", "states.amazonaws.com", "scheduler.amazonaws.com")


def test_policies_name_actions_and_resources(stack: dict[str, Any]) -> None:
    """No star, but for tracing, log delivery (which know no resources) and names below a named one."""
    checked = 0
    for role in _roles(stack):
        for statement in _statements(stack, role["RoleName"]):
            checked += 1
            where = f"{role['RoleName']} {statement.get('Sid')}"
            assert statement["Effect"] == "Allow"
            assert not {"NotAction", "NotResource"} & statement.keys(), where
            actions, resources = _listed(statement["Action"]), _listed(statement["Resource"])
            assert not any("*" in action for action in actions), where
            for resource in resources:
                if resource == "*":
                    assert {action.split(":")[0] for action in actions} <= NO_RESOURCE, where
                else:
                    assert "*" not in resource.removesuffix(":*"), where
    assert checked > len(READS) * 4


def test_only_the_order_of_events_and_steps_starts_workflows(stack: dict[str, Any]) -> None:
    found = {
        name
        for name in READS
        for statement in _statements(stack, _role_name(stack, name))
        if "states:StartExecution" in _listed(statement["Action"])
    }
    assert found == STARTS


def _keys(stack: dict[str, Any], table: str) -> list[dict[str, str]]:
    """The key attributes of a table, the hash key first."""
    return list(_client(stack, "dynamodb").describe_table(TableName=table)["Table"]["KeySchema"])


def _roles(stack: dict[str, Any]) -> list[dict[str, Any]]:
    found = [
        role
        for page in _client(stack, "iam").get_paginator("list_roles").paginate()
        for role in page["Roles"]
        if role["RoleName"].startswith("daojia-")
    ]
    assert len(found) >= len(READS) + 4
    return found


def _role_name(stack: dict[str, Any], function: str) -> str:
    name = stack["outputs"][f"{function}Function"]
    configuration = _client(stack, "lambda").get_function_configuration(FunctionName=name)
    return str(configuration["Role"].rsplit("/", 1)[1])


def _statements(stack: dict[str, Any], role: str) -> Iterator[dict[str, Any]]:
    """Every statement of a role: its own policies and those it is given."""
    iam = _client(stack, "iam")
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        yield from _listed(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"])
    for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=policy["PolicyArn"])["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]
        yield from _listed(document["Statement"])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
