"""Training and evaluation: makes what `pretrained/` holds. Imports the library, never the other way."""
