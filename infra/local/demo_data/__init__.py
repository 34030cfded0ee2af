"""The demo world: Wuhan with its districts, 33 services, 200 providers and a dozen customers. Always the same.

`load` makes it from the TOML files beside this one, `store` writes what is missing of it into the stage's tables,
`people` tells the WeChat simulator and `stack.json` who there is.
"""

from infra.local.demo_data.storing import store
from infra.local.demo_data.world import DemoWorld, load, people

__all__ = ["DemoWorld", "load", "people", "store"]
