"""Bringing in the history of another system: a log of events becomes requests.

mapping.py   what the words of that system mean here (pure)
rows.py      one row of the file, checked (pure)
replay.py    the events of one case, put into our workflow (pure)
staging.py   the checked rows, in temporary tables
people.py    persons and customers of the log, found or made
storing.py   requests and events, by COPY
run.py       the whole import, in one transaction
"""
