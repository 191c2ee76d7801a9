"""``python -m harness``: the command line, without its console script."""

from harness.cli.main import main

if __name__ == "__main__":
    main()
