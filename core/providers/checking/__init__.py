"""Checks providers over the network, says in a sentence what was found, and keeps what it learned."""
