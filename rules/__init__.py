"""The shipped policies, as files."""
