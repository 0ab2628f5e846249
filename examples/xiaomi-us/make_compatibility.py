#!/usr/bin/env python3
"""Compute compatibility.csv: how well each phone works on each network.

Reads two tables beside this file:

  phone_bands.csv    the bands that a phone has: those listed in `bands`, and every band of each
                     network that it is `sold_for`
  network_bands.csv  the bands that a network needs, with the role of each

The rule, for one phone on one network:

  none     a band with role `required` is missing, or fewer than one third of the `core` bands are there
  full     every `required` and every `core` band is there
  partial  everything in between: the phone works, with gaps in coverage

Bands with role `supplementary` do not count. Band 12 contains band 17 and band 66 contains band 4, so a
phone that has the larger one has the smaller one. `cdma` is not an LTE band; it stands in the
same column because a network that asks for it does not activate a phone without it.

Only pairs that are not full are written: a pair left out of compatibility.csv is full.

    python3 make_compatibility.py           write compatibility.csv
    python3 make_compatibility.py --check   exit 1 if the file differs from what the tables give

Needs Python 3.11 or later and nothing else.
"""

import argparse
import csv
import io
import sys
from fractions import Fraction
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
OUTPUT = FOLDER / "compatibility.csv"
ROLES = ("required", "core", "supplementary")
CONTAINED_IN = {"17": "12", "4": "66"}  # smaller band: the larger one that contains it
LEAST_CORE_SHARE = Fraction(1, 3)


def fail(where: str, what: str) -> None:
    sys.exit(f"{where}: {what}")


def read_rows(name: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows of a table in this folder; stops if a column that is needed is missing."""
    with open(FOLDER / name, encoding="utf-8", newline="") as table:
        reader = csv.DictReader(table)
        missing = [column for column in columns if column not in (reader.fieldnames or [])]
        if missing:
            fail(name, f"missing column {', '.join(missing)}")
        return list(reader)


def cells(text: str) -> set[str]:
    return {part.strip() for part in text.split(";") if part.strip()}


def read_networks() -> dict[str, dict[str, set[str]]]:
    """Bands by network and role."""
    networks: dict[str, dict[str, set[str]]] = {}
    for line, row in enumerate(read_rows("network_bands.csv", ("network", "band", "role")), start=2):
        if row["role"] not in ROLES:
            fail(f"network_bands.csv line {line}", f"role {row['role']!r}, expected one of {', '.join(ROLES)}")
        bands = networks.setdefault(row["network"], {role: set() for role in ROLES})
        bands[row["role"]].add(row["band"])
    for network, bands in networks.items():
        if not bands["core"]:
            fail("network_bands.csv", f"network {network} has no core band")
    return networks


def read_phones(networks: dict[str, dict[str, set[str]]]) -> dict[str, set[str]]:
    """Bands by phone, those of the networks that it is sold for included."""
    phones: dict[str, set[str]] = {}
    for line, row in enumerate(read_rows("phone_bands.csv", ("product", "bands", "sold_for")), start=2):
        where = f"phone_bands.csv line {line}"
        if row["product"] in phones:
            fail(where, f"{row['product']} appears twice")
        bands = cells(row["bands"])
        for network in sorted(cells(row["sold_for"])):
            if network not in networks:
                fail(where, f"unknown network {network}, expected one of {', '.join(networks)}")
            bands |= set().union(*networks[network].values())
        if not bands:
            fail(where, f"{row['product']} has neither bands nor a network that it is sold for")
        phones[row["product"]] = bands
    return phones


def check_products(phones: dict[str, set[str]]) -> None:
    """Every phone of products.csv has a row of bands, and no row is left over."""
    rows = read_rows("products.csv", ("id", "category"))
    products = {row["id"] for row in rows if row["category"] == "phones"}
    if unknown := sorted(phones.keys() - products):
        fail("phone_bands.csv", f"no phone of products.csv: {', '.join(unknown)}")
    if without := sorted(products - phones.keys()):
        fail("phone_bands.csv", f"no row for {', '.join(without)}")


def level(has: set[str], needs: dict[str, set[str]]) -> str:
    covered = has | {small for small, large in CONTAINED_IN.items() if large in has}
    if not needs["required"] <= covered:
        return "none"
    share = Fraction(len(needs["core"] & covered), len(needs["core"]))
    if share < LEAST_CORE_SHARE:
        return "none"
    return "full" if share == 1 else "partial"


def table() -> str:
    networks = read_networks()
    phones = read_phones(networks)
    check_products(phones)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["product", "network", "level"])
    for phone, has in phones.items():
        for network, needs in networks.items():
            if (found := level(has, needs)) != "full":
                writer.writerow([phone, network, found])
    return out.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description="Compute compatibility.csv from the tables of bands.")
    parser.add_argument("--check", action="store_true", help="compare with the file on disk, exit 1 if different")
    wanted = table()
    if not parser.parse_args().check:
        OUTPUT.write_bytes(wanted.encode())
        return
    found = OUTPUT.read_bytes().decode() if OUTPUT.exists() else None
    if found != wanted:
        fail(OUTPUT.name, "differs from what the bands give; run python3 make_compatibility.py")


if __name__ == "__main__":
    main()
