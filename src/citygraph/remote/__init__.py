"""A release in a SPARQL 1.1 server elsewhere: asked by the site, and filled by ``citygraph publish``."""
