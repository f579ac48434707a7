"""Network research: the partnerships of a release as a graph in the sense of graph theory, measured and handed on."""
