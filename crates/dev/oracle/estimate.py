#!/usr/bin/env python3
"""What pyblp estimates on its two public data sets: the fixture of the tests of estimation.

    python3 -m venv blpvenv && blpvenv/bin/pip install -r crates/dev/oracle/requirements.txt        (Python 3.11 or newer)
    blpvenv/bin/python crates/dev/oracle/estimate.py            writes crates/engine/tests/fixtures/estimate/oracle.json
    blpvenv/bin/python crates/dev/oracle/estimate.py --check    compares instead, to 1e-7
    … --check --quick                                           some quick cases alone, as ./test does
    … --only NAME …                                             some cases alone (with --check), searches left out without --searches
    … --searches                                                searches again too (some minutes); otherwise their numbers are kept
    … --time cereal | automobiles | objective | objective_supply   one JSON object: CPU seconds and peak memory of one such task

Every case is a problem on the data in pyblp's wheel (cereal: Nevo 2000, simulated; automobiles: Berry, Levinsohn & Pakes 1995). Cases whose
name ends in `_at_start` evaluate objective, gradient, linear parameters and standard errors at given parameters; others search.
"""
import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy as np
import pandas as pd
import pyblp

pyblp.options.verbose = False
FIXTURE = Path(__file__).resolve().parents[2] / "engine" / "tests" / "fixtures" / "estimate" / "oracle.json"
TOLERANCE = 1e-7
# The part of the largest number of a list below which a number counts as that part: what cancels keeps the rounding of what it came from.
SMALL = 1e-2
QUICK = ["logit_two_step", "logit_clustered", "logit_characteristics", "cereal_at_start", "ownership"]
SIGMA = np.diag([0.3302, 2.4526, 0.0163, 0.2441])
PI = np.array([[5.4819, 0, 0.2037, 0], [15.8935, -1.2, 0, 2.6342], [-0.2506, 0, 0.0511, 0], [1.265, 0, -0.8091, 0]])
DEMOGRAPHICS = "0 + income + income_squared + age + child"
STOP = pyblp.Optimization("return")
AUTOMOBILES = (np.diag([3.612, 0, 4.628, 1.818, 1.050, 2.056]), np.c_[[0, -43.501, 0, 0, 0, 0]])


def cereal(**columns):
    products = pd.read_csv(pyblp.data.NEVO_PRODUCTS_LOCATION)
    for name, column in columns.items():
        products[name] = column(products) if callable(column) else column
    return products


def people():
    return pd.read_csv(pyblp.data.NEVO_AGENTS_LOCATION)


def tastes(products=None, agents=None, kinds=None, x2="1 + prices + sugar + mushy"):
    x1, x2 = pyblp.Formulation("0 + prices", absorb="C(product_ids)"), pyblp.Formulation(x2)
    products = cereal() if products is None else products
    agents = people() if agents is None else agents
    return pyblp.Problem((x1, x2), products, pyblp.Formulation(DEMOGRAPHICS), agents, rc_types=kinds)


def automobiles(**options):
    products = pd.read_csv(pyblp.data.BLP_PRODUCTS_LOCATION)
    agents = pd.read_csv(pyblp.data.BLP_AGENTS_LOCATION)
    formulations = (
        pyblp.Formulation("1 + hpwt + air + mpd + space"),
        pyblp.Formulation("1 + prices + hpwt + air + mpd + space"),
        pyblp.Formulation("1 + log(hpwt) + air + log(mpg) + log(space) + trend"),
    )
    return pyblp.Problem(formulations, products, pyblp.Formulation("0 + I(1 / income)"), agents, **{"costs_type": "log", **options})


def price_in_both():
    """Automobiles with the price in the linear part too and linear costs: a linear parameter that is searched over."""
    products = pd.read_csv(pyblp.data.BLP_PRODUCTS_LOCATION)
    agents = pd.read_csv(pyblp.data.BLP_AGENTS_LOCATION)
    formulations = (
        pyblp.Formulation("1 + prices + hpwt + air + mpd + space"),
        pyblp.Formulation("1 + prices + hpwt"),
        pyblp.Formulation("1 + hpwt + air + mpg + space + trend"),
    )
    return pyblp.Problem(formulations, products, pyblp.Formulation("0 + I(1 / income)"), agents)


