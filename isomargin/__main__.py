"""Makes `python -m isomargin` the same as the command `isomargin`."""

from isomargin.cli import main

main()
