"""What every entry point needs: logs and metrics, signed links, idempotent commands, tokens, the shape of the API."""
