"""Copies of other people's packages."""
