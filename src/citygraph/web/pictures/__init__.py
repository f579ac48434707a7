"""Pictures drawn by the server: a world map of partnerships, a time line, the network around a thing.

Each is plain SVG that needs no script, with a table that holds the same and a sentence that says what is to be seen.
The same facts give the same bytes.
"""
