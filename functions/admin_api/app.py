"""What administrators use: log-in, orders, people."""

import admin_login
import admin_orders
import admin_people
from admin_front import api

__all__ = ["admin_login", "admin_orders", "admin_people", "handler"]

handler = api.handle
