"""Keeps releases by a stated policy, and lists them."""
