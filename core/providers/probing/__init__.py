"""Finds out what a server really does, by asking one of its models a handful of tiny questions."""
