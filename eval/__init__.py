"""Measure retrieval over code and memory: data sets, systems, measures, runs, reports.

A task has corpora, a corpus has cases; every system of a run answers every case, and what it got is one line of its run
file. `cases.py` has these values, `tasks/` reads data sets and judges answers, `systems/` has what is measured.
"""
