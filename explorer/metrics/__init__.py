"""What is measured, numpy in and out: one file a topic, imported by name (`from explorer.metrics import
probes`).

reconstruction    errors between images, PSNR, SSIM, cross-entropy
principal         principal components: the linear autoencoder that a trained one is compared with
subspaces         angles between linear subspaces: how near a decoder comes to principal components
sparsity          how few units are at work at a time, how rough their pictures are
latent            Kullback-Leibler divergence per dimension, active units
information       mutual information of image and code under the aggregate posterior
likelihood        -log p(x) of binary images by importance sampling
neighbours        exact nearest codes, in chunks
anomaly           ROC curve and the area under it, of scores of normal images and anomalies
probes            accuracy of nearest neighbours and of a linear classifier on codes
contraction       how far codes move when images move by a pixel
disentanglement   mutual information gap, the factor that a latent follows
shrinkage         the linear denoiser: a Wiener filter on principal components
denoising         median filter, non-local means, PCA shrinkage, and their tuning

Nothing is imported here, so that a page which needs one topic does not pay for the libraries of the others.
"""
