#!/bin/sh
# Both lock files from pyproject.toml. They name no registry, so that every machine uses its own.
set -eu
compile="$(dirname "$0")/../.venv/bin/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header"
$compile pyproject.toml -o layers/dependencies/requirements.txt
$compile pyproject.toml --group dev -o requirements.lock
