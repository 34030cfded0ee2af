"""The resolver the routes of this function hang on."""

from daojia.platform.http import Api
from daojia.platform.tokens import CallerRole

OPEN = ("/v1/auth/", "/v1/catalogue", "/v1/services", "/v1/providers/", "/v1/openapi.json", "/v1/docs")

# Providers order as customers do; which role a token carries only matters where a provider works.
api = Api(roles=(CallerRole.CUSTOMER, CallerRole.PROVIDER), open_to_all=OPEN)
