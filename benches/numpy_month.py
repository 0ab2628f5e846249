#!/usr/bin/env python3
"""One month of the consumer model in plain vectorised NumPy on one thread: the yardstick for the engine's benches.

    python3 -m venv npvenv && npvenv/bin/pip install numpy      (Python 3.11 or newer; any recent NumPy)
    npvenv/bin/python benches/numpy_month.py [--repeats N]      times it; prints one JSON object
    npvenv/bin/python benches/numpy_month.py --fixture crates/engine/tests/fixtures/hand/fixture.json
                                                                 checks this code against the hand fixture to 1e-12

It is what a good NumPy user would write: arrays over (type, known, brand, network, financed, age), no loop over types or
states, sums over brands as matrix products, everything that stays frozen computed once. A month here is: group sums of the offers,
purchases, ageing, churn, awareness, trust, units by offer. It does not compute source of volume, consumer surplus or flows
between brands.

The input, to be built alike elsewhere (all indices from 0, angles in radians):

    96 types i, 6 brands f (5 is the entrant), 14 products j, 4 networks c, 5 channels k, 70 offers o = 5 j + k, ages a = 0..48
    brand of j       j mod 6
    channels         0..3 are the shops of networks 0..3; 4 is retail. Every product is offered in every channel.
    networks         instalments (24, 30, 36, 0), leaving cost (0.9, 0.8, 1.0, 0.5), upgrade cost (1.0, 0.6, 0.8, 1.0),
                     churn (0.010, 0.012, 0.014, 0.016)
    weight_i         1/96
    alpha_i          0.004 (1 + 0.5 sin(i + 1))
    price_j          400 + 250 sin(3 j + 1), the same in all channels, and p^eff is the price (consumer's rate 0)
    quality_ij       1 + 0.004 price_j + 0.5 sin(i) cos(2 j)
    taste_if         0.8 cos(5 i + 3 f)
    eta_k            0.3 cos(k)
    h(j, c)          -0.6 where (j + c) mod 5 = 0, else 0
    reach_ik         false where (3 i + 5 k) mod 7 = 0, else true
    psi0_i           3.2 + 0.3 cos(i);  psi_b = 0.05 b;  lambda_b = 0.8 + 0.1 b
    scalars          omega 1, theta (nest) 0.6, upsilon 1, psi1 0.03, kappa 2, season 1.1 every month, no non-owners, no lapse
    awareness        carry over 0.7, scale 1e7, exponent 0.8, response 0.2 + 0.1 sin(i), word of mouth 0.4, social exposure 0.05,
                     accessory effect 0.5, forgetting 0.02; every month: spend 8e6, social 0.3, satisfaction 0.9, accessories 0.01 per user
    trust            -0.5 in month 1, persistence 0.9, accessory effect 1
    baseline (B0)    the same without the entrant's offers, trust 0
    initial mass     per type proportional to (1 + 0.5 sin(i + b + 2 c + 3 fin + 0.1 a)) exp(-0.03 a) x A x F, then summing to 1 in each type:
                     A = 0.7 (not known), 0.3 (known) for b < 5; 0 (not known), 0.05 (known) for b = 5
                     F = 1 (fin 0), 0.5 (fin 1 and a < instalments), 0 (fin 1 and a >= instalments)

The checksum is from the first three months: units sold per user in each, the entrant's units and awareness in the third, and the
mean age at the end of the third, all weighted by type.
"""
import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_name] = "1"  # before NumPy is loaded: it reads them once

import argparse
import json
import math
import statistics
import sys
import time
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

FIXTURE_TOLERANCE = 1e-12
BENCH_MONTHS = 3


@dataclass
class GroupSums:
    """Sums of e^V over offers. `e_own` [i, c, o], `e_shop` [i, o] in the context of a consumer who comes from elsewhere."""
    e_own: np.ndarray
    e_shop: np.ndarray
    cash: np.ndarray  # [i, c, f] offers that lead to one's own network and are not financed
    financed: np.ndarray  # [i, c, f] the own network's shops where they give instalments
    shop: np.ndarray  # [i, c', f] the shops of c' for somebody who is on another network


