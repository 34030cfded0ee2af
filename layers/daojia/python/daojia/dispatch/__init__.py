"""Finding the provider: who is asked, in which order and why; who takes the order."""
