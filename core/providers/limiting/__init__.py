"""Keeps what is asked of a provider within its limits, over all runs of all processes on one database.

clocks.py       the time of a run, which stands still while a request of it waits
estimates.py    how many tokens a request may use, before the server tells
refusals.py     why a request has to wait, and how long
queues.py       the requests of this process to one provider, in their order
places.py       the places of runs, given away while a request waits
limiter.py      the queues of all providers
transport.py    the place where each HTTP attempt takes a slot, and gives it back
"""