def prepare(x):
    """Adds what never changes: masks, one-hot tables, loyalty, debts still owed, e^V0."""
    x.brand_of_offer = x.brand_of_product[x.offer_product]
    offer_shop = x.shop_of_channel[x.offer_channel]  # -1: not a network's shop
    x.in_shop = offer_shop[None, :] == np.arange(len(x.instalments))[:, None]  # [c, o]
    x.offer_shop = np.where(offer_shop < 0, 0, offer_shop)
    x.leads_own = x.in_shop | (offer_shop < 0)[None, :]
    x.is_financed = (offer_shop >= 0) & (x.instalments[x.offer_shop] > 0)
    x.brand_onehot = np.eye(x.brands)[x.brand_of_offer]
    x.entrant = x.brands - 1
    x.loyal = np.exp(np.eye(x.owned, x.brands) * np.append(x.loyalty, 0.0)[: x.owned, None])  # [b, f]
    knows = np.ones((2, x.brands))
    knows[0, x.entrant] = 0.0
    x.loyal_known = x.loyal[None] * knows[:, None]  # [K, b, f]
    ages = np.arange(x.ages)
    x.owed = np.maximum(0.0, 1.0 - ages / np.maximum(x.instalments, 1)[:, None]) * (x.instalments > 0)[:, None]  # [c, a]
    base = group_sums(x, x.baseline_price, x.baseline_open, 0.0)
    b0 = (base.cash + base.financed) @ x.loyal.T  # [i, c, b]
    x.ev0 = np.exp(x.psi0[:, None, None, None] + x.keep_offset[:, None, None]
                   + (x.timing * x.nest * np.log(b0)).transpose(0, 2, 1)[..., None]
                   - x.ageing * ages * (np.arange(x.owned) < x.brands)[:, None, None])  # [i, b, c, a]
    return x


def group_sums(x, effective_price, is_open, trust):
    """Utilities of all offers for all types, and their sums by brand: [eq:utility], [eq:crowding]."""
    available = is_open & x.reach[:, x.offer_channel]  # [i, o]
    weight = np.exp(x.channel_taste)
    grid = np.zeros((len(x.weight), len(x.brand_of_product), len(weight)))
    grid[:, x.offer_product, x.offer_channel] = available * weight[x.offer_channel]

    def log_effective_number(mask):  # mask [c, k] -> [i, c, j]
        inside = grid[:, None] * mask[:, None, :]
        best = inside.max(axis=-1)
        return np.log(inside.sum(axis=-1) / np.where(best > 0, best, 1.0), where=best > 0, out=np.zeros_like(best))

    networks = np.arange(len(x.instalments))[:, None]
    shops = x.shop_of_channel == networks
    crowd_own = log_effective_number(shops | (x.shop_of_channel < 0))[:, :, x.offer_product]  # [i, c, o]
    crowd_shop = log_effective_number(shops)[:, x.offer_shop, x.offer_product]  # [i, o]
    v = (x.quality[:, x.offer_product] - x.alpha[:, None] * effective_price + x.taste[:, x.brand_of_offer]
         + x.channel_taste[x.offer_channel] + trust * (x.brand_of_offer == x.entrant))
    h = x.compatibility[x.offer_product]  # [o, c]
    e_own = np.exp(v[:, None, :] + h.T - x.crowding * crowd_own) * (available[:, None, :] & x.leads_own)
    e_shop = np.exp(v + h[np.arange(len(h)), x.offer_shop] - x.crowding * crowd_shop) * (available & x.in_shop.any(axis=0))
    return GroupSums(e_own, e_shop, (e_own * ~x.is_financed) @ x.brand_onehot, (e_own * x.is_financed) @ x.brand_onehot,
                     (e_shop[:, None, :] * x.in_shop) @ x.brand_onehot)


def update_financed_price(x, s, prices, pbar):
    """Choice-weighted mean price of the brand's financed offers at c; as it was where there are none. [i, f, c]"""
    money = (s.e_own * x.is_financed * prices[x.offer_product]) @ x.brand_onehot
    there = s.financed > 0
    return np.where(there, money / np.where(there, s.financed, 1.0), pbar.transpose(0, 2, 1)).transpose(0, 2, 1)