def mushy_count(products):
    nests = products[["market_ids", "mushy", "shares"]].rename(columns={"mushy": "nesting_ids"})
    return nests.groupby(["market_ids", "nesting_ids"])["shares"].transform("size")


def nested_automobiles():
    """Automobiles with nests by region, a random coefficient and supply."""
    products = pd.read_csv(pyblp.data.BLP_PRODUCTS_LOCATION)
    agents = pd.read_csv(pyblp.data.BLP_AGENTS_LOCATION)
    products["nesting_ids"] = products["region"]
    formulations = (
        pyblp.Formulation("1 + hpwt + air + mpd + space"),
        pyblp.Formulation("1 + prices + hpwt"),
        pyblp.Formulation("1 + log(hpwt) + air + log(mpg) + log(space) + trend"),
    )
    return pyblp.Problem(formulations, products, pyblp.Formulation("0 + I(1 / income)"), agents, costs_type="log")


def logit(formulation="0 + prices", absorb="C(product_ids)", columns=None, **options):
    problem = pyblp.Problem(pyblp.Formulation(formulation, absorb=absorb), cereal(**(columns or {})))
    return problem.solve(**options)


def nested(nests, rho=0.7, **options):
    columns = {"nesting_ids": nests, "demand_instruments20": lambda p: p.groupby(["market_ids", "nesting_ids"])["shares"].transform("size")}
    return pyblp.Problem(pyblp.Formulation("0 + prices"), cereal(**columns)).solve(rho=rho, **options)


def rcnl(rho, **options):
    products = cereal(nesting_ids=lambda p: p["mushy"], demand_instruments20=mushy_count)
    formulations = (pyblp.Formulation("1 + prices + sugar"), pyblp.Formulation("1 + prices + sugar + mushy"))
    problem = pyblp.Problem(formulations, products, pyblp.Formulation(DEMOGRAPHICS), people())
    return problem.solve(SIGMA, PI, rho=rho, optimization=STOP, check_optimality="gradient", method="1s", **options)


def search(problem, sigma, pi):
    return problem.solve(sigma, pi, optimization=pyblp.Optimization("bfgs", {"gtol": 1e-5}), method="1s")


def restricted():
    pi = PI.copy()
    pi[1, 1] = 0
    return pi


START = {"optimization": STOP, "check_optimality": "gradient", "method": "1s"}
BLP = {"costs_bounds": (0.001, None), "W_type": "clustered", "se_type": "clustered"}
FAR = pyblp.Iteration("squarem", {"atol": 1e-14})


def lognormal():
    sigma = np.diag([0.3302, 0.5, 0.0163, 0.2441])
    pi = np.array([[5.4819, 0, 0.2037, 0], [0.3, -0.02, 0, 0.1], [-0.2506, 0, 0.0511, 0], [1.265, 0, -0.8091, 0]])
    return tastes(kinds=["linear", "log", "linear", "logit"]).solve(sigma, pi, **START)


def lower_triangle():
    sigma = SIGMA.copy()
    sigma[1, 0], sigma[3, 2] = 0.4, -0.05
    return tastes().solve(sigma, PI, **START)


def two_dimensions(**options):
    return logit(absorb="C(product_ids) + C(market_ids)", **options)


