"""Telling people what happened: which messages an event gives rise to, how they read, how WeChat carries them."""
