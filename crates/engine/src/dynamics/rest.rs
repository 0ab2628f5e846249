//! A market at rest: states that a month leaves as they are, `[eq:cohorts]`.

use super::buying::{Buying, BuyingInput};
use super::cohorts::{self, Cohorts, Life, SUMS};
use super::layout::Layout;
use crate::choice::market::Market;
use crate::numerics::dense::solve_in_place;
use crate::numerics::dispatch::Dispatch;

/// Kinds of demand that a network's shops meet: paid at once, financed, by switchers.
const KINDS: usize = 3;

/// Whether the states at rest can be computed: in a market without entrants, where balances end before the last age and
/// those who own nothing come from somewhere.
pub(super) fn can_tell(market: &Market, layout: &Layout) -> bool {
    let ends = |&months: &usize| months < layout.ages;
    layout.known_sets == 1
        && layout.instalments.iter().all(ends)
        && (layout.none.is_none() || market.lapse > 0.0)
}

/// Room for the states at rest of one type after another. `C` networks, `D` = 3 C kinds of demand, columns as in [`Cohorts`].
pub(super) struct Rest {
    churn: Vec<f64>,
    lapse: f64,
    /// By brand.
    cohorts: Vec<Cohorts>,
    /// Purchases by demand, by brand: (columns, D).
    responses: Vec<Vec<f64>>,
    /// Demand of a month by demand of the month before, (D, D).
    again: Vec<f64>,
    /// Who lapses on each network, by demand, (C, D).
    lapsed: Vec<f64>,
    /// Everybody, by demand, (D,).
    everybody: Vec<f64>,
    /// Those who own nothing for each who lapses, (to, from).
    staying: Vec<f64>,
    /// Their demand, (D, C).
    of_none: Vec<f64>,
    /// Demand of one brand's owners by column, (D, columns).
    demand: Vec<f64>,
    system: Vec<f64>,
    births: Vec<f64>,
}

impl Rest {
    pub(super) fn new(layout: &Layout, churn: Vec<f64>, lapse: f64) -> Self {
        let cohorts = Cohorts::new(layout);
        let (networks, columns) = (layout.networks, cohorts.columns());
        let kinds = KINDS * networks;
        Self {
            churn,
            lapse,
            responses: vec![vec![0.0; columns * kinds]; layout.incumbents],
            again: vec![0.0; kinds * kinds],
            lapsed: vec![0.0; networks * kinds],
            everybody: vec![0.0; kinds],
            staying: vec![0.0; networks * networks],
            of_none: vec![0.0; kinds * networks],
            demand: vec![0.0; kinds * columns],
            system: Vec::new(),
            births: vec![0.0; columns],
            cohorts: vec![cohorts; layout.incumbents],
        }
    }

    /// Puts type `i` where it is at rest; one that has no such place, because nobody of it ever buys, stays where it is.
    pub(super) fn put(
        &mut self,
        input: BuyingInput,
        buying: &Buying,
        layout: &Layout,
        i: usize,
        mass: &mut [f64],
        dispatch: Dispatch,
    ) {
        self.again.fill(0.0);
        self.lapsed.fill(0.0);
        self.everybody.fill(0.0);
        let mut is_told = true;
        for brand in 0..layout.incumbents {
            is_told = is_told
                && self.live(buying, layout, (i, brand), dispatch)
                && self.respond(input, buying, layout, (i, brand));
        }
        is_told = is_told && self.own_nothing(buying, layout, i);
        let demand = if is_told { self.balance(layout) } else { None };
        match demand {
            Some(demand) => self.fill(layout, &demand, mass, dispatch),
            None => make_whole(mass),
        }
    }

    /// Follows one buyer of each column; false where those of the last age never end.
    fn live(
        &mut self,
        buying: &Buying,
        layout: &Layout,
        of: (usize, usize),
        dispatch: Dispatch,
    ) -> bool {
        let cohorts = &mut self.cohorts[of.1];
        cohorts::ask_chances(dispatch, cohorts, buying, layout, of);
        let networks = layout.networks;
        let stay = |c: usize| (1.0 - self.lapse) * (1.0 - cohorts.oldest_chance(layout, c));
        let Some(tail) = all_who_stay(&self.churn, networks, &mut self.system, &stay) else {
            return false;
        };
        let life = Life {
            churn: &self.churn,
            lapse: self.lapse,
            tail: &tail,
        };
        cohorts::follow(dispatch, cohorts, buying, layout, of, life);
        true
    }

