#!/usr/bin/env python3
"""Companies' share of electric cars in the calibrated market, to compare with the fact (66.7 % in 2022).

No target speaks of it, so it is worked out from the solved parameters: many made-up buyers of each segment, each with a price
coefficient, tastes for brands and channels within reach; their brands in the long run under loyalty; what they then buy.

    beachhead calibrate examples/byd-uk --json | python3 examples/byd-uk/company_share.py

Needs Python 3.11 or later and nothing else.
"""

import csv
import json
import math
import random
import sys
import tomllib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
BUYERS = 1500
MONTHS = 60
MONTHLY = {"private": 68_209, "company": 66_296}    # registrations a month, 2022


def main() -> None:
    solved = {row["name"]: row["value"] for row in json.load(sys.stdin)["parameters"]}
    with open(FOLDER / "scenario.toml", "rb") as file:
        scenario = tomllib.load(file)
    with open(FOLDER / "products.csv", encoding="utf-8", newline="") as table:
        cars = [row for row in csv.DictReader(table) if row["brand"] not in scenario["scenario"]["entrants"]]
    group_of = {
        car: group
        for group, members in scenario["demand"]["groups"].items()
        for car in ([members] if isinstance(members, str) else members)
    }
    kwh_worth, large_worth = (float(term.split("*")[0]) for term in scenario["demand"]["hedonic"].split(" + ")[:2])
    mean_alpha = solved["price coefficient"]
    brands = sorted({car["brand"] for car in cars})
    loyalty = {brand: solved.get(f"loyalty to {brand}", solved["loyalty to byd"]) for brand in brands}
    stream = random.Random(1)
    electric = {}
    for segment in scenario["segments"]:
        sensitivity = segment.get("price_sensitivity", {"value": 1.0})["value"]
        spread = segment["price_spread"]["value"]
        bought = 0.0
        for _ in range(BUYERS):
            alpha = mean_alpha * sensitivity * math.exp(spread * stream.gauss(0, 1) - spread**2 / 2)
            taste = {brand: stream.gauss(0, 1) for brand in brands}
            reached = {channel: stream.random() < share["value"] for channel, share in segment["channels"].items()}
            value = dict.fromkeys(brands, 0.0)
            battery = dict.fromkeys(brands, 0.0)
            for car in cars:
                if not reached[car["channels"]]:
                    continue
                kwh = float(car["battery_kwh"])
                worth = kwh_worth * kwh + large_worth * float(car["large"]) + float(car["list_value"])
                attraction = math.exp(
                    mean_alpha * sensitivity * worth
                    - alpha * float(car["price"])
                    + solved.get(f"intercept of group {group_of[car['id']]}", 0.0)
                    + taste[car["brand"]]
                )
                value[car["brand"]] += attraction
                battery[car["brand"]] += attraction if kwh > 0 else 0.0
            owns = dict.fromkeys(brands, 1 / len(brands))
            for _ in range(MONTHS):
                owns_next = dict.fromkeys(brands, 0.0)
                for owned, mass in owns.items():
                    pull = {b: value[b] * (math.exp(loyalty[b]) if b == owned else 1) for b in brands}
                    total = sum(pull.values()) or 1.0
                    for brand in brands:
                        owns_next[brand] += mass * pull[brand] / total
                owns = owns_next
            bought += sum(owns[b] * battery[b] / value[b] for b in brands if value[b] > 0) / BUYERS
        electric[segment["id"]] = bought
    total = sum(electric[segment] * MONTHLY[segment] for segment in MONTHLY)
    for segment, share in electric.items():
        print(f"{segment}: {share:.1%} of their new cars are electric")
    print(f"electric share of all {total / sum(MONTHLY.values()):.1%}, companies' share of it "
          f"{electric['company'] * MONTHLY['company'] / total:.1%}")


if __name__ == "__main__":
    main()
