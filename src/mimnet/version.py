"""The version, in the one place from which packaging, the command and saved files read it."""

__version__ = "0.1.0"
