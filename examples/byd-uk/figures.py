#!/usr/bin/env python3
"""Work out what scenario.toml takes from tables: shares, season, reach of dealers, what a battery is worth.

- Shares of sales by brand and kind of drive, from `registrations_2022.csv`. The official file has the split by make; its level
  runs above the trade's count and it lists fewer electric cars, so the electric share is the trade's
  (267,203 of 1,614,063) and the split inside electric and inside the rest is the official one.
- Season by quarter, from `quarters.csv`: each quarter over its year's mean, averaged over 2018, 2019 and 2022.
- Reach of n dealer sites: 1 - exp(-n/60), so that 100 sites reach 81 % and 150 reach 92 % of private buyers. Waves are
  independent channels, and 1 - (1 - r_1)(1 - r_2) is then exactly the reach of both together.
- Hedonic: list prices on battery size and a shift for large cars, by least squares over the
  electric cars whose price names a source (an assumed price says nothing about what features are worth).

    python3 figures.py           print everything
    python3 figures.py --check   exit 1 if scenario.toml says something else

Needs Python 3.11 or later and nothing else.
"""

import argparse
import csv
import math
import sys
import tomllib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ELECTRIC_SHARE = 267_203 / 1_614_063
SITES_SCALE = 60
YEARS = ("2018", "2019", "2022")
SITES = {"byd_sites_1": 27, "byd_sites_2": 33, "byd_sites_3": 35, "byd_spaces": 4, "mg_sites": 144}
OWN_GROUPS = {"tesla": ("model_3", "model_y")}
# Registrations of Tesla's two cars in 2022 (official file, by model).
MODELS = {"model_3": 19_085, "model_y": 35_554}


def rows(name: str) -> list[dict[str, str]]:
    with open(FOLDER / name, encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def shares() -> dict[str, float]:
    electric: dict[str, float] = {}
    rest: dict[str, float] = {}
    for row in rows("registrations_2022.csv"):
        brand, battery = row["brand"], int(row["battery_electric"])
        electric[brand] = electric.get(brand, 0) + battery
        rest[brand] = rest.get(brand, 0) + int(row["all_cars"]) - battery
    # A few old or wrongly fuelled registrations of makes that sell electric cars only.
    for brand in ("tesla", "polestar"):
        rest.pop(brand)
    all_electric, all_rest = sum(electric.values()), sum(rest.values())
    answer = {}
    for brand, count in electric.items():
        share = ELECTRIC_SHARE * count / all_electric
        if brand in OWN_GROUPS:
            total = sum(MODELS[model] for model in OWN_GROUPS[brand])
            answer |= {model: share * MODELS[model] / total for model in OWN_GROUPS[brand]}
        else:
            answer[f"{brand}_ev"] = share
    answer |= {f"{brand}_rest": (1 - ELECTRIC_SHARE) * count / all_rest for brand, count in rest.items()}
    answer = {name: round(share, 5) for name, share in answer.items()}
    largest = max(answer, key=answer.__getitem__)
    answer[largest] = round(1 - sum(share for name, share in answer.items() if name != largest), 5)
    return answer


def season() -> list[float]:
    count = {row["quarter"]: int(row["all_cars"]) for row in rows("quarters.csv")}
    mean = {year: sum(count[f"{year}q{q}"] for q in range(1, 5)) / 4 for year in YEARS}
    quarters = [sum(count[f"{year}q{q}"] / mean[year] for year in YEARS) / len(YEARS) for q in range(1, 5)]
    quarters = [round(value, 4) for value in quarters[:3]]
    quarters.append(round(4 - sum(quarters), 4))
    return [value for value in quarters for _ in range(3)]


def reach() -> dict[str, float]:
    return {name: round(1 - math.exp(-sites / SITES_SCALE), 3) for name, sites in SITES.items()}


def solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Solution of a small linear system by elimination with row exchange."""
    size = len(right)
    table = [list(row) + [value] for row, value in zip(matrix, right)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(table[row][column]))
        table[column], table[pivot] = table[pivot], table[column]
        for row in range(column + 1, size):
            factor = table[row][column] / table[column][column]
            table[row] = [a - factor * b for a, b in zip(table[row], table[column])]
    answer = [0.0] * size
    for row in reversed(range(size)):
        known = math.fsum(table[row][column] * answer[column] for column in range(row + 1, size))
        answer[row] = (table[row][size] - known) / table[row][row]
    return answer


def hedonic() -> tuple[str, float, int]:
    cars = [row for row in rows("products.csv") if row["price_source"] and float(row["battery_kwh"]) > 0]
    price = [float(car["price"]) for car in cars]
    x = [[1.0, float(car["battery_kwh"]), float(car["large"])] for car in cars]
    normal = [[math.fsum(row[a] * row[b] for row in x) for b in range(3)] for a in range(3)]
    worth = solve(normal, [math.fsum(row[a] * p for row, p in zip(x, price)) for a in range(3)])
    mean = math.fsum(price) / len(price)
    left = math.fsum((p - math.fsum(c * v for c, v in zip(worth, row))) ** 2 for row, p in zip(x, price))
    explained = 1 - left / math.fsum((p - mean) ** 2 for p in price)
    return f"{worth[1]:.4g}*battery_kwh + {worth[2]:.4g}*large + list_value", explained, len(cars)


def main() -> None:
    parser = argparse.ArgumentParser(description="Figures of scenario.toml that come from tables.")
    parser.add_argument("--check", action="store_true", help="compare with scenario.toml, exit 1 if different")
    check_only = parser.parse_args().check
    formula, explained, count = hedonic()
    wanted = {"shares": shares(), "season": season(), "reach": reach(), "hedonic": formula}
    if not check_only:
        print(f"shares (sum {sum(wanted['shares'].values()):.5f}):")
        print("values = { " + ", ".join(f"{k} = {v}" for k, v in wanted["shares"].items()) + " }")
        print("season:", wanted["season"])
        print("reach of private buyers:", wanted["reach"])
        print(f"hedonic: {formula}   ({count} cars, R² {explained:.2f})")
        return
    with open(FOLDER / "scenario.toml", "rb") as file:
        scenario = tomllib.load(file)
    private = next(row for row in scenario["segments"] if row["id"] == "private")["channels"]
    found = {
        "shares": next(row["values"] for row in scenario["calibration"] if row.get("by") == "group"),
        "season": scenario["season"]["factors"],
        "reach": {name: private[name]["value"] for name in SITES},
        "hedonic": scenario["demand"]["hedonic"],
    }
    wrong = [name for name, value in wanted.items() if found[name] != value]
    for name in wrong:
        print(f"{name}: scenario.toml has {found[name]}, the tables give {wanted[name]}", file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
