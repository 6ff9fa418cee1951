"""What a page computes, without a page: its experiment on arrays and models, testable alone."""
