#!/usr/bin/env python3
"""Fit what features are worth: US list prices on performance and screen size, by least squares.

Uses the phones of products.csv whose price names a source (a price that was assumed says nothing about
what features are worth). The fit has a constant and a shift for Apple, so that the price of the brand is not
taken for the price of its features; both are dropped afterwards, because the scenario solves brand appeal
from market shares. What is left is `hedonic` in scenario.toml, in USD.

    python3 fit_hedonic.py           print the fit
    python3 fit_hedonic.py --check   exit 1 if scenario.toml says something else

Needs Python 3.11 or later and nothing else.
"""

import argparse
import csv
import math
import sys
import tomllib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
FEATURES = ("performance", "screen_in")
SHIFTED_BRAND = "apple"


def sourced_phones() -> list[dict[str, str]]:
    with open(FOLDER / "products.csv", encoding="utf-8", newline="") as table:
        return [row for row in csv.DictReader(table) if row["category"] == "phones" and row["price_source"]]


def solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Solution of a square linear system, by elimination with row exchange."""
    size = len(right)
    rows = [list(row) + [value] for row, value in zip(matrix, right)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for row in range(column + 1, size):
            factor = rows[row][column] / rows[column][column]
            rows[row] = [a - factor * b for a, b in zip(rows[row], rows[column])]
    answer = [0.0] * size
    for row in reversed(range(size)):
        known = math.fsum(rows[row][column] * answer[column] for column in range(row + 1, size))
        answer[row] = (rows[row][size] - known) / rows[row][row]
    return answer


def least_squares(regressors: list[list[float]], outcome: list[float]) -> list[float]:
    size = len(regressors[0])
    normal = [[math.fsum(x[a] * x[b] for x in regressors) for b in range(size)] for a in range(size)]
    moments = [math.fsum(x[a] * y for x, y in zip(regressors, outcome)) for a in range(size)]
    return solve(normal, moments)


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit list prices on features.")
    parser.add_argument("--check", action="store_true", help="compare with scenario.toml, exit 1 if different")
    check_only = parser.parse_args().check

    phones = sourced_phones()
    prices = [float(phone["price"]) for phone in phones]
    regressors = [
        [1.0, float(phone["brand"] == SHIFTED_BRAND), *(float(phone[feature]) for feature in FEATURES)]
        for phone in phones
    ]
    constant, shift, *worth = least_squares(regressors, prices)
    hedonic = " + ".join(f"{value:.4g}*{feature}" for value, feature in zip(worth, FEATURES))

    if check_only:
        with open(FOLDER / "scenario.toml", "rb") as file:
            found = tomllib.load(file)["demand"]["hedonic"]
        if found != hedonic:
            sys.exit(f"scenario.toml: demand.hedonic is {found!r}, the fit gives {hedonic!r}")
        return

    fitted = [math.fsum(c * x for c, x in zip((constant, shift, *worth), row)) for row in regressors]
    mean = math.fsum(prices) / len(prices)
    unexplained = math.fsum((p - f) ** 2 for p, f in zip(prices, fitted)) / math.fsum((p - mean) ** 2 for p in prices)
    print(f"hedonic = \"{hedonic}\"   ({len(phones)} phones, R² {1 - unexplained:.2f})")
    print(f"dropped: constant {constant:.0f}, {SHIFTED_BRAND} {shift:+.0f}")
    for phone, price, fit in zip(phones, prices, fitted):
        print(f"{phone['id']:16} price {price:7.2f}  fitted {fit:7.2f}  difference {price - fit:+8.2f}")


if __name__ == "__main__":
    main()
