"""Unit tests need no AWS: the master secret is given."""

from daojia.kernel.secrets import provide

provide("MASTER_SECRET_ARN", "unit-test-master-secret")
