"""Logs and metrics: one JSON line per fact, business ids as keys, nothing personal."""

from typing import Final

from aws_lambda_powertools import Logger, Metrics

SERVICE: Final = "daojia"
NAMESPACE: Final = "Daojia"

logger: Final = Logger(service=SERVICE)
metrics: Final = Metrics(service=SERVICE, namespace=NAMESPACE)
