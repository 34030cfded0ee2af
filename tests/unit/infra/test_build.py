"""What is deployed: complete, the same every time, and of what Lambda brings nothing twice."""

import os
import subprocess
import sys
from pathlib import Path

import botocore
import pytest

from infra import build

CACHE = build.ROOT / ".local" / "cache"
FUNCTIONS = sorted(path.name for path in (build.ROOT / "functions").iterdir() if (path / "app.py").exists())
IN_LAMBDA = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")
ENVIRONMENT = {
    "AWS_REGION": "us-east-1",
    "POWERTOOLS_SERVICE_NAME": "daojia",
    "POWERTOOLS_METRICS_NAMESPACE": "Daojia",
    "PATH": os.environ["PATH"],
}


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("staged") / "build"
    build.stage_tree(target, build.dependencies(CACHE, for_aws=False), for_aws=False)
    return target


@pytest.fixture(scope="module")
def lambda_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Lambda's own runtime brings, and nothing else of this environment."""
    folder, installed = tmp_path_factory.mktemp("lambda"), Path(botocore.__file__).parent.parent
    for name in IN_LAMBDA:
        (folder / name).symlink_to(installed / name)
    return folder


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_starts_with_nothing_but_its_code_its_layers_and_lambdas_packages(
    function: str, staged: Path, lambda_packages: Path
) -> None:
    paths = [
        staged / "functions" / function,
        staged / "layers" / "daojia" / "python",
        staged / "layers" / "dependencies" / "python",
        lambda_packages,
    ]
    program = f"import sys; sys.path[:0] = {[str(path) for path in paths]}; import app; assert callable(app.handler)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_staging_the_same_sources_twice_gives_the_same_bytes_and_dates(staged: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    build.stage_tree(again, build.dependencies(CACHE, for_aws=False), for_aws=False)
    assert _inventory(staged / "functions") == _inventory(again / "functions")
    assert _inventory(staged / "layers" / "daojia") == _inventory(again / "layers" / "daojia")


def _inventory(folder: Path) -> list[tuple[str, float, bytes]]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(str(path.relative_to(folder)), path.stat().st_mtime, path.read_bytes()) for path in files]


def test_a_fingerprint_changes_with_a_parameter_and_only_then() -> None:
    assert build.fingerprint({"A": "1", "B": "2"}) == build.fingerprint({"B": "2", "A": "1"})
    assert build.fingerprint({"A": "1"}) != build.fingerprint({"A": "2"})


def test_packages_of_lambda_are_left_out_of_the_layer_with_their_hashes() -> None:
    kept = "h3==4.5 \\\n    --hash=sha256:cc\n"
    lock = "boto3==1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n    # via daojia\n" + kept
    assert build._without(lock, ("boto3",)) == kept


def test_a_failing_program_says_which_and_why() -> None:
    with pytest.raises(build.BuildError, match="no such option"):
        build.run([sys.executable, "-c", "import sys; sys.exit('no such option')"])
