"""Runs the Python blocks of a page in order, as one notebook, and compares what they print with the text block below.

python run_page.py page.md url: the page's http://127.0.0.1:8000 is taken for the url. Numbers may differ in their last
digits. Says how many blocks ran. With --write, the page gets what was printed instead.
"""

import contextlib
import io
import math
import re
import sys
from pathlib import Path
from typing import Any

BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.M | re.S)
PRINTED_AT = "http://127.0.0.1:8000"


def same(printed: str, shown: str) -> bool:
    words, expected = printed.split(), shown.split()
    return len(words) == len(expected) and all(map(same_word, words, expected))


def same_word(word: str, expected: str) -> bool:
    try:
        return word == expected or math.isclose(float(word), float(expected), rel_tol=0.02, abs_tol=0.002)
    except ValueError:
        return False


def main(page: Path, url: str, write: bool) -> None:
    text, names = page.read_text(), dict[str, Any]()

    def run(block: re.Match[str]) -> str:
        code, shown = block.groups()
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code.replace(PRINTED_AT, url), page.name, "exec"), names)
        output = "\n".join(line.rstrip() for line in printed.getvalue().splitlines()) + "\n" if printed.getvalue() else ""
        if not write and not same(output, shown or ""):
            sys.exit(f"this block\n\n{code}\nprinted\n\n{output}\nand the page shows\n\n{shown}\n(--write mends it)")
        return f"```python\n{code}```\n" + (f"\n```text\n{output}```\n" if output else "")

    written, blocks = BLOCK.subn(run, text)
    if write:
        page.write_text(written)
    print(f"{blocks} blocks ran")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], "--write" in sys.argv)
