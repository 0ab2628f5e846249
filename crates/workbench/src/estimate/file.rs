//! `problem.toml` as written: tables, formulas, starting values with bounds, settings.

use super::conduct_file::ConductFile;
use super::hypotheses::HypothesisFile;
use super::micro_file::MicroFile;
use crate::counterfactual::numbers::{AboveZero, Bare, Bounds, Real};
use crate::document::{Node, Place};
use crate::reader::{Field, Map, Name, Reader, Record, Shape, Text, Whole, choice, record};
use serde_json::json;

record! {
    /// A problem of estimation.
    ProblemFile {
        /// Version of the format: 1.
        format: Whole<1, 1>,
        /// What results are called.
        name: Name,
        /// For people.
        title: Option<Text>,
        /// Products in markets.
        products: ProductsTable,
        /// People in markets; needed where `formulas.nonlinear` is given.
        agents: Option<AgentsTable>,
        /// Tastes by a rule of integration instead of `nodes0…` and `weights` in the table of people, which then gives demographics alone.
        integration: Option<Integration>,
        /// What utility and costs depend on.
        formulas: Formulas,
        /// Instruments that are built from the table, after those that stand in it.
        instruments: Vec<Built>,
        /// Firms that count each other's profits, where prices are set and costs follow from them.
        conduct: Vec<ConductFile>,
        /// How random coefficients are distributed, by label; normal if not given.
        coefficients: Map<Distribution>,
        /// Σ, the Cholesky factor of tastes: `prices = 2.45` on the diagonal, `"sugar x prices" = 0.1` below it. What is not given, or 0, is held at 0.
        sigma: Map<Start>,
        /// Π, tastes by demographics: `"prices x income" = 15.9`. What is not given, or 0, is held at 0.
        pi: Map<Start>,
        /// ρ, how much closer substitutes the products of a nest are: a number for all nests, or a table with one for each.
        rho: Option<Rho>,
        /// Linear parameters of utility that are held or searched over instead of concentrated out, by label.
        beta: Map<Start>,
        /// Likewise those of costs.
        gamma: Map<Start>,
        /// Surveys of who chooses what.
        micro: Option<MicroFile>,
        /// What is tested of the parameters.
        hypotheses: Vec<HypothesisFile>,
        /// How it is estimated.
        estimation: Estimation = "{}",
    }
}

record! {
    /// The table of products, with the reference's column names: `market_ids`, `shares`, `prices`; `firm_ids`, `product_ids`, `nesting_ids`, `clustering_ids`, `demand_instruments0…`, `supply_instruments0…`, `ownership0…` where they are there.
    ProductsTable {
        /// File beside this one, CSV or Parquet.
        table: Text,
        /// Column that names products instead of `product_ids`: edits of counterfactuals and messages call them so.
        ids: Option<Text>,
        /// Column that names nests instead of `nesting_ids`; `"1"` puts all products into one nest.
        nests: Option<Text>,
        /// Column that names clusters instead of `clustering_ids`; with two of them errors are clustered in both ways.
        clusters: Vec<Text>,
        /// What to do with products that were not sold, whose share is 0.
        zero_shares: Zero = "\"error\"",
        /// How many might buy in a market, a number or a column: needed to raise zero shares.
        market_size: Option<SizeOrColumn>,
    }
}

choice! {
    /// What to do with shares of 0.
    Zero {
        /// They are a mistake.
        Error = "error",
        /// Their rows are left out.
        Drop = "drop",
        /// All shares of all markets become (n s + 1)/(n + J + 1), with n the market's size and J its products (Gandhi, Lu & Shi 2023).
        Raise = "raise",
    }
}

record! {
    /// The table of people, with the reference's column names: `market_ids`, `weights`, `nodes0…`; `availability0…` and demographics where they are there.
    AgentsTable {
        /// File beside this one, CSV or Parquet.
        table: Text,
        /// Whether weights sum to 1 in each market, or stand as they are: from importance sampling they need not.
        weights: Weights = "\"sum_to_one\"",
    }
}

choice! {
    /// What weights must be.
    Weights {
        /// They sum to 1 in each market.
        SumToOne = "sum_to_one",
        /// Whatever the table says.
        AsGiven = "as_given",
    }
}

record! {
    /// Points that stand for tastes in each market: one dimension for each column of `formulas.nonlinear`.
    Integration {
        /// The rule.
        rule: Rule,
        /// Points in each market; of `product`, points of each dimension.
        points: Whole<1, 1000000>,
        /// Seed of what is random in it.
        seed: Whole<0, 9007199254740991> = "0",
        /// Points of the Halton sequence that are left out first.
        discard: Whole<0, 1000000> = "1000",
        /// Whether digits of the Halton sequence are permuted at random.
        scramble: bool = "true",
    }
}

choice! {
    /// Rules of integration.
    Rule {
        /// Halton sequences.
        Halton = "halton",
        /// Scrambled Sobol sequences.
        Sobol = "sobol",
        /// Modified Latin hypercube sampling.
        Mlhs = "mlhs",
        /// Independent draws.
        MonteCarlo = "monte_carlo",
        /// The product of Gauss-Hermite rules.
        Product = "product",
    }
}

