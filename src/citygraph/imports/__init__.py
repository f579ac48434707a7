"""Takes in what others publish and keeps it under ``data/imported``, with licence, date and checksum."""
