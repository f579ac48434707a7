"""Compares what we state with what Wikidata states, three ways, and writes what one side may learn from the other."""
