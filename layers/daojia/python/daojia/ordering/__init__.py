"""An order from placing to closing: states, verbs, storage, use cases."""
