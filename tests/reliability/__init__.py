"""Bugs that systems of this kind have shipped, and where each of them is tried here.

Every test of this folder carries the number and the name of its bug; `test_table.py` holds the
list of all of them, with those that stand beside the code they are about.
"""
