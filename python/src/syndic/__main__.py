"""`python -m syndic` is the program itself."""

import os
import sys

from ._binary import binary

if __name__ == "__main__":
    program = binary()
    os.execv(program, [program, *sys.argv[1:]])