def month(x, mass, s, pbar, season, law_month, adstock):
    """Purchases, ageing, lapse, churn, awareness. Returns new masses [i, K, b, c, fin, a], units by offer, owners, awareness."""
    # Buying value: three classes of groups (own network and cash, own network and financed, leaving) differ in what a debt costs.
    leave = np.exp(-x.switching_cost) * (s.shop.sum(axis=1, keepdims=True) - s.shop)  # [i, c, f], from c to all c' != c
    cash, financed, away = (np.einsum("kbf,icf->ikbc", x.loyal_known, sums, optimize=True)[..., None]
                            for sums in (s.cash, s.financed, leave))
    price = np.zeros((len(x.weight), x.owned, len(x.instalments)))
    price[:, : x.brands] = pbar
    debt = x.alpha[:, None, None, None] * price[..., None] * x.owed  # [i, b, c, a]
    keep_upgrade = np.exp(-debt * x.upgrade_cost[:, None])[:, None]
    keep_leave = np.exp(-debt * x.leaving_cost[:, None])[:, None]
    value = np.empty_like(mass)
    value[..., 0, :] = cash + financed + away
    value[..., 1, :] = cash + financed * keep_upgrade + away * keep_leave

    buying = season * value ** x.nest
    buyers = mass * (buying / (buying + x.ev0[:, None, :, :, None, :]))
    mass = mass - buyers
    per_value = np.divide(buyers, value, out=buyers, where=value > 0)

    # Where they go: buyers per unit of value, times loyalty, times the group's sum.
    sources = (per_value.sum(axis=(4, 5)),
               per_value[..., 0, :].sum(axis=-1) + (per_value[..., 1, :] * keep_upgrade).sum(axis=-1),
               per_value[..., 0, :].sum(axis=-1) + (per_value[..., 1, :] * keep_leave).sum(axis=-1))
    to_cash, to_financed, to_away = (np.einsum("ikbc,kbf->ikcf", source, x.loyal_known, optimize=True) for source in sources)
    arrive = np.exp(-x.switching_cost) * (to_away.sum(axis=2, keepdims=True) - to_away)  # at c', from all c != c'
    bought_cash, bought_financed, bought_away = to_cash * s.cash[:, None], to_financed * s.financed[:, None], arrive * s.shop[:, None]
    gives = (x.instalments > 0)[:, None]
    bought = np.stack((bought_cash + bought_away * ~gives, bought_financed + bought_away * gives), axis=-1)  # [i, K, c, f, fin]
    bought[:, 1, :, x.entrant] += bought[:, 0, :, x.entrant]
    bought[:, 0, :, x.entrant] = 0.0

    # Units by offer: a group's buyers divide by e^V.
    at_own = np.where(x.is_financed, to_financed.sum(axis=1)[:, :, x.brand_of_offer], to_cash.sum(axis=1)[:, :, x.brand_of_offer])
    at_shop = arrive.sum(axis=1)[:, x.offer_shop, x.brand_of_offer]
    units = x.weight @ ((at_own * s.e_own).sum(axis=1) + at_shop * s.e_shop)

    # Ageing (the last age absorbs), then the buyers at age 0.
    aged = np.empty_like(mass)
    aged[..., 1:] = mass[..., :-1]
    aged[..., -1] += mass[..., -1]
    aged[..., 0] = 0.0
    if x.owned > x.brands:  # those who own nothing have no age
        aged[:, :, x.brands:] = mass[:, :, x.brands:]
    aged[:, :, : x.brands, :, :, 0] += bought.transpose(0, 1, 3, 2, 4)
    if x.owned > x.brands:
        lapsing = x.lapse * aged[:, :, : x.brands]
        aged[:, :, : x.brands] -= lapsing
        aged[:, :, x.brands, :, 0, 0] += lapsing.sum(axis=(2, 4, 5))

    # Churn, to where this month's shops sold.
    at_shops = x.in_shop @ units
    share = np.tile(at_shops, (len(at_shops), 1))
    np.fill_diagonal(share, 0.0)
    share[share.sum(axis=1) == 0] = 1.0
    np.fill_diagonal(share, 0.0)
    share *= (x.churn / share.sum(axis=1))[:, None]
    moved = np.einsum("ikbca,cd->ikbda", aged.sum(axis=4), share, optimize=True)
    aged *= (1.0 - x.churn)[:, None, None]
    aged[..., 0, :] += moved

    # Awareness on the masses after churn.
    owners = x.weight @ aged[:, :, x.entrant].sum(axis=(1, 2, 3, 4))
    law = x.awareness
    rate = (law.response * (adstock / law.scale) ** law.exponent + law.word_of_mouth * owners * law_month.satisfaction
            + law.social_exposure * law_month.social + law.accessory_effect * law_month.accessories)
    forgetting = np.where(np.arange(x.owned) == x.entrant, 0.0, law.forgetting)[:, None, None, None]
    learns = aged[:, 0] * -np.expm1(-rate)[:, None, None, None, None] - aged[:, 1] * forgetting
    aged[:, 0] -= learns
    aged[:, 1] += learns
    return aged, units, owners, x.weight @ aged[:, 1].sum(axis=(1, 2, 3, 4))


