"""A logit problem of many rows, to see what reading and estimating it takes.

    python benches/many_rows.py FOLDER [MARKETS]          100,000 markets of 100 products if not said; needs numpy
    /usr/bin/time -v beachhead estimate FOLDER

Utility is -6 - 2 price + x + ξ, prices answer ξ, one cost shifter and one irrelevant column are instruments.
"""
import pathlib
import sys

import numpy as np

PRODUCTS, AT_A_TIME = 100, 1000
HEAD = "market_ids,product_ids,firm_ids,shares,prices,x,unused,demand_instruments0,demand_instruments1\n"
PROBLEM = 'format = 1\nname = "many-rows"\n\n[products]\ntable = "products.csv"\n\n[formulas]\nlinear = "1 + prices + x"\n'


def main():
    folder = pathlib.Path(sys.argv[1])
    markets = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "problem.toml").write_text(PROBLEM)
    rng = np.random.default_rng(1)
    with open(folder / "products.csv", "w") as table:
        table.write(HEAD)
        for first in range(0, markets, AT_A_TIME):
            many = min(AT_A_TIME, markets - first)
            rows = many * PRODUCTS
            market = np.repeat(np.arange(first, first + many), PRODUCTS)
            product = np.tile(np.arange(PRODUCTS), many)
            x, shifter, irrelevant = rng.uniform(size=(3, rows))
            xi = rng.normal(0, 0.3, rows)
            price = 1 + shifter + 0.3 * xi + 0.2 * x
            odds = np.exp(-6 - 2 * price + x + xi)
            share = odds / (1 + np.add.reduceat(odds, np.arange(0, rows, PRODUCTS)).repeat(PRODUCTS))
            columns = np.c_[market, product, product // 20, share, price, x, shifter, shifter, irrelevant]
            np.savetxt(table, columns, fmt="%d,%d,%d,%.9g,%.8g,%.8g,%.8g,%.8g,%.8g")


main()