CASES = {
    "logit_two_step": lambda: logit("prices"),
    "logit_unadjusted": lambda: logit("prices", se_type="unadjusted", W_type="unadjusted"),
    "logit_clustered": lambda: logit("prices", columns={"clustering_ids": lambda p: p["product_ids"]}, se_type="clustered", W_type="clustered"),
    "logit_one_step": lambda: logit("prices", method="1s"),
    "logit_one_step_unadjusted": lambda: logit("prices", method="1s", se_type="unadjusted"),
    "logit_characteristics": lambda: logit("1 + prices + sugar + mushy", absorb=None),
    "logit_two_dimensions": two_dimensions,
    "cereal_at_start": lambda: tastes().solve(SIGMA, PI, **START),
    "cereal_two_step_at_start": lambda: tastes().solve(SIGMA, PI, **{**START, "method": "2s"}),
    "cereal_clustered_at_start": lambda: tastes(cereal(clustering_ids=lambda p: p["city_ids"])).solve(
        SIGMA, PI, **{**START, "method": "2s"}, se_type="clustered", W_type="clustered"),
    "cereal_unadjusted_at_start": lambda: tastes().solve(SIGMA, PI, **START, se_type="unadjusted", W_type="unadjusted"),
    "cereal_lognormal_at_start": lognormal,
    "cereal_lower_triangle_at_start": lower_triangle,
    "cereal_nests_at_start": lambda: rcnl(np.array([0.2, 0.4])),
    "cereal_one_nesting_at_start": lambda: rcnl(0.3),
    "nested_one": lambda: nested(1),
    "nested_mushy": lambda: nested(lambda p: p["mushy"]),
    "nested_mushy_at_start": lambda: nested(lambda p: p["mushy"], **START),
    "nested_two_at_start": lambda: nested(lambda p: p["mushy"], rho=[0.7, 0.6], **START),
    "automobiles_at_start": lambda: automobiles().solve(*AUTOMOBILES, **START, **BLP),
    "automobiles_updated_at_start": lambda: automobiles().solve(*AUTOMOBILES, **START, **BLP, initial_update=True),
    "automobiles_linear_at_start": lambda: price_in_both().solve(
        np.diag([1.5, 0, 1.0]), np.c_[[0, -20.0, 0]], beta=[None, -0.1, None, None, None, None], **START, **BLP),
    "automobiles_nests_at_start": lambda: nested_automobiles().solve(
        np.diag([1.5, 0, 1.0]), np.c_[[0, -20.0, 0]], rho=0.3, **START, **BLP),
}


def availability():
    """Every third agent misses the first two products of its market."""
    agents = people()
    number = agents.groupby("market_ids").cumcount()
    for j in range(24):
        agents[f"availability{j}"] = np.where((number % 3 == 0) & (j < 2), 0.0, 1.0)
    return tastes(agents=agents).solve(SIGMA, PI, **START)


def by_product():
    """A demographic more, that differs by product: age times sugar relative to 10."""
    products, agents = cereal(), people()
    sugar = {market: rows["sugar"].to_numpy() for market, rows in products.groupby("market_ids")}
    for name in DEMOGRAPHICS[4:].split(" + "):
        for j in range(24):
            factor = [sugar[market][j] / 10 for market in agents["market_ids"]] if name == "age" else 1.0
            agents[f"{name}{j}"] = agents[name] * factor
    formulation, data = pyblp.Formulation(DEMOGRAPHICS), agents.drop(columns=DEMOGRAPHICS[4:].split(" + "))
    x1, x2 = pyblp.Formulation("0 + prices", absorb="C(product_ids)"), pyblp.Formulation("1 + prices + sugar + mushy")
    return pyblp.Problem((x1, x2), products, formulation, data).solve(SIGMA, PI, **START)


def micro():
    """Surveys of buyers: demographics by characteristic, and second choices."""
    def buyers(_, products, agents):
        return np.c_[np.zeros(agents.size), np.ones((agents.size, products.size))]

    def everybody(_, products, agents):
        return np.ones((agents.size, 1 + products.size))

    def both(_, products, agents):
        return np.ones((agents.size, products.size, products.size))

    def choice(agent, product, outside=0.0):
        return lambda _, p, a: np.outer(agent(a), np.r_[outside, product(p)])

    income, age, one = (lambda a: a.demographics[:, 0]), (lambda a: a.demographics[:, 2]), (lambda a: np.ones(a.size))
    mushy, sugar, any_product = (lambda p: p.X2[:, 3]), (lambda p: p.X2[:, 2]), (lambda p: np.ones(p.size))
    bought = pyblp.MicroDataset("buyers", 1000, buyers)
    asked = pyblp.MicroDataset("everybody", 2500, everybody, market_ids=["C01Q1", "C01Q2", "C03Q1"])
    second = pyblp.MicroDataset("second", 500, both)
    parts = [
        pyblp.MicroPart("income, mushy", bought, choice(income, mushy)), pyblp.MicroPart("mushy", bought, choice(one, mushy)),
        pyblp.MicroPart("age, sugar", bought, choice(age, sugar)), pyblp.MicroPart("age", bought, choice(age, any_product)),
        pyblp.MicroPart("sugar", bought, choice(one, sugar)), pyblp.MicroPart("income of buyers", asked, choice(income, any_product)),
        pyblp.MicroPart("sugar, sugar", second, lambda _, p, a: np.broadcast_to(np.outer(p.X2[:, 2], p.X2[:, 2]), (a.size, p.size, p.size))),
    ]
    ratio = (lambda v: v[0] / v[1], lambda v: [1 / v[1], -v[0] / v[1] ** 2])
    covariance = (lambda v: v[0] - v[1] * v[2], lambda v: [1, -v[2], -v[1]])
    moments = [
        pyblp.MicroMoment("income of mushy", 0.3, parts[:2], *ratio), pyblp.MicroMoment("age with sugar", 0.1, parts[2:5], *covariance),
        pyblp.MicroMoment("income of buyers", 0.05, parts[5]), pyblp.MicroMoment("sugar of both", 80.0, parts[6]),
    ]
    return tastes().solve(SIGMA, PI, **START, micro_moments=moments)


