"""`python -m mimnet` is the command `mimnet`."""

from mimnet.cli import main

main()
