"""Published figures that a card's own number is compared with, each with its source."""

from __future__ import annotations

from training.measure import Measurement

#: model id -> metric name -> the published figure
PUBLISHED: dict[str, dict[str, Measurement]] = {
    "mnist-conv-ae": {
        "published_squared_error": Measurement(
            3.00,
            "per image",
            "lower",
            "published: Hinton & Salakhutdinov, Science 313 (2006): fully connected 784-1000-500-250-30, "
            "trained on all 60,000 images",
            "test split, 10,000 images",
        )
    }
}