def bench_inputs():
    """The deterministic market of the module's docstring, and its initial masses."""
    i, f, j, c, k = (np.arange(n) for n in (96, 6, 14, 4, 5))
    o = np.arange(70)
    price = 400 + 250 * np.sin(3 * j + 1)
    x = SimpleNamespace(
        brands=6, owned=6, ages=49, brand_of_product=j % 6, shop_of_channel=np.array([0, 1, 2, 3, -1]),
        offer_product=o // 5, offer_channel=o % 5, instalments=np.array([24, 30, 36, 0]), leaving_cost=np.array([0.9, 0.8, 1.0, 0.5]),
        upgrade_cost=np.array([1.0, 0.6, 0.8, 1.0]), churn=np.array([0.010, 0.012, 0.014, 0.016]), weight=np.full(96, 1 / 96),
        alpha=0.004 * (1 + 0.5 * np.sin(i + 1)), price=price, quality=1 + 0.004 * price + 0.5 * np.sin(i[:, None]) * np.cos(2 * j),
        taste=0.8 * np.cos(5 * i[:, None] + 3 * f), channel_taste=0.3 * np.cos(k),
        compatibility=np.where((j[:, None] + c) % 5 == 0, -0.6, 0.0), reach=(3 * i[:, None] + 5 * k) % 7 != 0,
        psi0=3.2 + 0.3 * np.cos(i), keep_offset=0.05 * f, loyalty=0.8 + 0.1 * f, crowding=1.0, nest=0.6, timing=1.0, ageing=0.03,
        switching_cost=2.0, lapse=0.0, baseline_price=price[o // 5][None, :], baseline_open=(o // 5) % 6 != 5,
        awareness=SimpleNamespace(carry_over=0.7, scale=1e7, exponent=0.8, response=0.2 + 0.1 * np.sin(i), word_of_mouth=0.4,
                                  social_exposure=0.05, accessory_effect=0.5, forgetting=0.02),
        trust=SimpleNamespace(initial=-0.5, persistence=0.9, accessory_effect=1.0))
    month_inputs = SimpleNamespace(season=1.1, price=price, effective_price=price[o // 5][None, :], open=np.ones(70, bool), spend=8e6,
                                   social=0.3, satisfaction=0.9, accessories=0.01)
    i, known, b, c, fin, a = np.ix_(np.arange(96), np.arange(2), f, c, np.arange(2), np.arange(49))
    aware = np.where(b < 5, np.where(known, 0.3, 0.7), np.where(known, 0.05, 0.0))
    debts = np.where(fin == 0, 1.0, np.where(a < x.instalments[c], 0.5, 0.0))
    mass = (1 + 0.5 * np.sin(i + b + 2 * c + 3 * fin + 0.1 * a)) * np.exp(-0.03 * a) * aware * debts
    return prepare(x), mass / mass.sum(axis=(1, 2, 3, 4, 5), keepdims=True), [month_inputs]


def fixture_inputs(case):
    """One case of the hand fixture in the same form."""
    n = case["inputs"]

    def array(values):
        return np.array(values, dtype=float)

    offers, networks, monthly = np.array(n["offers"]), n["networks"], n["monthly"]
    has_none = n["has_none"]
    x = SimpleNamespace(
        brands=len(n["brands"]), owned=len(n["brands"]) + has_none, ages=n["oldest_age"] + 1, brand_of_product=np.array(n["product_brand"]),
        shop_of_channel=np.array([-1 if k["network"] is None else k["network"] for k in n["channels"]]), offer_product=offers[:, 0],
        offer_channel=offers[:, 1], instalments=np.array(networks["instalments"]), leaving_cost=array(networks["leaving_cost"]),
        upgrade_cost=array(networks["upgrade_cost"]), churn=array(networks["churn"]), weight=array(n["weight"]),
        alpha=array(n["price_coefficient"]), quality=array(n["quality"]), taste=array(n["taste"]), channel_taste=array(n["channel_taste"]),
        compatibility=array([[-np.inf if h is None else h for h in row] for row in n["compatibility"]]), reach=np.array(n["reach"]),
        psi0=array(n["keep_intercept"]), keep_offset=array(n["keep_offset"] + [n["keep_offset_none"]] * has_none),
        loyalty=array(n["loyalty"]), crowding=n["crowding"], nest=n["nest"], timing=n["timing"], ageing=n["ageing"],
        switching_cost=n["switching_cost"], lapse=n["lapse"], baseline_price=array(n["baseline"]["effective_price"]),
        baseline_open=np.array(n["baseline"]["open"]), trust=SimpleNamespace(**n["trust"]),
        awareness=SimpleNamespace(**{k: array(v) for k, v in n["awareness"].items()}))
    months = [SimpleNamespace(season=monthly["season"][t], price=array(monthly["price"][t]), open=np.array(monthly["open"][t]),
                              effective_price=array(monthly["effective_price"][t]), spend=monthly["spend"][t], social=monthly["social"][t],
                              satisfaction=monthly["satisfaction"][t], accessories=monthly["accessory_units_per_user"][t])
              for t in range(n["months"])]
    return prepare(x), array(n["initial_masses"]), months


def path(x, mass, months, count):
    """`count` months (the last entry of `months` repeats); yields what each one gave and the seconds of its two parts."""
    pbar, adstock, trust = np.zeros((len(x.weight), x.brands, len(x.instalments))), 0.0, x.trust.initial
    for t in range(count):
        now = months[min(t, len(months) - 1)]
        start = time.perf_counter()
        s = group_sums(x, now.effective_price, now.open, trust)
        middle = time.perf_counter()
        pbar = update_financed_price(x, s, now.price, pbar)
        adstock = (1 - x.awareness.carry_over) * now.spend + x.awareness.carry_over * adstock
        mass, units, owners, aware = month(x, mass, s, pbar, now.season, now, adstock)
        end = time.perf_counter()
        trust = x.trust.persistence * trust + x.trust.accessory_effect * now.accessories
        yield SimpleNamespace(mass=mass, units=units, owners=owners, awareness=aware, pbar=pbar, utilities_s=middle - start, consumers_s=end - middle)


def check_fixture(file_name):
    """Compares every case of the hand fixture with this code; returns the largest difference (infinite for a NaN)."""
    with open(file_name, encoding="utf-8") as file:
        cases = json.load(file)["cases"]
    worst = 0.0
    for case in cases:
        x, mass, months = fixture_inputs(case)
        for got, wanted in zip(path(x, mass, months, len(months)), case["expected"]["months"], strict=True):
            for found, expected in ((got.mass, wanted["masses"]), (got.units, wanted["units_by_offer"]), (got.awareness, wanted["awareness"]),
                                    (got.owners, wanted["entrant_owners"]), (got.pbar / 1000, np.array(wanted["mean_financed_price"]) / 1000)):
                difference = float(np.abs(found - np.array(expected)).max())
                worst = max(worst, math.inf if math.isnan(difference) else difference)
    return worst


def bench(repeats):
    x, mass, months = bench_inputs()
    results = list(path(x, mass, months, BENCH_MONTHS + repeats))
    first, timed = results[:BENCH_MONTHS], results[BENCH_MONTHS:]
    third = first[-1]
    return {
        "numpy": np.__version__, "types": 96, "offers": 70, "states_per_type": int(np.prod(mass.shape[1:])), "repeats": repeats,
        "median_seconds_per_month": statistics.median(r.utilities_s + r.consumers_s for r in timed),
        "median_seconds_utilities": statistics.median(r.utilities_s for r in timed),
        "median_seconds_consumers": statistics.median(r.consumers_s for r in timed),
        "checksum": {
            "units_per_user": [float(r.units.sum()) for r in first],
            "entrant_units_month_3": float(third.units[x.brand_of_offer == x.entrant].sum()),
            "awareness_month_3": float(third.awareness),
            "mean_age_month_3": float(x.weight @ (third.mass * np.arange(x.ages)).sum(axis=(1, 2, 3, 4, 5))),
            "mass": float(x.weight @ third.mass.sum(axis=(1, 2, 3, 4, 5)))}}


def main():
    parser = argparse.ArgumentParser(description="One month of the consumer model in NumPy, on one thread.")
    parser.add_argument("--repeats", type=int, default=60, help="months timed after the first three (default 60)")
    parser.add_argument("--fixture", help="check against the hand fixture instead of timing")
    arguments = parser.parse_args()
    if arguments.repeats < 1:
        parser.error("--repeats must be 1 or more")
    if arguments.fixture:
        worst = check_fixture(arguments.fixture)
        print(json.dumps({"largest_difference": worst, "tolerance": FIXTURE_TOLERANCE}))
        sys.exit(worst > FIXTURE_TOLERANCE)
    print(json.dumps(bench(arguments.repeats), indent=1))


if __name__ == "__main__":
    main()
