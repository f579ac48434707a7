"""Measurements: ratios of two sides in one run on one machine, never a time by itself."""
