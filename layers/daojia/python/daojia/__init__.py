"""Daojia: booking services that come to the customer's home. One package per subject; `kernel` is shared by all."""
