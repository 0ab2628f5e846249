//! Small scenarios, asked: what is known by hand, what a changed scenario gives, the same bytes whatever happens.

use super::ask::Settled;
use super::document::{Analysis, Verdict};
use super::*;
use crate::run::compute;
use crate::run::draws::chunk::{InMemory, encode};
use crate::run::draws::draw::{self, Study};
use crate::run::folder::{self, ANALYSIS};
use crate::run::job::{ComputeOptions, Silent};
use crate::run::market;
use crate::run::prepare::{Prepared, prepare};
use crate::run::session::{Done, SessionError};
use crate::run::summary::Summary;
use crate::run::tests::small::{self, How};
use crate::scenario::Loaded;
use beachhead_engine::calibrate::{Ground, is_same_task};
use beachhead_engine::finance::value::discount;
use beachhead_engine::futures::{Address, Distribution, chunks};
use beachhead_engine::scenario::{Origin, Quantity};
use std::fs;
use std::sync::atomic::Ordering;
use tempfile::TempDir;

mod about;
mod deals;
mod runs;

/// Months of a small run.
const MONTHS: usize = 18;
/// Sums of some dozens of numbers of a million, relative.
const ROUNDING: f64 = 1e-9;
/// Two searches for the same market end within the tolerance of a draw; what NPV makes of that, relative to its range.
const TWO_SEARCHES: f64 = 0.02;

/// A small scenario with more edits.
fn loaded(draws: usize, sets: &[&str]) -> (TempDir, Loaded) {
    small::loaded(draws, MONTHS, sets)
}

