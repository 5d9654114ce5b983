"""The phases of a check: each makes cases out of the specification."""
