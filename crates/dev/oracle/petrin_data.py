#!/usr/bin/env python3
"""Petrin's (2002) minivans as pyblp's wheel ships them, with the columns that the example needs, as Parquet: every double keeps its bits.

    python3 -m venv venv && venv/bin/pip install pyblp==1.3.0 pandas pyarrow
    venv/bin/python crates/dev/oracle/petrin_data.py             writes examples/minivans/{products,agents}.parquet and covariances.csv
    venv/bin/python crates/dev/oracle/petrin_data.py --check     compares instead
"""
import sys
from pathlib import Path

import pandas as pd
import pyblp

FOLDER = Path(__file__).resolve().parents[3] / "examples" / "minivans"
PRODUCTS = "market_ids clustering_ids firm_ids jp eu q shares prices hpwt wt space air mpd mpg fwd mi sw su pv pgnp trend trend2".split()
AGENTS = "market_ids weights nodes0 nodes1 nodes2 nodes3 nodes4 nodes5 fv income low mid high fs age".split()


def tables():
    products = pd.read_csv(pyblp.data.PETRIN_PRODUCTS_LOCATION)
    instruments = [name for name in products.columns if "_instruments" in name]
    agents = pd.read_csv(pyblp.data.PETRIN_AGENTS_LOCATION)
    covariances = pd.read_csv(pyblp.data.PETRIN_COVARIANCES_LOCATION, index_col=0)
    return products[PRODUCTS + instruments], agents[AGENTS], covariances


def main():
    products, agents, covariances = tables()
    files = {"products.parquet": products, "agents.parquet": agents}
    if "--check" in sys.argv[1:]:
        same = all(pd.read_parquet(FOLDER / name).equals(table) for name, table in files.items())
        same = same and (pd.read_csv(FOLDER / "covariances.csv").to_numpy() == covariances.to_numpy()).all()
        sys.exit(None if same else "examples/minivans is not what the wheel has")
    FOLDER.mkdir(exist_ok=True)
    for name, table in files.items():
        table.to_parquet(FOLDER / name, index=False, compression="snappy")
    covariances.to_csv(FOLDER / "covariances.csv", index=False)


if __name__ == "__main__":
    main()
