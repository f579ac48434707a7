"""Checks a running site from outside, as its clients see it, and says what to mend."""