    /// What one demand of each kind makes people buy of a brand, the loyalty of its own owners included, and what follows
    /// from these purchases; false where it never ends.
    fn respond(
        &mut self,
        input: BuyingInput,
        buying: &Buying,
        layout: &Layout,
        (i, brand): (usize, usize),
    ) -> bool {
        let (networks, kinds) = (layout.networks, KINDS * layout.networks);
        let cohorts = &self.cohorts[brand];
        let (columns, used) = (cohorts.columns(), 2 * layout.networks);
        for c in 0..networks {
            let block = i * layout.blocks() + layout.block(0, brand, c);
            let inverse = buying.inverse_value_once(block);
            let sums = &cohorts.sums[c * SUMS * columns..(c + 1) * SUMS * columns];
            for column in 0..used {
                let of = |n: usize| sums[n * columns + column];
                let at = |kind: usize| (c * KINDS + kind) * columns + column;
                self.demand[at(0)] = inverse * (of(0) + of(1));
                self.demand[at(1)] = inverse * (of(0) + of(2));
                self.demand[at(2)] = buying.kappa * inverse * (of(0) + of(3));
            }
        }
        // [I − loyalty · purchases(demand of own owners) | purchases(demand)]
        let (width, excess) = (used + kinds, buying.loyalty_excess[brand]);
        self.system.clear();
        self.system.resize(used * width, 0.0);
        for column in 0..used {
            let own = |kind: usize| self.demand[kind * columns + column];
            let put = |row: usize, x: f64| self.system[row * width + column] = -excess * x;
            purchases(input, layout, [i, brand], own, put);
            self.system[column * width + column] += 1.0;
        }
        for kind in 0..kinds {
            let one = |other: usize| if other == kind { 1.0 } else { 0.0 };
            let put = |row: usize, x: f64| self.system[row * width + used + kind] = x;
            purchases(input, layout, [i, brand], one, put);
        }
        if !solve_in_place(&mut self.system, used, kinds) {
            return false;
        }
        for column in 0..used {
            let row = &self.system[column * width + used..(column + 1) * width];
            self.responses[brand][column * kinds..(column + 1) * kinds].copy_from_slice(row);
            for to in 0..kinds {
                let demand = self.demand[to * columns + column];
                add(&mut self.again[to * kinds..(to + 1) * kinds], demand, row);
            }
            let lapses = if self.lapse > 0.0 { networks } else { 0 };
            for c in 0..lapses {
                let lapsed = cohorts.sums[(c * SUMS + SUMS - 1) * columns + column];
                add(&mut self.lapsed[c * kinds..(c + 1) * kinds], lapsed, row);
            }
            let all = cohorts.sums[networks * SUMS * columns + column];
            add(&mut self.everybody, all, row);
        }
        true
    }

    /// Adds what those who own nothing ask for and how many they are; false where they never end.
    fn own_nothing(&mut self, buying: &Buying, layout: &Layout, i: usize) -> bool {
        let (Some(none), networks) = (layout.none, layout.networks) else {
            return true;
        };
        let kinds = KINDS * networks;
        // Of all ages the first alone counts.
        let mut chance = vec![0.0; networks];
        let mut probabilities = Vec::new();
        for (c, chance) in chance.iter_mut().enumerate() {
            let block = i * layout.blocks() + layout.block(0, none, c);
            buying.probabilities(layout, block, &mut probabilities);
            *chance = probabilities.first().copied().unwrap_or(0.0);
        }
        let stay = |c: usize| 1.0 - chance[c];
        let Some(tail) = all_who_stay(&self.churn, networks, &mut self.system, &stay) else {
            return false;
        };
        self.of_none.fill(0.0);
        for from in 0..networks {
            for to in 0..networks {
                // Who lapses on `from` churns, then stays.
                let mut sum = 0.0;
                for through in 0..networks {
                    sum += tail[to * networks + through] * self.churn[from * networks + through];
                }
                self.staying[to * networks + from] = sum;
                let block = i * layout.blocks() + layout.block(0, none, to);
                let asked = buying.inverse_value_once(block) * chance[to] * sum;
                for (kind, share) in [1.0, 1.0, buying.kappa].into_iter().enumerate() {
                    self.of_none[(to * KINDS + kind) * networks + from] = share * asked;
                }
            }
        }
        for c in 0..networks {
            let row = &self.lapsed[c * kinds..(c + 1) * kinds];
            for to in 0..kinds {
                let asked = self.of_none[to * networks + c];
                add(&mut self.again[to * kinds..(to + 1) * kinds], asked, row);
            }
            let staying: f64 = (0..networks)
                .map(|to| self.staying[to * networks + c])
                .sum();
            add(&mut self.everybody, staying, row);
        }
        true
    }

