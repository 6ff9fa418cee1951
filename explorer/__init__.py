"""Latent-space explorer: autoencoders, their data, their measurements and the pages that show them."""