record! {
    /// Formulas in the notation of R and of the reference: `1 + prices + log(x) + C(region)`. A constant is there unless taken out by `0 +`.
    Formulas {
        /// Utility that all people share.
        linear: Text,
        /// Columns with random coefficients.
        nonlinear: Option<Text>,
        /// Demographics, from the table of people.
        demographics: Option<Text>,
        /// Marginal costs: gives the supply side.
        costs: Option<Text>,
        /// Fixed effects of utility: `C(product_ids) + C(market_ids)`.
        absorb: Option<Text>,
        /// Fixed effects of costs.
        absorb_costs: Option<Text>,
        /// Whether `costs` gives marginal costs or their logarithms.
        costs_form: CostsForm = "\"linear\"",
    }
}

choice! {
    /// Form of costs.
    CostsForm {
        /// Costs.
        Linear = "linear",
        /// Their logarithms.
        Log = "log",
    }
}

record! {
    /// Instruments built from the table.
    Built {
        /// What is built.
        build: Build,
        /// Formula of the characteristics that it is built from; not for `nest_size`.
        of: Option<Text>,
        /// Whether differences in one characteristic also go with those in others.
        interact: bool = "false",
        /// For which side.
        side: Side = "\"demand\"",
    }
}

choice! {
    /// Instruments that can be built.
    Build {
        /// Sums of the columns of `of` over the firm's other products in the market, then over rivals' products (Berry, Levinsohn & Pakes 1995).
        Others = "characteristics_of_others",
        /// How many of the firm's other products, then of rivals', lie within a standard deviation in each column of `of` (Gandhi & Houde 2019).
        Local = "differentiation_local",
        /// Sums of squared differences in each column of `of` from the firm's other products, then from rivals' (Gandhi & Houde 2019).
        Quadratic = "differentiation_quadratic",
        /// The number of products in the product's nest and market.
        NestSize = "nest_size",
    }
}

choice! {
    /// A side of the market.
    Side {
        /// Utility.
        Demand = "demand",
        /// Costs.
        Supply = "supply",
    }
}

choice! {
    /// Distributions of random coefficients.
    Distribution {
        /// Normal.
        Normal = "normal",
        /// The exponential of a normal index.
        Lognormal = "lognormal",
        /// The logistic function of a normal index.
        Logit = "logit",
    }
}

record! {
    /// How it is estimated.
    Estimation {
        /// One step with the first weighting matrix, two, or several.
        method: Steps = "\"two_step\"",
        /// Steps at most, of `iterated`.
        steps: Whole<2, 1000> = "50",
        /// Covariance of moments behind the weighting matrix.
        weighting: Errors = "\"robust\"",
        /// Covariance of moments behind standard errors.
        standard_errors: Errors = "\"robust\"",
        /// Whether moments are centred in these covariances.
        center_moments: bool = "true",
        /// Whether weights are computed once at the starting values before the first step.
        initial_update: bool = "false",
        /// Whether the objective is multiplied by the number of rows.
        scale_objective: bool = "true",
        /// Whether excluded instruments become optimal ones after a first fit, and problem and search begin anew (Chamberlain 1987; Reynaert & Verboven 2014).
        optimal_instruments: OptimalKind = "\"none\"",
        /// Draws of errors, of `normal` and `empirical`.
        optimal_draws: Whole<1, 100000> = "100",
        /// What searches over the nonlinear parameters; `none` evaluates at the starting values.
        optimiser: Searcher = "\"l_bfgs_b\"",
        /// Largest component of the projected gradient at which a search stops.
        gradient_tolerance: Bare<AboveZero> = "1e-5",
        /// Iterations of a search at most.
        iterations: Whole<1, 1000000> = "1000",
        /// How mean utilities are iterated.
        contraction: Contraction = "\"squarem\"",
        /// Largest change of a mean utility at which a market counts as solved.
        contraction_tolerance: Bare<AboveZero> = "1e-14",
        /// Evaluations of the contraction in a market at most.
        contraction_evaluations: Whole<1, 1000000> = "5000",
        /// What happens where a market cannot be computed at some parameters.
        errors: Policy = "\"revert\"",
        /// The objective there, of `punish`.
        punishment: Bare<AboveZero> = "1e10",
        /// Lowest marginal cost; none if not given.
        cost_lower: Option<Bare<Real>>,
        /// Highest marginal cost; none if not given.
        cost_upper: Option<Bare<Real>>,
    }
}

choice! {
    /// Optimal instruments.
    OptimalKind {
        /// Those of the problem.
        None = "none",
        /// Expected at errors of 0.
        Approximate = "approximate",
        /// Over normal errors with the covariance that the first fit's have.
        Normal = "normal",
        /// Over the first fit's errors, drawn with replacement.
        Empirical = "empirical",
    }
}

choice! {
    /// Steps of the method of moments.
    Steps {
        /// One.
        OneStep = "one_step",
        /// Two.
        TwoStep = "two_step",
        /// Until estimates stop moving.
        Iterated = "iterated",
    }
}

