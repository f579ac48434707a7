"""Finds which thing a name means: keys of names, an index of them, and a score whose parts are shown.

Stands on the ground floor: the build writes the index, the command line and the web server ask it.
"""
