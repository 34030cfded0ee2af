"""Building and deploying: the same steps for AWS and for the local stack.

The tree that is packaged is a copy without caches, so that the same sources always give the same artifacts and a
deployment replaces only what changed.
"""

import compileall
import hashlib
import json
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml

ROOT: Final = Path(__file__).resolve().parent.parent
LOCK: Final = ROOT / "layers" / "dependencies" / "requirements.txt"
PARTS: Final = ("functions", "statemachines", "layers/daojia")
LONG_AGO: Final = 1_600_000_000
AWS_PYTHON_VERSION: Final = (3, 13)
AWS_PYTHON: Final = ("--python-version", "3.13", "--python-platform", "aarch64-manylinux2014", "--only-binary", ":all:")
_IN_LAMBDA: Final = ("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3")
"""Lambda's own runtime brings these, kept up to date by AWS."""


class BuildError(Exception):
    """A step failed; the message says which, why, and what to do."""


def run(command: list[str], *, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> str:
    """The output of a program; BuildError with the end of what it printed when it fails."""
    environment = {**os.environ, **(env or {})}
    done = subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-25:])
        raise BuildError(f"`{' '.join(command[:4])} …` failed:\n{said}")
    return done.stdout


def aws(*arguments: str, env: Mapping[str, str] | None = None) -> str:
    """The AWS command line of this environment."""
    return run([sys.executable, "-m", "awscli", *arguments], env=env)


def dependencies(cache: Path, *, for_aws: bool) -> Path:
    """The dependency layer's folder, installed from the lock; built once per lock and platform."""
    digest = hashlib.sha256(LOCK.read_bytes() + json.dumps(_IN_LAMBDA).encode()).hexdigest()[:16]
    name = f"{'aws' if for_aws else f'py{sys.version_info.major}{sys.version_info.minor}'}-{digest}"
    folder = cache / name
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=cache))
    wanted = building / "requirements.txt"
    wanted.write_text(_without(LOCK.read_text(encoding="utf-8"), _IN_LAMBDA), encoding="utf-8")
    where = AWS_PYTHON if for_aws else ("--python", sys.executable)
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    run([*command, "--target", str(building / "python"), *where, "-r", str(wanted)])
    for waste in ("tests", "__pycache__", "bin"):
        for path in list((building / "python").rglob(waste)):
            shutil.rmtree(path, ignore_errors=True)
    wanted.unlink()
    _precompile(building, for_aws=for_aws)
    building.chmod(0o755)
    building.replace(folder)
    return folder


def _without(lock: str, names: tuple[str, ...]) -> str:
    """A lock file without some packages: an entry begins at the margin, its hashes are indented."""
    kept: list[str] = []
    keep = True
    for line in lock.splitlines():
        if line and not line[0].isspace() and not line.startswith("#"):
            keep = line.split("==")[0].strip() not in names
        if keep:
            kept.append(line)
    return "\n".join(kept) + "\n"


def _precompile(folder: Path, *, for_aws: bool) -> None:
    """Byte code beside the sources, valid whatever their dates: a function's first start is seconds shorter.

    Only for the Python that runs this: for AWS when that is the template's Python, always for the local stack.
    """
    if for_aws and sys.version_info[:2] != AWS_PYTHON_VERSION:
        return
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(folder, quiet=2, stripdir=str(folder), invalidation_mode=mode, workers=2)


def stage_tree(target: Path, layer: Path, *, for_aws: bool) -> Path:
    """Copy what is deployed to `target`, without caches, the dependency layer linked in; the template's path."""
    shutil.rmtree(target, ignore_errors=True)
    for part in PARTS:
        shutil.copytree(ROOT / part, target / part, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    shutil.copytree(layer, target / "layers" / "dependencies", copy_function=os.link)
    shutil.copy2(ROOT / "template.yaml", target / "template.yaml")
    _json_workflows(target)
    _precompile(target / "functions", for_aws=for_aws)
    _precompile(target / "layers" / "daojia", for_aws=for_aws)
    for path in target.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))  # archives of the same files are the same to the byte
    return target / "template.yaml"


def _json_workflows(target: Path) -> None:
    """State machines are written in YAML and shipped as JSON, which every tool reads."""
    for path in (target / "statemachines").glob("*.asl.yaml"):
        definition = yaml.safe_load(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(definition, ensure_ascii=False), encoding="utf-8")


def fingerprint(parameters: Mapping[str, str]) -> str:
    """A hash of everything a deployment depends on."""
    digest = hashlib.sha256(json.dumps(dict(sorted(parameters.items()))).encode())
    files = [ROOT / "template.yaml", LOCK]
    for part in PARTS:
        files += [path for path in (ROOT / part).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    for path in sorted(files):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def deploy(
    template: Path, *, stack: str, bucket: str, parameters: Mapping[str, str], env: Mapping[str, str] | None = None
) -> None:
    """Package the staged tree and deploy it with CloudFormation; an unchanged stack is left alone."""
    packaged = template.parent / "packaged.yaml"
    aws(
        *("cloudformation", "package", "--template-file", str(template), "--s3-bucket", bucket),
        *("--output-template-file", str(packaged)),
        env=env,
    )
    overrides = [f"{name}={value}" for name, value in parameters.items()]
    aws(
        *("cloudformation", "deploy", "--template-file", str(packaged), "--stack-name", stack, "--s3-bucket", bucket),
        *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "--no-fail-on-empty-changeset"),
        *(("--parameter-overrides", *overrides) if overrides else ()),
        env=env,
    )
