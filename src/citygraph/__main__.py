"""Run the command line by ``python -m citygraph``."""

from citygraph.cli import main

main()
