"""What the Makefile calls: set-up, browser and server start. Standard library only."""
