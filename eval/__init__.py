"""Measure retrieval: datasets, measures, runs."""
