"""Where on the map: what people write of a place, a map service that knows roads and doors, what is served there."""
