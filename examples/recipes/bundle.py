"""Run the `boundaryethics` command from a bundle that needs no Python."""

from boundaryethics.cli.main import main

if __name__ == "__main__":
    main()
