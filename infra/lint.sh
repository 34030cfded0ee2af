#!/bin/sh
# Every static check; each says what it found, and all run even if one fails.
set -u
cd "$(dirname "$0")/.."
bin=.venv/bin
failed=0
check() {
  name=$1
  shift
  if "$@" >.local/lint.log 2>&1; then
    printf '  ✓ %s\n' "$name"
  else
    printf '  ✗ %s\n' "$name"
    cat .local/lint.log
    failed=1
  fi
}
mkdir -p .local
check "ruff: style and common mistakes" $bin/ruff check .
check "ruff: format" $bin/ruff format --check .
check "pyright: types" $bin/pyright
check "import-linter: arrows between subjects" $bin/lint-imports --no-cache
check "cfn-lint: template" $bin/cfn-lint template.yaml
check "sam validate" sh infra/sam_validate.sh
exit $failed
