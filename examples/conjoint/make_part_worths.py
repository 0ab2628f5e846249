#!/usr/bin/env python3
"""Make the part-worths of this example: a made-up study of 120 made-up respondents, for illustration only.

Each respondent has a worth for each level, drawn around the mean of the segment, and made zero-centred by attribute, as programs for
conjoint studies export them. A few like a higher price better, as in every real study.

    python3 make_part_worths.py           write part_worths.csv
    python3 make_part_worths.py --check   exit 1 if part_worths.csv says something else

Needs Python 3.11 or later and nothing else.
"""

import argparse
import csv
import io
import random
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
SEED = 20240301
RESPONDENTS = {"readers": 72, "occasional": 48}
SPREAD = 0.7
PRICE_SPREAD = 0.25
# Mean worth of each level by segment: readers, occasional.
LEVELS = {
    "brand:alder": (0.9, 0.7),
    "brand:birch": (0.2, 0.3),
    "brand:cedar": (-0.6, -0.8),
    "screen:six": (-0.9, 0.1),
    "screen:seven": (0.5, 0.2),
    "screen:eight": (0.4, -0.3),
    "battery:weeks_2": (-0.5, -0.2),
    "battery:weeks_4": (0.1, 0.0),
    "battery:weeks_8": (0.4, 0.2),
    "waterproof:no": (-0.5, -0.3),
    "waterproof:yes": (0.5, 0.3),
    "price:79": (1.1, 1.9),
    "price:109": (0.7, 0.9),
    "price:139": (0.2, 0.1),
    "price:179": (-0.6, -1.0),
    "price:219": (-1.4, -1.9),
}
NONE = (-1.2, 0.6)
DIGITS = 4


def respondent(stream: random.Random, segment: int) -> dict[str, float]:
    worth = {
        level: means[segment] + stream.gauss(0, PRICE_SPREAD if level.startswith("price:") else SPREAD)
        for level, means in LEVELS.items()
    }
    for attribute in {level.split(":")[0] for level in LEVELS}:
        own = [level for level in LEVELS if level.startswith(attribute + ":")]
        mean = sum(worth[level] for level in own) / len(own)
        for level in own:
            worth[level] = round(worth[level] - mean, DIGITS)
    worth["none"] = round(NONE[segment] + stream.gauss(0, SPREAD), DIGITS)
    return worth


def table() -> str:
    stream = random.Random(SEED)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["respondent", "segment", "weight", *LEVELS, "none"])
    number = 0
    for segment, (name, count) in enumerate(RESPONDENTS.items()):
        for _ in range(count):
            number += 1
            weight = round(stream.uniform(0.6, 1.4), 2)
            worth = respondent(stream, segment)
            writer.writerow([f"r{number:03}", name, weight, *(worth[level] for level in LEVELS), worth["none"]])
    return out.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the part-worths of this example.")
    parser.add_argument("--check", action="store_true", help="compare with part_worths.csv, exit 1 if different")
    check_only = parser.parse_args().check
    path = FOLDER / "part_worths.csv"
    text = table()
    if not check_only:
        path.write_text(text, encoding="utf-8")
    elif path.read_text(encoding="utf-8") != text:
        sys.exit("part_worths.csv is not what make_part_worths.py makes")


if __name__ == "__main__":
    main()
