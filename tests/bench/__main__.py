"""`make bench`: measure, draw, write `.local/bench.json`. Exit code 1 when a figure is outside its limit.

`--show-misses` prints what of the held-out corpora is heard wrongly: to be read at a release, never to be learned from.
"""

import sys

from rich.console import Console
from rich.table import Table

from infra.build import ROOT
from infra.local.programs import write_json
from tests.bench import understanding

BAR = 40


def main() -> int:
    console = Console()
    console.print("Understanding: accuracy on our own corpus, speed, import …")
    measured = understanding.measure()
    classes = Table("class", "right, %", "")
    for name, percent in measured["classes"].items():
        classes.add_row(name, f"{percent:.1f}", "█" * round(percent / 100 * BAR))
    console.print(classes)
    confused = Table("held out: wanted → heard", "times")
    for name, times in measured["confused"]:
        confused.add_row(name, str(times))
    console.print(confused)
    figures = Table("figure", "measured", "limit")
    for name, value in measured["figures"].items():
        limit = measured["limits"].get(name)
        figures.add_row(name, f"{value:g}", "" if limit is None else f"{limit:g}")
    console.print(figures)
    if "--show-misses" in sys.argv[1:]:
        for miss in measured["misses"]:
            console.print(miss, markup=False, highlight=False, soft_wrap=True)
    write_json(ROOT / ".local" / "bench.json", {name: measured[name] for name in ("ok", "figures", "limits")})
    return 0 if measured["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
