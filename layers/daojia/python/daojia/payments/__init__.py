"""Money to and from the outside: the payment channel, and paying out what providers earned."""