def minivans():
    """Petrin's (2002) minivans as in the reference's tutorial: supply, and what the Consumer Expenditure Survey says of who buys what."""
    products, agents = pd.read_csv(pyblp.data.PETRIN_PRODUCTS_LOCATION), pd.read_csv(pyblp.data.PETRIN_AGENTS_LOCATION)
    formulations = (
        pyblp.Formulation("1 + hpwt + space + air + mpd + fwd + mi + sw + su + pv + pgnp + trend + trend2"),
        pyblp.Formulation("1 + I(-prices) + hpwt + space + air + mpd + fwd + mi + sw + su + pv"),
        pyblp.Formulation("1 + log(hpwt) + log(wt) + log(mpg) + air + fwd + trend * (jp + eu) + log(q)"),
    )
    people = pyblp.Formulation("1 + I(low / income) + I(mid / income) + I(high / income) + I(log(fs) * fv) + age + fs + mid + high")
    return pyblp.Problem(formulations, products, people, agents, costs_type="log")


def survey():
    """Means of age and family size among buyers of four kinds of cars, and how many of two income groups buy a new car."""
    dataset = pyblp.MicroDataset("CEX", 29125, lambda _, p, a: np.ones((a.size, 1 + p.size)))
    observed = pd.read_csv(pyblp.data.PETRIN_VALUES_LOCATION, index_col=0)["value"]

    def part(name, demographic, characteristic, outside=0.0):
        return pyblp.MicroPart(name, dataset, lambda _, p, a: np.outer(a.demographics[:, demographic], np.r_[outside, p.X2[:, characteristic]]))

    def ratio(name, parts):
        return pyblp.MicroMoment(name, observed[name], parts, lambda v: v[0] / v[1], lambda v: [1 / v[1], -v[0] / v[1] ** 2])

    moments = []
    for kind, column in zip(["mi", "sw", "su", "pv"], range(7, 11)):
        bought = part(kind, 0, column)
        moments += [ratio(f"E[{x} | {kind}]", [part(f"{x} * {kind}", d, column), bought]) for x, d in [("age", 5), ("fs", 6)]]
    return moments + [ratio(f"E[new | {x}]", [part(f"new {x}", d, 0), part(x, d, 0, 1.0)]) for x, d in [("mid", 7), ("high", 8)]]


def minivans_at_start(**options):
    sigma, pi = np.diag([3.23, 0, 4.43, 0.46, 0.01, 2.58, 4.42, 0, 0, 0, 0]), np.zeros((11, 9))
    pi[1, 1:4], pi[7:, 4] = [7.52, 31.13, 34.49], [0.57, 0.28, 0.31, 0.42]
    clustered = {"W_type": "clustered", "se_type": "clustered"}
    return minivans().solve(sigma, pi, **{**START, **options}, **clustered, micro_moments=survey())


def sampled_covariances():
    return pd.read_csv(pyblp.data.PETRIN_COVARIANCES_LOCATION, index_col=0).to_numpy()


