"""Kept until the last import is gone."""
