"""What is measured on: each task reads a data set, brings its corpora, and judges answers by the rules of its origin."""