    /// The demand that brings itself about again, for one consumer in all; none if there is no such demand.
    fn balance(&mut self, layout: &Layout) -> Option<Vec<f64>> {
        let kinds = KINDS * layout.networks;
        let unit = 1.0 / self.everybody.iter().sum::<f64>();
        let width = kinds + 1;
        self.system.clear();
        self.system.resize(kinds * width, 0.0);
        for row in 0..kinds {
            for column in 0..kinds {
                let one = if row == column { 1.0 } else { 0.0 };
                // The system without the last term is singular: demand may be any multiple of itself.
                self.system[row * width + column] =
                    one - self.again[row * kinds + column] + unit * self.everybody[column];
            }
            self.system[row * width + kinds] = unit;
        }
        if !solve_in_place(&mut self.system, kinds, 1) {
            return None;
        }
        let demand = (0..kinds).map(|row| self.system[row * width + kinds]);
        let demand: Vec<f64> = demand.collect();
        demand.iter().all(|x| x.is_finite()).then_some(demand)
    }

    /// Masses of a type from the demand at rest.
    fn fill(&mut self, layout: &Layout, demand: &[f64], mass: &mut [f64], dispatch: Dispatch) {
        let (networks, kinds) = (layout.networks, KINDS * layout.networks);
        let run = networks * layout.stride();
        for (brand, cohorts) in self.cohorts.iter().enumerate() {
            for (column, born) in self.births.iter_mut().enumerate() {
                let row = &self.responses[brand][column * kinds..(column + 1) * kinds];
                *born = inner(row, demand).max(0.0);
            }
            let at = layout.block(0, brand, 0) * layout.stride();
            cohorts::fill(dispatch, cohorts, &self.births, &mut mass[at..at + run]);
        }
        if let Some(none) = layout.none {
            let at = layout.block(0, none, 0) * layout.stride();
            mass[at..at + run].fill(0.0);
            for from in 0..networks {
                let lapsed = inner(&self.lapsed[from * kinds..(from + 1) * kinds], demand);
                for to in 0..networks {
                    mass[at + to * layout.stride()] +=
                        self.staying[to * networks + from] * lapsed.max(0.0);
                }
            }
        }
    }
}

/// Everybody in a state in which a share `stay` of those on a network stays every month and then churns, for each who comes
/// to it: `(I − churn·stay)⁻¹`, (to, from). None where somebody stays for good.
fn all_who_stay(
    churn: &[f64],
    networks: usize,
    system: &mut Vec<f64>,
    stay: &dyn Fn(usize) -> f64,
) -> Option<Vec<f64>> {
    let width = 2 * networks;
    system.clear();
    system.resize(networks * width, 0.0);
    for to in 0..networks {
        for from in 0..networks {
            let one = if to == from { 1.0 } else { 0.0 };
            system[to * width + from] = one - churn[from * networks + to] * stay(from);
            system[to * width + networks + from] = one;
        }
    }
    solve_in_place(system, networks, networks).then(|| {
        let rows = system.chunks_exact(width);
        rows.flat_map(|row| row[networks..].iter().copied())
            .collect()
    })
}

/// Purchases of a brand by type `i` by column, `demand` given with the loyalty that goes with it; as births of a month are.
fn purchases(
    input: BuyingInput,
    layout: &Layout,
    [i, brand]: [usize; 2],
    demand: impl Fn(usize) -> f64,
    mut put: impl FnMut(usize, f64),
) {
    let (attraction, networks) = (input.attraction, layout.networks);
    let at = (i * input.market.brands + brand) * networks;
    for c in 0..networks {
        let mut coming = 0.0;
        for from in (0..networks).filter(|&from| from != c) {
            coming += demand(from * KINDS + 2);
        }
        let mut born = [
            attraction.own_at_once[at + c] * demand(c * KINDS),
            attraction.own_financed[at + c] * demand(c * KINDS + 1),
        ];
        born[usize::from(layout.instalments[c] > 0)] += attraction.by_switching[at + c] * coming;
        put(2 * c, born[0]);
        put(2 * c + 1, born[1]);
    }
}

/// Adds `factor` times a row.
fn add(sums: &mut [f64], factor: f64, row: &[f64]) {
    for (sum, x) in sums.iter_mut().zip(row) {
        *sum += factor * x;
    }
}

fn inner(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// A type is one consumer in all.
fn make_whole(mass: &mut [f64]) {
    let all: f64 = mass.iter().sum();
    if all > 0.0 {
        for mass in mass {
            *mass /= all;
        }
    }
}