/// Computes the draws of a scenario and hands an inquiry about them over.
fn inquire<T>(loaded: &Loaded, then: impl FnOnce(&Inquiry<'_>, &Solved) -> T) -> T {
    let prepared = prepare(loaded).unwrap();
    let cancel = AtomicBool::new(false);
    let options = ComputeOptions {
        threads: 1,
        plans: &loaded.plans,
        cancel: &cancel,
    };
    let scenario = &loaded.scenario;
    let draws = prepared.identity.draws;
    let central = compute::central(scenario, draws, &options, &Silent).unwrap();
    let shape = Shape::new(scenario, &loaded.plans, compute::targets(&central));
    let study = Study {
        scenario,
        plans: &loaded.plans,
        seed: prepared.identity.seed,
        draws,
        central: &central,
        shape: &shape,
        cancel: &cancel,
    };
    let record = |draw| draw::compute(&study, draw, &|| ()).unwrap();
    let chunk = |range: std::ops::Range<usize>| {
        let first = range.start;
        encode(&shape, first, range.map(record).collect())
    };
    let source = InMemory(chunks(draws).map(chunk).collect());
    let inquiry = Inquiry {
        scenario,
        hash: &prepared.hash,
        identity: &prepared.identity,
        plans: &loaded.plans,
        shape: &shape,
        chunks: Chunks {
            draws,
            columns: shape.columns(),
            source: &source,
        },
        cancel: &cancel,
    };
    then(&inquiry, &central)
}

/// Asks everything of all draws, on one thread.
fn analysed(loaded: &Loaded) -> Analysis {
    inquire(loaded, |inquiry, central| {
        let kept = Kept {
            parts: BTreeMap::new(),
            keep: &|_, _| Ok(()),
        };
        let pool = compute::pool(1).unwrap();
        let solve = || Ok(central.clone());
        let answer = inquiry.answer(&pool, kept, solve, &Silent).unwrap();
        answer.unwrap()
    })
}

fn position(loaded: &Loaded, name: &str) -> usize {
    let quantities = &loaded.scenario.quantities;
    quantities.iter().position(|q| q.name == name).unwrap()
}

fn settled(inquiry: &Inquiry<'_>, central: &Solved, draw: usize) -> Settled {
    inquiry.settle(draw, central).unwrap().unwrap()
}

fn is_near(found: f64, wanted: f64, scale: f64, tolerance: f64) {
    assert!(
        (found - wanted).abs() <= tolerance * scale.abs().max(1.0),
        "{found}, wanted {wanted}"
    );
}

#[test]
fn what_nothing_depends_on_changes_nothing_and_the_rest_is_the_draw_itself() {
    let (_here, mut loaded) = loaded(4, &[]);
    let dummy = Quantity {
        name: "dummy".into(),
        unit: String::new(),
        distribution: Distribution::Uniform {
            low: 0.0,
            high: 1.0,
        },
        conversion: beachhead_engine::futures::Conversion::NONE,
        origin: Origin::Written,
        source: None,
        note: None,
        location: String::new(),
    };
    loaded.scenario.quantities.push(dummy);
    let at = position(&loaded, "dummy");
    inquire(&loaded, |inquiry, central| {
        let pass = Pass::new(inquiry.chunks).unwrap();
        let draws = inquiry.draws(&pass).unwrap().unwrap();
        assert_eq!(draws.common, [0, 1, 2]);
        for (place, &draw) in draws.common.iter().enumerate() {
            let settled = settled(inquiry, central, draw);
            for value in [0.1, 0.9] {
                let asked = inquiry.ask(&settled, &[(at, value)], &[0, 1], central);
                let asked = asked.unwrap();
                let stored: Vec<f64> = draws.npv.iter().map(|column| column[place]).collect();
                assert_eq!(asked.npv, stored, "draw {draw}");
                // Without an idle plan nobody needs to know what staying out does.
                let alone = inquiry.ask(&settled, &[(at, value)], &[1], central);
                assert_eq!(alone.unwrap().npv, stored[1..], "draw {draw}");
                assert!(!asked.recalibrated);
                assert!(stored[1] != 0.0, "the plan does something");
            }
        }
    });
}

#[test]
fn a_fixed_cost_moves_value_by_its_discounted_sum() {
    let cost = "finance.fixed_cost={ distribution = \"uniform\", low = \"EUR 0 million/month\", high = \"EUR 2 million/month\", note = \"x\" }";
    let sets = [
        cost,
        "finance.tax_rate=0",
        "plans.online_first.exit_when=\"month > 100\"",
    ];
    let (_here, loaded) = loaded(40, &sets);
    let analysis = analysed(&loaded);
    let rate = loaded.scenario.quantities[loaded.scenario.finance.discount_rate.index()].centre();
    let annuity: f64 = (1..=loaded.scenario.months)
        .map(|t| discount(rate, t))
        .sum();
    let at = position(&loaded, "finance.fixed_cost");
    let (low, high) = (200_000.0, 1_800_000.0);
    inquire(&loaded, |inquiry, central| {
        let settled = settled(inquiry, central, 3);
        let value = |cost: f64| {
            let asked = inquiry
                .ask(&settled, &[(at, cost)], &[0, 1], central)
                .unwrap();
            assert_eq!(asked.npv[0], 0.0, "who stays out pays nothing");
            assert!(!asked.recalibrated);
            asked.npv[1]
        };
        let change = value(high) - value(low);
        is_near(change, -(high - low) * annuity, change, ROUNDING);
    });
    let bars = &analysis.sensitivity.bars;
    let bar = bars.iter().find(|bar| bar.name == "finance.fixed_cost");
    let bar = bar.expect("it moves most of the value");
    let ends = bar.of("online_first").unwrap();
    is_near(ends.swing, -(high - low) * annuity, ends.swing, ROUNDING);
    assert!(ends.se.unwrap() <= ROUNDING * ends.swing.abs());
    is_near(bar.p10, low, low, ROUNDING);
    is_near(bar.p90, high, high, ROUNDING);
    assert!(bar.unsourced && bar.label == "Fixed cost", "{}", bar.label);
}

#[test]
fn ends_of_bars_are_what_the_changed_scenario_gives_in_the_same_draws() {
    let (_here, loaded) = loaded(40, &[]);
    let analysis = analysed(&loaded);
    let common = analysis.sensitivity.draws;
    assert!(!analysis.sensitivity.bars.is_empty());
    let mut kinds = [0, 0];
    for bar in &analysis.sensitivity.bars {
        let at = position(&loaded, &bar.name);
        let quantity = &loaded.scenario.quantities[at];
        let points = [bar.p10, bar.p50, bar.p90];
        assert_eq!(points, [0.1, 0.5, 0.9].map(|u| quantity.value(u)));
        let ends = bar.of("online_first").unwrap();
        let points = [(0.1, ends.at_p10), (0.5, ends.at_p50), (0.9, ends.at_p90)];
        for (u, found) in points {
            let mut changed = loaded.clone();
            let quantity = &mut changed.scenario.quantities[at];
            quantity.distribution = Distribution::Point(quantity.distribution.quantile(u));
            changed.scenario.simulation.draws = common;
            let wanted = inquire(&changed, |inquiry, _| {
                let pass = Pass::new(inquiry.chunks).unwrap();
                let draws = inquiry.draws(&pass).unwrap().unwrap();
                draws.means()[1]
            });
            let tolerance = if bar.recalibrated {
                TWO_SEARCHES
            } else {
                ROUNDING
            };
            is_near(found, wanted, ends.swing.abs().max(wanted.abs()), tolerance);
            kinds[usize::from(bar.recalibrated)] += 1;
        }
    }
    assert!(
        kinds[0] > 0,
        "something leaves the market before an entry alone"
    );
}

#[test]
fn a_calibration_is_taken_over_only_where_it_would_be_the_same() {
    let (_here, loaded) = loaded(4, &[]);
    let scenario = &loaded.scenario;
    let mut kinds = [0, 0];
    inquire(&loaded, |inquiry, central| {
        let address = Address::new(inquiry.identity.seed, 1);
        let values = scenario.drawn_values(&address);
        let types = scenario.simulation.types;
        let before = Ground::new(scenario, &values, types).unwrap();
        let solve = |values: &beachhead_engine::scenario::Values| {
            market::under_draw(scenario, values, central, inquiry.cancel).unwrap()
        };
        let base = solve(&values).value;
        for (at, quantity) in scenario.quantities.iter().enumerate() {
            if !quantity.is_uncertain() {
                continue;
            }
            let changed = scenario.drawn_values_with(&address, &[(at, quantity.value(0.9))]);
            let ground = Ground::new(scenario, &changed, types).unwrap();
            let anew = solve(&changed).value;
            let is_same = is_same_task(&before, &ground);
            kinds[usize::from(is_same)] += 1;
            if is_same {
                let taken = base.taken_to(&ground);
                assert_eq!(taken.parameters, anew.parameters, "{}", quantity.name);
                assert_eq!(taken.consumers.mass, anew.consumers.mass);
                assert_eq!(taken.appeal[0].drawn, anew.appeal[0].drawn);
            } else {
                assert_ne!(base.parameters, anew.parameters, "{}", quantity.name);
            }
        }
    });
    assert!(kinds[0] >= 3 && kinds[1] >= 3, "{kinds:?}");
}

#[test]
fn a_surface_rises_with_appeal_and_falls_with_the_cost_of_awareness() {
    let (_here, loaded) = loaded(40, &[]);
    let analysis = analysed(&loaded);
    let surface = analysis.must_be_true.unwrap();
    let (appeal, attempts) = (surface.appeal.levels.len(), surface.attempts.levels.len());
    assert_eq!(
        (appeal, attempts, surface.awareness.levels.len()),
        (7, 1, 3)
    );
    assert_eq!(surface.cells.len(), 21);
    let units = |awareness: usize, level: usize| surface.cells[awareness * appeal + level].npv;
    // The plan sells above cost, so that more sales are more money.
    for awareness in 0..3 {
        for level in 1..appeal {
            assert!(units(awareness, level) > units(awareness, level - 1));
        }
    }
    for level in 0..appeal {
        for awareness in 1..3 {
            assert!(units(awareness, level) < units(awareness - 1, level));
        }
    }
    assert_eq!(surface.break_even.len(), 3);
    let quantile = |at: usize| match surface.break_even[at].verdict {
        Verdict::Always => 0.0,
        Verdict::At => surface.break_even[at].quantile.unwrap(),
        Verdict::Never => 1.0,
    };
    assert!(quantile(0) <= quantile(1) && quantile(1) <= quantile(2));
    assert_eq!(surface.members.len(), 2);
    assert!(surface.members[0].appeal <= surface.members[1].appeal);
}

/// The small scenario in which the plan also talks to a club, with this chance of success.
fn with_talks(chance: &str) -> (TempDir, Loaded) {
    let (here, _) = loaded(2, &[]);
    let file = here.path().join("market").join("scenario.toml");
    let event = format!(
        "[[events]]\nid = \"talks\"\ntitle = \"Talks with the southern club\"\nattempt = {{ starts_by = \"negotiate\", partner = \"swap_south\", lasts = \"2 months\" }}\nchance = {chance}\non_success = [{{ open = \"swap_south\" }}]\n\n[[events]]\nid = \"recall\""
    );
    let text = fs::read_to_string(&file).unwrap();
    let text = text.replacen("[[events]]\nid = \"recall\"", &event, 1);
    let launch = "{ launch = [\"brisk_city\"] },";
    let talk = format!("{launch} {{ negotiate = \"swap_south\" }},");
    assert!(text.contains("talks") && text.contains(launch));
    fs::write(&file, text.replacen(launch, &talk, 1)).unwrap();
    let loaded = small::again(&here, 100, MONTHS, &[]);
    (here, loaded)
}

/// Quantiles of appeal between which a surface looks.
const RANGE: (f64, f64) = (0.05, 0.95);
/// Common draws of a run of a hundred.
const COMMON: usize = 12;

#[test]
fn attempts_are_shifted_on_the_scale_of_odds() {
    let (_here, loaded) = with_talks("{ value = 0.4, note = \"x\" }");
    let surface = analysed(&loaded).must_be_true.unwrap();
    let levels = &surface.attempts.levels;
    let values: Vec<f64> = levels.iter().map(|level| level.value).collect();
    assert_eq!(values, [1.0 / 3.0, 1.0, 3.0]);
    // Odds of 2 to 3: a third of them are 2 to 9, three times 2 to 1.
    for (level, odds) in levels.iter().zip([2.0 / 9.0, 2.0 / 3.0, 2.0]) {
        assert_eq!(level.parts.len(), 1);
        assert_eq!(level.parts[0].label, "Talks with the southern club");
        is_near(level.parts[0].value, odds / (1.0 + odds), 1.0, ROUNDING);
        assert_eq!(level.quantile, None);
    }
    assert_eq!(
        (surface.cells.len(), surface.break_even.len(), surface.draws),
        (63, 9, COMMON)
    );
    for row in &surface.break_even {
        let (low, high) = (row.quantile_low.unwrap(), row.quantile_high.unwrap());
        let quantile = match row.verdict {
            Verdict::Always => 0.0,
            Verdict::At => row.quantile.unwrap(),
            Verdict::Never => 1.0,
        };
        assert!((0.0..=quantile).contains(&low) && (quantile..=1.0).contains(&high));
        // A verdict is no firmer than its band.
        let is_open = row.is_open(RANGE);
        assert_eq!(
            row.words.contains("cannot be told"),
            is_open,
            "{}",
            row.words
        );
        let is_doubted = match row.verdict {
            Verdict::At => true,
            Verdict::Always => high > RANGE.0,
            Verdict::Never => low < RANGE.1,
        };
        assert_eq!(
            row.words.contains("what is known leaves"),
            is_doubted,
            "{}",
            row.words
        );
    }
    // A cell is what the common draws with those three set, and nothing else, differ by from the mean over the appeal of the same
    // draws with nothing else set, added to the run's mean.
    let entrant = &loaded.scenario.entrants[0];
    let appeal = entrant.appeal_z.as_ref().unwrap().index();
    let others = [
        (position(&loaded, "events.talks.chance"), 2.0 / 3.0),
        (entrant.awareness.scale.index(), 800_000.0),
    ];
    let at = |u: f64| (appeal, loaded.scenario.quantities[appeal].value(u));
    let (wanted, run) = inquire(&loaded, |inquiry, central| {
        let of = |draw: usize| {
            let settled = settled(inquiry, central, draw);
            let ask = |given: &[(usize, f64)]| {
                inquiry.ask(&settled, given, &[1], central).unwrap().npv[0]
            };
            let middle = 0.3 * ask(&[at(0.1)]) + 0.4 * ask(&[at(0.5)]) + 0.3 * ask(&[at(0.9)]);
            ask(&[at(0.5), others[0], others[1]]) - middle
        };
        let pass = Pass::new(inquiry.chunks).unwrap();
        let run = inquiry.draws(&pass).unwrap().unwrap().means()[1];
        (run + (0..COMMON).map(of).sum::<f64>() / COMMON as f64, run)
    });
    // Money twice, odds three times, the median of appeal.
    let cell = surface.cells[2 * 21 + 2 * 7 + 3];
    is_near(cell.npv, wanted, run, ROUNDING);
    let total = |attempts: usize| -> f64 {
        let row = &surface.cells[21 + attempts * 7..21 + attempts * 7 + 7];
        row.iter().map(|cell| cell.npv).sum()
    };
    assert!(
        total(2) >= total(1) && total(1) >= total(0),
        "another channel sells more"
    );
}

/// What is said in three places must be one thing: the summary's mean, the tornado's bar of the appeal, what must be true.
fn is_one_story(analysis: &Analysis) -> Verdict {
    let surface = analysis.must_be_true.as_ref().unwrap();
    let mean = analysis.plan(&surface.plan).unwrap().npv;
    let width = surface.appeal.levels.len();
    let middle = |axis: &super::document::Axis| {
        axis.levels
            .iter()
            .position(|level| level.value == 1.0)
            .unwrap()
    };
    let row =
        middle(&surface.awareness) * surface.attempts.levels.len() + middle(&surface.attempts);
    let row = &surface.cells[row * width..(row + 1) * width];
    let (low, median, high) = (row[1].npv, row[3].npv, row[5].npv);
    let size = mean.abs().max(high.abs());
    is_near(0.3 * low + 0.4 * median + 0.3 * high, mean, size, ROUNDING);
    let mut bars = analysis.sensitivity.bars.iter();
    let bar = bars.find(|bar| bar.label.starts_with("Appeal of")).unwrap();
    let ends = bar.of(&surface.plan).unwrap();
    for (cell, end) in [
        (low, ends.of_run_p10),
        (median, ends.of_run_p50),
        (high, ends.of_run_p90),
    ] {
        is_near(cell, end, size, ROUNDING);
    }
    let assumed = |row: &&super::document::BreakEven| {
        (row.attempts, row.awareness) == (middle(&surface.attempts), middle(&surface.awareness))
    };
    let found = surface.break_even.iter().find(assumed).unwrap();
    match found.verdict {
        Verdict::Always => assert!(mean > 0.0, "{mean}"),
        Verdict::Never => assert!(mean < 0.0, "{mean}"),
        Verdict::At => assert!(row.iter().any(|cell| cell.npv > 0.0)),
    }
    // Against a plan that does nothing the choice changes where the plan breaks even.
    match (
        found.quantile.filter(|u| (0.1..=0.9).contains(u)),
        bar.pairs[0].flip,
    ) {
        (Some(quantile), Some(flip)) => {
            is_near(flip.quantile, quantile, 1.0, ROUNDING);
            assert!(low * high < 0.0, "{low}, {high}");
        }
        (quantile, flip) => assert_eq!((quantile, flip), (None, None)),
    }
    found.verdict
}

#[test]
fn the_summary_the_tornado_and_what_must_be_true_tell_one_story() {
    let fixed = |money: &str| {
        format!("finance.fixed_cost={{ value = \"EUR {money} million/month\", note = \"x\" }}")
    };
    let stay = "plans.online_first.exit_when=\"month > 100\"";
    let mut seen = Vec::new();
    for money in ["0", "0.2", "1", "20"] {
        let (_here, loaded) = loaded(70, &[&fixed(money), stay]);
        seen.push(is_one_story(&analysed(&loaded)));
    }
    assert!(
        seen.contains(&Verdict::At) && seen.contains(&Verdict::Never),
        "{seen:?}"
    );
}

#[test]
fn attempts_with_a_spread_are_moved_over_it() {
    let (_here, loaded) =
        with_talks("{ distribution = \"beta\", mean = 0.4, sd = 0.1, note = \"x\" }");
    let surface = analysed(&loaded).must_be_true.unwrap();
    let quantiles: Vec<Option<f64>> = surface.attempts.levels.iter().map(|l| l.quantile).collect();
    assert_eq!(quantiles, [Some(0.05), Some(0.5), Some(0.95)]);
    let quantity = &loaded.scenario.quantities[position(&loaded, "events.talks.chance")];
    for (level, u) in surface.attempts.levels.iter().zip([0.05, 0.5, 0.95]) {
        is_near(level.parts[0].value, quantity.value(u), 1.0, ROUNDING);
    }
}