def automobiles_by_product():
    """Automobiles with one over income times size relative to its mean: a demographic by product that meets the price, with supply."""
    products, agents = pd.read_csv(pyblp.data.BLP_PRODUCTS_LOCATION), pd.read_csv(pyblp.data.BLP_AGENTS_LOCATION)
    most = products.groupby("market_ids").size().max()
    space = {market: rows["space"].to_numpy() for market, rows in products.groupby("market_ids")}
    columns = {}
    for j in range(most):
        size = np.array([space[market][j] if j < space[market].size else np.nan for market in agents["market_ids"]])
        columns[f"burden{j}"] = size / agents["income"]
    agents = pd.concat([agents, pd.DataFrame(columns)], axis=1)
    formulations = (
        pyblp.Formulation("1 + hpwt + air + mpd + space"), pyblp.Formulation("1 + prices + hpwt"),
        pyblp.Formulation("1 + log(hpwt) + air + log(mpg) + log(space) + trend"),
    )
    problem = pyblp.Problem(formulations, products, pyblp.Formulation("0 + burden"), agents, costs_type="log")
    return problem.solve(np.diag([1.5, 0, 1.0]), np.c_[[0, -20.0, 0]], **START, **BLP)


def kappa(f, g):
    """Cereal firms 1 and 2 count 0.4 of each other's profits; 3 counts a quarter of those of 4, which counts none of 3's."""
    return 1 if f == g else 0.4 if {f, g} == {1, 2} else 0.25 if (f, g) == (3, 4) else 0


def automobiles_conduct():
    """Automobiles where firms 16 and 19 count half of each other's profits, and 7 a fifth of 16's."""
    weights = {(16, 19): 0.5, (19, 16): 0.5, (7, 16): 0.2}
    products = pd.read_csv(pyblp.data.BLP_PRODUCTS_LOCATION)
    ownership = pyblp.build_ownership(products, lambda f, g: 1 if f == g else weights.get((f, g), 0))
    columns = pd.DataFrame(ownership, columns=[f"ownership{j}" for j in range(ownership.shape[1])])
    formulations = (
        pyblp.Formulation("1 + hpwt + air + mpd + space"), pyblp.Formulation("1 + prices + hpwt + air + mpd + space"),
        pyblp.Formulation("1 + log(hpwt) + air + log(mpg) + log(space) + trend"),
    )
    people = pd.read_csv(pyblp.data.BLP_AGENTS_LOCATION)
    problem = pyblp.Problem(formulations, pd.concat([products, columns], axis=1), pyblp.Formulation("0 + I(1 / income)"), people, costs_type="log")
    return problem.solve(*AUTOMOBILES, **START, **BLP)


CASES["automobiles_conduct_at_start"] = automobiles_conduct
CASES["automobiles_by_product_at_start"] = automobiles_by_product
CASES["minivans_at_start"] = minivans_at_start
CASES["minivans_two_step_at_start"] = lambda: minivans_at_start(method="2s")
CASES["minivans_sampled_at_start"] = lambda: minivans_at_start(micro_sample_covariances=sampled_covariances())
CASES["cereal_micro_at_start"] = micro
CASES["cereal_availability_at_start"] = availability
CASES["cereal_by_product_at_start"] = by_product
SEARCHES = {
    "cereal": lambda: search(tastes(), SIGMA, PI),
    "cereal_restricted": lambda: search(tastes(), SIGMA, restricted()),
    "automobiles": lambda: automobiles().solve(*AUTOMOBILES, **BLP, initial_update=True),
}


def numbers(r):
    def flat(x):
        return [None if np.isnan(v) else float(v) for v in np.asarray(x, float).ravel()]

    labels = list(r.theta_labels) + [str(x) for x in r.beta_labels] + [str(x) for x in r.gamma_labels]
    theta_se = np.sqrt(np.diag(r.parameter_covariances)[: r.theta.size] / r.problem.N)
    rows = np.linspace(0, r.problem.N - 1, 40).astype(int)
    return {
        "objective": float(r.objective), "gradient": flat(r.gradient), "labels": labels, "theta": flat(r.theta), "theta_se": flat(theta_se),
        "beta": flat(r.beta), "beta_se": flat(r.beta_se), "gamma": flat(r.gamma), "gamma_se": flat(r.gamma_se), "rows": rows.tolist(),
        "delta": flat(np.asarray(r.delta)[rows]), "xi": flat(np.asarray(r.xi)[rows]), "omega": flat(np.asarray(r.omega)[rows]) if r.problem.K3 else [],
        "tilde_costs": flat(np.asarray(r.tilde_costs)[rows]) if r.problem.K3 else [],
        "evaluations": int(r.objective_evaluations), "contraction_evaluations": int(np.sum(r.contraction_evaluations)),
        "eigenvalues": flat(r.reduced_hessian_eigenvalues),
    }


