"""What customers and the mini-program use: log-in, catalogue, addresses, orders, and the API's own description."""

import customer_addresses
import customer_catalogue
import customer_docs
import customer_login
import customer_me
import customer_orders
import customer_phone
from customer_front import api

__all__ = [
    "customer_addresses",
    "customer_catalogue",
    "customer_docs",
    "customer_login",
    "customer_me",
    "customer_orders",
    "customer_phone",
    "handler",
]

handler = api.handle
