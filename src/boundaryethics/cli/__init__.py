"""The command `boundaryethics`: a skin over the library, with no thought of its own."""