def after():
    """Post-estimation at the parameters of `cereal_at_start`: the first market's matrices, and sums over all."""
    r = tastes().solve(SIGMA, PI, **START)
    first = (cereal()["market_ids"] == "C01Q1").to_numpy()
    flat = lambda x: np.asarray(x, float).ravel().tolist()
    costs = r.compute_costs()
    return {
        "elasticities": flat(r.compute_elasticities()[first][:, :24]), "diversion": flat(r.compute_diversion_ratios()[first][:, :24]),
        "long_run": flat(r.compute_long_run_diversion_ratios()[first][:, :24]), "aggregate": flat(r.compute_aggregate_elasticities(factor=0.1)),
        "costs": flat(costs[first]), "all_costs": float(costs.sum()), "profits": float(r.compute_profits(costs=costs).sum()),
        "surplus": flat(r.compute_consumer_surpluses()),
        "merged_prices": flat(r.compute_prices(firm_ids=cereal()["firm_ids"].replace(2, 1), costs=costs)[first]),
    }


def ownership():
    """Ownership from weights of firms, first market, and the costs that follow at the parameters of `cereal_at_start`."""
    products = cereal()
    first = (products["market_ids"] == "C01Q1").to_numpy()
    matrices = pyblp.build_ownership(products, kappa)
    costs = tastes().solve(SIGMA, PI, **START).compute_costs(ownership=matrices)
    return {"matrix": matrices[first][:, :24].ravel().tolist(), "costs": costs[first].ravel().tolist(), "all_costs": float(costs.sum())}


def helpers():
    """Instruments made of characteristics of cereals, first market."""
    products = cereal()
    first = (products["market_ids"] == "C01Q1").to_numpy()
    formulation = pyblp.Formulation("0 + sugar + prices")
    flat = lambda x: np.asarray(x, float)[first].ravel().tolist()
    build = pyblp.build_differentiation_instruments
    return {
        "blp": flat(pyblp.build_blp_instruments(formulation, products)), "local": flat(build(formulation, products, "local")),
        "quadratic": flat(build(formulation, products, "quadratic")), "local_interacted": flat(build(formulation, products, "local", True)),
        "quadratic_interacted": flat(build(formulation, products, "quadratic", True)),
        "halton": pyblp.build_integration(pyblp.Integration("halton", 7, {"scramble": False, "discard": 10}), 3).nodes.ravel().tolist(),
        "product": pyblp.build_integration(pyblp.Integration("product", 4), 2).nodes.ravel().tolist(),
        "product_weights": pyblp.build_integration(pyblp.Integration("product", 4), 2).weights.ravel().tolist(),
    }


