"""`python -m importer` is `customer-payments`."""

from importer.cli import main

if __name__ == "__main__":
    main()
