#!/bin/sh
# `sam validate --lint`; the SAM command line has locks of its own that fit no one else's, so it lives apart.
set -eu
venv=.local/sam
version=1.170.0
if ! "$venv/bin/sam" --version 2>/dev/null | grep -q "$version"; then
  .venv/bin/python -m uv venv --quiet --clear "$venv"
  .venv/bin/python -m uv pip install --quiet --python "$venv/bin/python" "aws-sam-cli==$version"
fi
SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none \
  "$venv/bin/sam" validate --lint --template template.yaml --region us-east-1
