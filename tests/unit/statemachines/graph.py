"""State machines as graphs: reading the ASL files and saying what leads where."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "statemachines").glob("*.asl.yaml"))
NAMES = [path.name.removesuffix(".asl.yaml") for path in FILES]
State = dict[str, Any]


@dataclass(frozen=True)
class Scope:
    """One set of states that may lead to each other: a whole machine, or what a Map does with each item."""

    name: str
    start: str
    states: dict[str, State]
    nested: bool

    def targets(self, state: State) -> list[str]:
        """Where a state may lead."""
        places = [state.get("Next"), state.get("Default")]
        places += [choice.get("Next") for choice in state.get("Choices", [])]
        places += [catcher.get("Next") for catcher in state.get("Catch", [])]
        return [place for place in places if place is not None]

    def reachable(self) -> set[str]:
        seen, pending = set[str](), [self.start]
        while pending:
            name = pending.pop()
            if name not in seen and name in self.states:
                seen.add(name)
                pending += self.targets(self.states[name])
        return seen


@cache
def machine(name: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / "statemachines" / f"{name}.asl.yaml").read_text(encoding="utf-8"))


def scopes(name: str) -> list[Scope]:
    """The machine and everything nested in it."""
    return list(_scopes(name, machine(name), nested=False))


def _scopes(name: str, part: dict[str, Any], *, nested: bool) -> Iterator[Scope]:
    yield Scope(name, part["StartAt"], part["States"], nested)
    for state_name, state in part["States"].items():
        for inner in (state.get("ItemProcessor"), *state.get("Branches", [])):
            if inner:
                yield from _scopes(f"{name}/{state_name}", inner, nested=True)


def states(name: str) -> list[tuple[str, State]]:
    """Every state of a machine with its name, nested ones included."""
    return [each for scope in scopes(name) for each in scope.states.items()]


def tasks(name: str) -> list[tuple[str, State]]:
    return [(state_name, state) for state_name, state in states(name) if state["Type"] == "Task"]


def texts(value: Any) -> Iterator[str]:
    """Every string anywhere in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def expressions(value: Any) -> list[str]:
    """Every JSONata expression anywhere in a value, without its brackets."""
    return [text.removeprefix("{%").removesuffix("%}").strip() for text in texts(value) if "{%" in text or "%}" in text]


def substitutions(name: str) -> set[str]:
    text = (ROOT / "statemachines" / f"{name}.asl.yaml").read_text(encoding="utf-8")
    return set(re.findall(r"\$\{(\w+)\}", text))


class _Template(yaml.SafeLoader):
    """CloudFormation's short tags as what they stand for."""


def _tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    return {suffix: value}


_Template.add_multi_constructor("!", _tag)


@cache
def template() -> dict[str, Any]:
    """template.yaml's resources."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    return yaml.load(text, _Template)["Resources"]  # noqa: S506 - a safe loader with more tags


@cache
def resource_of(name: str) -> dict[str, Any]:
    """The properties of the template's state machine with this definition."""
    uri = f"statemachines/{name}.asl.yaml"
    everything = [each.get("Properties", {}) for each in template().values()]
    found = [properties for properties in everything if properties.get("DefinitionUri") == uri]
    assert len(found) == 1, f"{uri} is deployed {len(found)} times"
    return found[0]


def function_called(name: str, state: State) -> dict[str, Any] | None:
    """The properties of the template's function that a task calls; None for tasks that call something else."""
    target = str(state["Arguments"].get("FunctionName", ""))
    if not target:
        return None
    value = resource_of(name)["DefinitionSubstitutions"][target.removeprefix("${").removesuffix("}")]
    return template()[value["GetAtt"].partition(".")[0]]["Properties"]
