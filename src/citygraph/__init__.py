"""citygraph: the knowledge graph of city partnerships, and the publisher that puts it on the web as linked data."""

from importlib.metadata import version

__version__ = version("citygraph")

__all__ = ["__version__"]
