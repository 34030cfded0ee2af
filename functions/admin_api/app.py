"""What administrators use: log-in, orders, people, the catalogue, the log of changes."""

import admin_areas
import admin_audit
import admin_login
import admin_orders
import admin_people
import admin_services
from admin_front import api

__all__ = ["admin_areas", "admin_audit", "admin_login", "admin_orders", "admin_people", "admin_services", "handler"]

handler = api.handle