def differences(a, b, where=""):
    """Where what was found (a) and what is kept (b) are not the same; numbers within the tolerance, relative to the largest of their list."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted({*a, *b} - {"evaluations", "contraction_evaluations", "eigenvalues"}):
            if key not in a or key not in b:
                yield f"{where}.{key}: only in one of the two"
            else:
                yield from differences(a[key], b[key], f"{where}.{key}")
    elif isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            yield f"{where}: {len(a)} entries against {len(b)}"
        size = max([abs(y) for y in b if isinstance(y, (int, float))], default=0.0)
        for n, (x, y) in enumerate(zip(a, b)):
            if isinstance(x, (int, float)) and isinstance(y, (int, float)):
                if abs(x - y) > TOLERANCE * max(abs(y), SMALL * size):
                    yield f"{where}[{n}]: {x} against {y}"
            else:
                yield from differences(x, y, f"{where}[{n}]")
    elif isinstance(a, (int, float)) and isinstance(b, (int, float)):
        if abs(a - b) > TOLERANCE * abs(b):
            yield f"{where}: {a} against {b}"
    elif a != b:
        yield f"{where}: {a} against {b}"


def optimal():
    """Optimal instruments at the starting values, some rows: demand alone (cereal), and with supply (automobiles)."""
    found = {}
    for name, r in [("cereal", tastes().solve(SIGMA, PI, **START)), ("automobiles", automobiles().solve(*AUTOMOBILES, **START, **BLP))]:
        o = r.compute_optimal_instruments(method="approximate")
        rows = np.linspace(0, r.problem.N - 1, 20).astype(int)
        flat = lambda x: np.asarray(x, float)[rows].ravel().tolist()
        found[name] = {"rows": rows.tolist(), "demand": flat(o.demand_instruments), "supply": flat(o.supply_instruments) if r.problem.K3 else [],
                       "prices": flat(o.expected_prices)}
    r = logit("prices")
    wald = r.run_wald_test(r.beta[:1] + 30, np.eye(1))
    found["tests"] = {"hansen": float(r.run_hansen_test()), "lm": float(r.run_lm_test()), "wald": float(wald)}
    return found


def two_ways():
    """Logit with errors clustered by city and by product at once (Cameron, Gelbach & Miller 2011), from the reference's own one-way covariances."""
    from pyblp.utilities.statistics import compute_gmm_moment_covariances as moments, compute_gmm_parameter_covariances as parameters
    r = logit("prices", method="1s")
    u, z = [np.asarray(r.xi)], [np.asarray(r.problem.products.ZD)]
    z = [r.problem._absorb_demand_ids(z[0])[0]] if r.problem._absorb_demand_ids is not None else z
    data = cereal()
    both = pd.factorize(data["city_ids"].astype(str) + " " + data["product_ids"])[0]
    ids = [pd.factorize(data["city_ids"])[0], pd.factorize(data["product_ids"])[0], both]
    one, other, shared = (moments(u, z, "clustered", i[:, None], True) for i in ids)
    s = one + other - shared
    x = np.asarray(r.problem.products.X1)
    x = r.problem._absorb_demand_ids(x)[0] if r.problem._absorb_demand_ids is not None else x
    covariance, errors = parameters(np.asarray(r.W), s, -z[0].T @ x / r.problem.N, "clustered")
    assert not errors
    return {"beta": np.ravel(r.beta).tolist(), "se": np.sqrt(np.diag(covariance) / r.problem.N).tolist(),
            "one_way_se": [float(np.sqrt(parameters(np.asarray(r.W), v, -z[0].T @ x / r.problem.N, "clustered")[0][0, 0] / r.problem.N)) for v in (one, other)]}


def hypotheses():
    """Tests of the reference at given parameters, which need not be a minimum: the restricted model's estimates in the free model."""
    r = tastes().solve(SIGMA, PI, **{**START, "method": "2s"})
    again = tastes().solve(SIGMA, restricted(), **START, W=r.W)
    free = tastes().solve(SIGMA, PI, **START, W=r.W)
    # `prices x income_squared` is 0, and the price's coefficient -30.
    rows = np.zeros((2, free.theta.size + 1))
    rows[0, list(free.theta_labels).index("prices x income_squared")], rows[1, -1] = 1, 1
    values = rows @ np.r_[free.theta.ravel(), free.beta.ravel()] - [0, -30]
    return {"labels": list(r.theta_labels), "lm": float(free.run_lm_test()), "hansen": float(free.run_hansen_test()),
            "distance": float(again.run_distance_test(free)), "wald": float(free.run_wald_test(values, rows))}


OTHERS = {"after": after, "ownership": ownership, "helpers": helpers, "optimal": optimal, "two_ways": two_ways, "hypotheses": hypotheses}


