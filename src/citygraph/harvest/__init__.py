"""Reads a catalogue as portals' harvesters do, and says what they would refuse or miss."""
