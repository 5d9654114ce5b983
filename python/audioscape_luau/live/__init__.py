"""The real API beside its specification: what it answers, and where it went elsewhere."""
