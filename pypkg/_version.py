"""The version of pypkg: below every module that tells it."""

__version__ = "0.1.0"
