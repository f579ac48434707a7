"""The build: files in, a release out. Each stage is a function; none writes outside the folder it is given."""
