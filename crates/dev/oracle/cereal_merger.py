#!/usr/bin/env python3
"""Merger of cereal firms 2 and 1 as pyblp computes it: the fixture of tests and benches, and pyblp's own time.

    python3 -m venv blpvenv && blpvenv/bin/pip install pyblp==1.3.0 pandas        (Python 3.11 or newer)
    blpvenv/bin/python crates/dev/oracle/cereal_merger.py            writes crates/engine/tests/fixtures/cereal/
    blpvenv/bin/python crates/dev/oracle/cereal_merger.py --check    compares instead, to 1e-9
    blpvenv/bin/python crates/dev/oracle/cereal_merger.py --time 5   one JSON object: CPU seconds of compute_prices, fastest of 5
    … --solve                                                        estimates the parameters below again first (a minute)

The problem is the random-coefficients problem of pyblp's tutorial on the data in its wheel (Nevo 2000, simulated cereal
markets): four random coefficients, four demographics, product fixed effects absorbed, one-step GMM by BFGS. The
parameters below are where that search ends. `delta`, costs, merger prices and shares are pyblp's.

    products.csv    a row per market and product: price, characteristics, delta, firm, cost, price and share after the merger
    agents.csv      a row per market and consumer: weight and coefficients on the constant, price, sugar and mushy
"""
import argparse
import csv
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyblp

FOLDER = Path(__file__).resolve().parents[2] / "engine" / "tests" / "fixtures" / "cereal"
SIGMA = np.diag([0.5580935626158141, 3.3124888542842092, -0.005783551754569961, 0.09341446979397644])
PI = np.array([
    [2.2919714608683033, 0.0, 1.2844320138157823, 0.0],
    [588.3250893070262, -30.192012769285423, 0.0, 11.054628070702076],
    [-0.38495407314956, 0.0, 0.05223427048564367, 0.0],
    [0.7483722995829536, 0.0, -1.3533932310525816, 0.0],
])
START_SIGMA = np.diag([0.3302, 2.4526, 0.0163, 0.2441])
START_PI = np.array([[5.4819, 0, 0.2037, 0], [15.8935, -1.2, 0, 2.6342], [-0.2506, 0, 0.0511, 0], [1.265, 0, -0.8091, 0]])
# The reference's iteration and ours both end far below this.
TOLERANCE = 1e-9
DEMOGRAPHICS = ["income", "income_squared", "age", "child"]


def problem():
    products = pd.read_csv(pyblp.data.NEVO_PRODUCTS_LOCATION)
    agents = pd.read_csv(pyblp.data.NEVO_AGENTS_LOCATION)
    formulations = (pyblp.Formulation("0 + prices", absorb="C(product_ids)"), pyblp.Formulation("1 + prices + sugar + mushy"))
    demographics = pyblp.Formulation("0 + " + " + ".join(DEMOGRAPHICS))
    return products, agents, pyblp.Problem(formulations, products, demographics, agents)


def results(solver, solve):
    if solve:
        search = pyblp.Optimization("bfgs", {"gtol": 1e-5})
        return solver.solve(START_SIGMA, START_PI, optimization=search, method="1s")
    return solver.solve(SIGMA, PI, optimization=pyblp.Optimization("return"), method="1s")


def tables(products, agents, solved):
    costs = solved.compute_costs()
    merged = products["firm_ids"].replace(2, 1)
    prices = solved.compute_prices(firm_ids=merged, costs=costs)
    shares = solved.compute_shares(prices)
    price_coefficient = float(solved.beta[0, 0])
    rows = pd.DataFrame({
        "market": products["market_ids"], "product": products["product_ids"], "firm": products["firm_ids"],
        "price": products["prices"], "share": products["shares"], "sugar": products["sugar"], "mushy": products["mushy"],
        "delta": solved.delta.ravel(), "cost": costs.ravel(), "price_after": prices.ravel(), "share_after": shares.ravel(),
    })
    nodes = agents[[f"nodes{k}" for k in range(4)]].to_numpy()
    taste = nodes @ solved.sigma.T + agents[DEMOGRAPHICS].to_numpy() @ solved.pi.T
    taste[:, 1] += price_coefficient
    people = pd.DataFrame(taste, columns=["constant", "price", "sugar", "mushy"])
    people.insert(0, "market", agents["market_ids"])
    people.insert(1, "weight", agents["weights"])
    rows["delta"] -= price_coefficient * rows["price"]
    return {"products.csv": rows.rename(columns={"delta": "delta_without_price"}), "agents.csv": people}


def text(table):
    lines = [",".join(table.columns)]
    for row in table.itertuples(index=False):
        lines.append(",".join(str(value) if isinstance(value, (str, int, np.integer)) else repr(float(value)) for value in row))
    return "\n".join(lines) + "\n"


def compare(name, table):
    with open(FOLDER / name, newline="") as file:
        kept = list(csv.reader(file))
    new = [line.split(",") for line in text(table).splitlines()]
    if kept[0] != new[0] or len(kept) != len(new):
        return [f"{name}: other columns or rows"]
    wrong = []
    for number, (old, row) in enumerate(zip(kept[1:], new[1:]), start=2):
        for column, before, after in zip(kept[0], old, row):
            if before == after:
                continue
            try:
                far = abs(float(before) - float(after)) > TOLERANCE * max(1.0, abs(float(before)))
            except ValueError:
                far = True
            if far:
                wrong.append(f"{name}:{number}: {column} {before}, now {after}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--solve", action="store_true")
    parser.add_argument("--time", type=int, metavar="N")
    chosen = parser.parse_args()
    pyblp.options.verbose = False
    products, agents, solver = problem()
    solved = results(solver, chosen.solve)
    if chosen.time:
        costs = solved.compute_costs()
        merged = products["firm_ids"].replace(2, 1)
        seconds = []
        for _ in range(chosen.time):
            before = time.process_time()
            solved.compute_prices(firm_ids=merged, costs=costs)
            seconds.append(time.process_time() - before)
        print(json.dumps({"cpu_seconds": min(seconds), "pyblp": pyblp.__version__, "numpy": np.__version__}))
        return 0
    made = tables(products, agents, solved)
    if chosen.check:
        wrong = [line for name, table in made.items() for line in compare(name, table)]
        print("\n".join(wrong[:20]) or "as kept")
        return 1 if wrong else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, table in made.items():
        (FOLDER / name).write_text(text(table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
