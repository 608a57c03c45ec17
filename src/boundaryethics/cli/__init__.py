"""The command `boundaryethics`: a thin wrapper around the library."""
