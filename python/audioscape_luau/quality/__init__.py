"""Luau source looked at by its tokens: what of it ran, and whether tests notice when it is changed."""