choice! {
    /// Covariances of moments.
    Errors {
        /// Errors of equal variance, independent of the instruments.
        Unadjusted = "unadjusted",
        /// Any variance, rows independent.
        Robust = "robust",
        /// Rows of a cluster depend on each other.
        Clustered = "clustered",
    }
}

choice! {
    /// Searches.
    Searcher {
        /// L-BFGS-B: gradients, bounds.
        Lbfgsb = "l_bfgs_b",
        /// BFGS: gradients, no bounds.
        Bfgs = "bfgs",
        /// A trust region: gradients, bounds.
        TrustRegion = "trust_region",
        /// Nelder and Mead: no gradients.
        NelderMead = "nelder_mead",
        /// None.
        None = "none",
    }
}

choice! {
    /// Fixed points.
    Contraction {
        /// SQUAREM.
        Squarem = "squarem",
        /// The contraction alone.
        Plain = "plain",
    }
}

choice! {
    /// What happens where a market fails.
    Policy {
        /// Its numbers stay what they were.
        Revert = "revert",
        /// The objective becomes a large number.
        Punish = "punish",
        /// The estimation ends.
        Raise = "raise",
    }
}

/// A parameter: where it starts, how far it may go, whether it is held.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// Where it starts.
    pub value: f64,
    /// Lowest value, if given.
    pub lower: Option<f64>,
    /// Highest value, if given.
    pub upper: Option<f64>,
    /// Held where it starts.
    pub fixed: bool,
    /// Where it stands.
    pub place: Place,
}

record! {
    /// A parameter with bounds.
    Bounded {
        /// Where it starts.
        start: Bare<Real>,
        /// Lowest value.
        lower: Option<Bare<Real>>,
        /// Highest value.
        upper: Option<Bare<Real>>,
        /// Held where it starts.
        fixed: bool = "false",
    }
}

impl Shape for Start {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        if let Some(value) = node.as_number().filter(|value| value.is_finite()) {
            return Self {
                value,
                lower: None,
                upper: None,
                fixed: value == 0.0,
                place: node.place,
            };
        }
        if node.as_table().is_none() {
            return reader.wrong(node);
        }
        let bounded = Bounded::read(node, reader);
        let start = bounded.start.value;
        let [lower, upper] = [bounded.lower, bounded.upper].map(|bound| bound.map(|b| b.value));
        let inside =
            lower.is_none_or(|bound| start >= bound) && upper.is_none_or(|bound| start <= bound);
        if start.is_finite() && !inside {
            let shown =
                |bound: Option<f64>, none: &str| bound.map_or(none.to_owned(), |b| b.to_string());
            let mistake = reader
                .error(
                    bounded.start.place,
                    format!("a start of {start} outside its bounds"),
                )
                .expected(format!(
                    "a number from {} to {}",
                    shown(lower, "minus infinity"),
                    shown(upper, "infinity")
                ));
            reader.push(mistake);
        }
        Self {
            value: start,
            lower,
            upper,
            fixed: bounded.fixed || (lower.is_some() && lower == upper),
            place: node.place,
        }
    }

    fn poison() -> Self {
        Self {
            value: f64::NAN,
            lower: None,
            upper: None,
            fixed: true,
            place: Place::NOWHERE,
        }
    }

    fn describe(_: &str) -> String {
        "a starting value such as 0.5, or `{ start = 0.5, lower = 0, upper = 1 }`, or `{ start = 0.5, fixed = true }`"
            .to_owned()
    }

    fn schema() -> serde_json::Value {
        json!({ "anyOf": [{ "type": "number" }, Bounded::schema()] })
    }

    fn inner() -> Option<(&'static str, Vec<Field>)> {
        Some(("", Bounded::fields()))
    }
}

/// Nesting parameters.
#[derive(Clone, Debug)]
pub enum Rho {
    /// One for all nests.
    One(Start),
    /// One for each nest, by its id.
    Many(Map<Start>),
}

impl Shape for Rho {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        match node.as_table() {
            Some(table) if table.get("start").is_none() => Self::Many(Map::read(node, reader)),
            _ => Self::One(Start::read(node, reader)),
        }
    }

    fn poison() -> Self {
        Self::One(Start::poison())
    }

    fn describe(currency: &str) -> String {
        format!(
            "{}, or a table with one for each nest",
            Start::describe(currency)
        )
    }

    fn schema() -> serde_json::Value {
        json!({ "anyOf": [Start::schema(), Map::<Start>::schema()] })
    }
}

/// A market's size: a number for all markets, or the name of a column.
#[derive(Clone, Debug)]
pub enum SizeOrColumn {
    /// A number.
    Size(f64),
    /// A column.
    Column(Text),
}

impl Shape for SizeOrColumn {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Self {
        if node.as_text().is_some() {
            return Self::Column(Text::read(node, reader));
        }
        Self::Size(Bare::<AboveZero>::read(node, reader).value)
    }

    fn poison() -> Self {
        Self::Size(f64::NAN)
    }

    fn describe(_: &str) -> String {
        format!("{}, or the name of a column", AboveZero::WORDS)
    }

    fn schema() -> serde_json::Value {
        json!({ "type": ["number", "string"] })
    }
}
