"""When people are free: a provider's day as one integer."""
