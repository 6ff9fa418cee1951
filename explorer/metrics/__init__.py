"""What is measured, numpy in and out: one file a topic, imported by name (`from explorer.metrics import
probes`).

reconstruction    errors between images, PSNR, SSIM, cross-entropy
principal         principal components: the linear autoencoder that a trained one is compared with
latent            Kullback-Leibler divergence per dimension, active units
neighbours        exact nearest codes, in chunks
probes            k-nearest-neighbour accuracy on codes
disentanglement   mutual information gap, the factor that a latent follows
shrinkage         the linear denoiser: a Wiener filter on principal components
denoising         median filter, non-local means, PCA shrinkage, and their tuning

Nothing is imported here, so that a page which needs one topic does not pay for the libraries of the others.
"""
