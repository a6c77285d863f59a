"""`python -m zoo.cli`, where the `zoo` command is not on the path."""

from zoo.cli import main

main()
