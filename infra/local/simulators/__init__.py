"""Strict stand-ins for the services the platform talks to, each a small program of its own.

What they share: a state file (`storage`), a log of what came in and went out (`journal`), switches for misbehaviour
(`faults`), control endpoints (`controls`) and the command line (`program`).
"""
