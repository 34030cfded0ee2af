"""The resolver the routes of this function hang on."""

from daojia.platform.http import Api
from daojia.platform.tokens import CallerRole

api = Api(roles=(CallerRole.ADMINISTRATOR,), open_to_all=("/v1/admin/auth/",))
