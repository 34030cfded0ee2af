"""Everything that is begun from outside. To cover a new use case, add a line to one of the lists."""

from tests.crash.scenarios_api import API
from tests.crash.scenarios_behind import REST
from tests.crash.scenarios_chat import CHAT

SCENARIOS = [*CHAT, *API, *REST]
