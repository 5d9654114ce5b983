"""Scenes of more than one call: what a client promises beyond the answer to a single one."""
