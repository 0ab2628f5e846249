"""Designs of formulas as the reference makes them: labels, sums and first rows of columns, derivatives by the price.

    python crates/dev/oracle/estimate_formulas.py [--check]

writes crates/workbench/tests/estimate/formulas.json, or compares with it. Pins: Python 3.11, pyblp 1.3.0 (PyPI, MIT), numpy as pip
resolves it for that. Tables are those of the reference's wheel, which examples/cereal and examples/automobiles carry too.
"""
import json
import math
import pathlib
import sys

import numpy as np
import pandas as pd
import pyblp

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parents[1] / "workbench" / "tests" / "estimate" / "formulas.json"

CEREAL = pyblp.data.NEVO_PRODUCTS_LOCATION
AUTOMOBILES = pyblp.data.BLP_PRODUCTS_LOCATION

# table, formula, whether fixed effects are absorbed beside it
CASES = [
    ("cereal", "0 + prices", True),
    ("cereal", "1 + prices + sugar + mushy", False),
    ("cereal", "prices*sugar - sugar", False),
    ("cereal", "0 + (prices + sugar + mushy)**2", False),
    ("cereal", "prices / sugar", False),
    ("cereal", "0 + I(prices**2) + log(prices):sugar + exp(prices)", False),
    ("cereal", "C(mushy)", False),
    ("cereal", "0 + C(mushy) + C(quarter)", False),
    ("cereal", "C(mushy):C(quarter)", False),
    ("cereal", "C(mushy) + C(quarter):C(mushy)", False),
    ("cereal", "prices + C(mushy):prices", False),
    ("cereal", "0 + C(mushy):prices", False),
    ("cereal", "prices + C(mushy)", True),
    ("cereal", "C(firm_ids)*sugar", False),
    ("automobiles", "1 + hpwt + air + mpd + space", False),
    ("automobiles", "1 + log(hpwt) + air + log(mpg) + log(space) + trend", False),
    ("automobiles", "0 + region + I(1 / prices)", False),
    ("automobiles", "region*prices", False),
    ("automobiles", "0 + region:air:prices", False),
    ("automobiles", "I((prices - 1)**2 / (1 + hpwt)) + I(-prices * 2)", False),
    ("automobiles", "I(prices**0.5) + I(2**prices / 1e6) + I(prices**hpwt)", False),
    ("automobiles", "region + C(air) + region:C(air)", False),
]


def case(tables, table, text, absorbs):
    data = tables[table]
    absorb = "C(market_ids)" if absorbs else None
    formulation = pyblp.Formulation(text, absorb=absorb)
    matrix, columns, underlying = formulation._build_matrix(data)
    derivatives = []
    for column in columns:
        derivative = column.evaluate_derivative("prices", underlying) if underlying else np.zeros(1)
        derivatives.append(math.fsum(np.broadcast_to(np.asarray(derivative, float), (len(data),))))
    return {
        "table": table,
        "formula": text,
        "absorbs": absorbs,
        "labels": [str(column) for column in columns],
        "sums": [math.fsum(column) for column in matrix.T],
        "last": matrix[-1].tolist(),
        "derivatives": derivatives,
    }


def main():
    tables = {"cereal": pd.read_csv(CEREAL), "automobiles": pd.read_csv(AUTOMOBILES)}
    document = {
        "made_by": "crates/dev/oracle/estimate_formulas.py",
        "pyblp": pyblp.__version__,
        "cases": [case(tables, *each) for each in CASES],
    }
    text = json.dumps(document, indent=1) + "\n"
    if "--check" in sys.argv:
        if OUT.read_text() != text:
            sys.exit(f"{OUT.name} is not what this script makes")
        print(f"{OUT.name} is what this script makes")
    else:
        OUT.parent.mkdir(parents=True, exist_ok=True)
        OUT.write_text(text)
        print(f"wrote {OUT.name}")


main()
