"""The program: write the files of the corpus, or read stories back.

    python -m data.tales               writes tales.txt, tales_more.txt.xz and both tales*.json
    python -m data.tales --check 50    reads 50 stories (and 25 of tales_more) back
    python -m data.tales --story 7     shows story 7 choice by choice
"""

import argparse
import sys

from data.tales.files import check, dense, write_files


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="data.tales", description="Write the corpus, or check what is written."
    )
    parser.add_argument("--check", type=int, metavar="N", help="read N stories back, write nothing")
    options = parser.parse_args(arguments)
    if options.check is None:
        write_files()
        return
    try:
        found = check(options.check)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    print(dense(found), end="")
    sys.exit(1 if found["mismatches"] else 0)


if __name__ == "__main__":
    main()
