"""A panel of raters: how far people agree with one another, and with policies."""
