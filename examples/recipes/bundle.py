"""Run the `boundaryethics` command from a bundle, without installing Python."""

from boundaryethics.__main__ import main

if __name__ == "__main__":
    main()
