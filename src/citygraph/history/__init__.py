"""What changed from release to release: written once at publishing, read by feeds, tombstones and event streams."""
