"""The web: reads a release and changes nothing. One blueprint per module."""
