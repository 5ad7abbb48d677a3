"""`python -m bootstrap` is the same as the installed command."""

from bootstrap.cli import main

if __name__ == "__main__":
    main()
