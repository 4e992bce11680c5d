"""The program: write the files of the corpus, or read stories back.

    python -m data.tales               writes tales.txt, tales_more.txt.xz and both tales*.json
    python -m data.tales --check 50    reads 50 stories (and 25 of tales_more) back
    python -m data.tales --story 7     shows story 7 choice by choice, as a table of Markdown
"""

import argparse
import sys

from data.tales.apart import table
from data.tales.files import SEED, STORIES, check, dense, tell, write_files


def read_back(parser, count):
    """Print how many stories were read and do not agree; exit 1 where one does not."""
    try:
        found = check(count)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    print(dense(found), end="")
    sys.exit(1 if found["mismatches"] else 0)


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="data.tales", description="Write the corpus, or check what is written."
    )
    parser.add_argument("--check", type=int, metavar="N", help="read N stories back, write nothing")
    parser.add_argument("--story", type=int, metavar="N", help="show a story, write nothing")
    options = parser.parse_args(arguments)
    if options.story is not None:
        if not 0 <= options.story < STORIES:
            parser.error(f"there is no story {options.story}, only 0 to {STORIES - 1}")
        print(table(tell(SEED, options.story + 1)[-1]))
    elif options.check is None:
        write_files()
    else:
        read_back(parser, options.check)


if __name__ == "__main__":
    main()