def simulated(supply):
    """Markets of the size that users mean by large: T = 200, J = 50, S = 1,000 Halton draws, five random coefficients."""
    T, J, S = 200, 50, 1000
    rng = np.random.default_rng(0)
    ids = pyblp.build_id_data(T=T, J=J, F=5)
    data = {"market_ids": ids.market_ids.ravel(), "firm_ids": ids.firm_ids.ravel()}
    for name in ["x1", "x2", "x3", "w"]:
        data[name] = rng.uniform(size=T * J)
    xi, omega = rng.normal(0, 0.3, T * J), rng.normal(0, 0.1, T * J)
    demand, costs = pyblp.Formulation("1 + prices + x1 + x2 + x3"), pyblp.Formulation("1 + x1 + x2 + x3 + w")
    simulation = pyblp.Simulation((demand, demand, costs), data, beta=[-6, -2, 1, 1, 1], sigma=np.diag([0.5, 0.3, 0.8, 0.8, 0.8]),
                                  gamma=[1, .3, .3, .3, .5], integration=pyblp.Integration("halton", size=50, specification_options={"seed": 1}),
                                  xi=xi, omega=omega)
    found = simulation.replace_endogenous(compute_hessians=False, compute_gradients=False)
    data["prices"], data["shares"] = np.asarray(found.product_data["prices"]).ravel(), np.asarray(found.product_data["shares"]).ravel()
    instruments = np.c_[pyblp.build_differentiation_instruments(pyblp.Formulation("0 + x1 + x2 + x3"), data, version="quadratic"), data["w"]]
    data["demand_instruments"] = instruments
    if supply:
        data["supply_instruments"] = instruments[:, :-1]
    problem = pyblp.Problem((demand, demand) + ((costs,) if supply else ()), data,
                            integration=pyblp.Integration("halton", size=S, specification_options={"seed": 0}))
    options = {"beta": [None, -2, None, None, None]} if supply else {}
    return problem, lambda: problem.solve(np.diag([0.4, 0.4, 0.6, 0.6, 0.6]), W_type="unadjusted", se_type="unadjusted", **START, **options)


def measure(task, repeats):
    """CPU seconds of one task, its problem built before: the fastest of so many."""
    if task == "cereal":
        problem = tastes()
        run = lambda: search(problem, SIGMA, PI)
    elif task == "automobiles":
        problem = automobiles()
        run = lambda: problem.solve(*AUTOMOBILES, **BLP, initial_update=True)
    else:
        _, run = simulated(task == "objective_supply")
    seconds = float("inf")
    for _ in range(repeats):
        before = time.process_time()
        found = run()
        seconds = min(seconds, time.process_time() - before)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"task": task, "cpu_seconds": seconds, "peak_mb": peak, "objective": float(found.objective),
                      "evaluations": int(found.cumulative_objective_evaluations),
                      "contraction_evaluations": int(np.sum(found.cumulative_contraction_evaluations))}))


def export(folder, supply):
    """The simulated problem as binary columns of doubles, for the bench of the other side."""
    problem, _ = simulated(supply)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    products, agents = problem.products, problem.agents
    columns = {"market": np.repeat(np.arange(problem.T), problem.N // problem.T), "firm": products.firm_ids, "share": products.shares,
               "price": products.prices, "x1": products.X1[:, 2], "x2": products.X1[:, 3], "x3": products.X1[:, 4]}
    # The exogenous columns of the design follow the excluded instruments.
    for k in range(problem.MD - 4):
        columns[f"z{k}"] = np.asarray(problem.products.ZD)[:, k]
    if supply:
        columns["w"] = np.asarray(problem.products.X3)[:, 4]
    for k in range(5):
        columns[f"node{k}"] = agents.nodes[:, k]
    columns["weight"] = agents.weights
    for name, column in columns.items():
        np.asarray(column, "<f8").ravel().tofile(folder / f"{name}.bin")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", nargs="+")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--searches", action="store_true")
    parser.add_argument("--time")
    parser.add_argument("--export", nargs=2, metavar=("FOLDER", "demand|supply"))
    options = parser.parse_args()
    if options.time:
        return measure(options.time, options.repeats)
    if options.export:
        return export(options.export[0], options.export[1] == "supply")
    if options.quick:
        options.only = QUICK
    kept = json.loads(FIXTURE.read_text()) if FIXTURE.exists() else {"cases": {}}
    found = dict(kept["cases"])
    wrong = []
    for name, case in {**CASES, **OTHERS, **(SEARCHES if options.searches else {})}.items():
        if options.only and name not in options.only:
            continue
        print(name, file=sys.stderr)
        new = case() if name in OTHERS else numbers(case())
        if options.check:
            wrong.extend(f"{name}{line}" for line in differences(new, kept["cases"][name]))
        found[name] = new
    if options.check:
        if wrong:
            sys.exit("\n".join(wrong))
        return print("unchanged")
    about = "pyblp 1.3.0 on the data in its wheel; written by crates/dev/oracle/estimate.py"
    lines = [f"  {json.dumps(name)}: {json.dumps(case)}" for name, case in found.items()]
    FIXTURE.write_text('{"about": ' + json.dumps(about) + ',\n "cases": {\n' + ",\n".join(lines) + "\n}}\n")


if __name__ == "__main__":
    main()
