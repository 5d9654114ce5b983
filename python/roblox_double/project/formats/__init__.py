"""The formats of model and place files, and of the values in them."""
