//! Which columns of the tables a problem needs, and whether their names are right.

use super::file::{Build, ProblemFile, SizeOrColumn};
use super::frame::{Opened, PRODUCT_IDS, Want};
use super::people::is_by_product;
use super::surveys::{OfMoment, without_table};
use crate::diagnostic::{Diagnostic, name_list};
use crate::document::Files;
use crate::formula::{Formula, Slip};
use crate::reader::Text;

/// A formula with the text it was read from.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) formula: Formula,
    pub(super) text: Text,
}

/// The formulas of a problem.
#[derive(Clone, Debug)]
pub(super) struct Formulas {
    pub(super) linear: Option<Placed>,
    pub(super) nonlinear: Option<Placed>,
    pub(super) demographics: Option<Placed>,
    pub(super) costs: Option<Placed>,
    pub(super) absorb: Option<Placed>,
    pub(super) absorb_costs: Option<Placed>,
    /// Of built instruments, in their order.
    pub(super) built: Vec<Option<Placed>>,
    /// Of micro moments, in their order.
    pub(super) surveys: Vec<OfMoment>,
}

/// A mistake of a formula, at its characters.
pub(super) fn at_characters(files: &Files, text: &Text, slip: Slip) -> Diagnostic {
    let inner = text.place.part(1..1 + text.text.len());
    // Escapes and long quotes move characters: then all of the text is meant.
    let place = if files.text_at(inner) == text.text {
        text.place
            .part(1 + slip.range.start..1 + slip.range.end.max(slip.range.start + 1))
    } else {
        text.place
    };
    files
        .error(place, slip.found)
        .expected(slip.expected)
        .help(slip.help)
}

impl Formulas {
    /// Reads all of them.
    pub(super) fn read(file: &ProblemFile, files: &Files, mistakes: &mut Vec<Diagnostic>) -> Self {
        let mut parse = |text: Option<&Text>| -> Option<Placed> {
            let text = text.filter(|text| !text.is_poison())?;
            match Formula::parse(&text.text) {
                Ok(formula) => Some(Placed {
                    formula,
                    text: text.clone(),
                }),
                Err(slip) => {
                    mistakes.push(at_characters(files, text, slip));
                    None
                }
            }
        };
        let written = &file.formulas;
        let mut read = Self {
            linear: parse(Some(&written.linear)),
            nonlinear: parse(written.nonlinear.as_ref()),
            demographics: parse(written.demographics.as_ref()),
            costs: parse(written.costs.as_ref()),
            absorb: parse(written.absorb.as_ref()),
            absorb_costs: parse(written.absorb_costs.as_ref()),
            built: file
                .instruments
                .iter()
                .map(|built| parse(built.of.as_ref()))
                .collect(),
            surveys: Vec::new(),
        };
        read.surveys = OfMoment::read(file, files, mistakes);
        read
    }

    fn of_products(&self) -> impl Iterator<Item = &Placed> {
        let all = [
            &self.linear,
            &self.nonlinear,
            &self.costs,
            &self.absorb,
            &self.absorb_costs,
        ];
        let built = self.built.iter().flatten();
        let surveys = self
            .surveys
            .iter()
            .flat_map(|of| of.products.iter().flatten());
        all.into_iter().flatten().chain(built).chain(surveys)
    }

    /// Reports what may not stand where it stands, and columns that no table has.
    pub(super) fn check(
        &self,
        products: &Opened,
        agents: Option<&Opened>,
        files: &Files,
        mistakes: &mut Vec<Diagnostic>,
    ) {
        let before = mistakes.len();
        for placed in self.of_products() {
            for slip in placed.formula.unknown_columns(products.headers()) {
                mistakes.push(at_characters(files, &placed.text, slip));
            }
        }
        if let (Some(placed), Some(agents)) = (&self.demographics, agents) {
            let mut valid = agents.headers().to_vec();
            let by_product = |(name, _): &&(String, _)| is_by_product(agents.headers(), name);
            let names = placed.formula.names().iter().filter(by_product);
            valid.extend(names.map(|(name, _)| name.clone()));
            for slip in placed.formula.unknown_columns(&valid) {
                mistakes.push(at_characters(files, &placed.text, slip));
            }
        }
        match agents {
            Some(agents) => {
                let surveys = self.surveys.iter();
                for placed in surveys.flat_map(|of| of.people.iter().flatten()) {
                    for slip in placed.formula.unknown_columns(agents.headers()) {
                        mistakes.push(at_characters(files, &placed.text, slip));
                    }
                }
            }
            None => without_table(&self.surveys, files, mistakes),
        }
        let utility = [&self.linear, &self.nonlinear];
        for placed in utility.into_iter().flatten() {
            self.forbid(
                placed,
                "shares",
                "what utility depends on: shares follow from it",
                files,
                mistakes,
            );
        }
        if let Some(costs) = &self.costs {
            self.forbid(
                costs,
                "prices",
                "what costs depend on: prices follow from them",
                files,
                mistakes,
            );
        }
        for built in self.built.iter().flatten() {
            for column in ["prices", "shares"] {
                let expected = "characteristics that prices and shares do not move";
                self.forbid(built, column, expected, files, mistakes);
            }
        }
        let names_price = |placed: &&Placed| {
            placed
                .formula
                .names()
                .iter()
                .any(|(name, _)| name == "prices")
        };
        let priced = utility
            .into_iter()
            .flatten()
            .any(|placed| names_price(&placed));
        if let Some(linear) = self
            .linear
            .as_ref()
            .filter(|_| !priced && mistakes.len() == before)
        {
            let mistake = files
                .error(linear.text.place, "no formula of utility has `prices`")
                .expected("`prices` in `formulas.linear` or `formulas.nonlinear`")
                .help(format!("write \"{} + prices\"", linear.text.text));
            mistakes.push(mistake);
        }
        let empty = |placed: &&Placed| placed.formula.is_empty();
        let all = self.of_products().chain(&self.demographics);
        for placed in all.filter(empty) {
            mistakes.push(
                files
                    .error(placed.text.place, "a formula without a term")
                    .expected("at least one column, or `1`"),
            );
        }
    }

    fn forbid(
        &self,
        placed: &Placed,
        column: &str,
        expected: &str,
        files: &Files,
        mistakes: &mut Vec<Diagnostic>,
    ) {
        let found = placed
            .formula
            .names()
            .iter()
            .find(|(name, _)| name == column);
        if let Some((name, range)) = found {
            let slip =
                Slip::new(range.clone(), format!("`{name}` in this formula")).expected(expected);
            mistakes.push(at_characters(files, &placed.text, slip));
        }
    }
}

/// Columns of a family such as `nodes0, nodes1, …`, in order; gaps and slips of the name are mistakes.
pub(super) fn family(
    table: &Opened,
    name: &str,
    file: &str,
    mistakes: &mut Vec<Diagnostic>,
) -> Vec<String> {
    let mut numbers: Vec<usize> = Vec::new();
    let singular = name.trim_end_matches('s');
    for header in table.headers() {
        if let Some(rest) = header.strip_prefix(name) {
            let plain = rest
                .parse::<usize>()
                .ok()
                .filter(|number| number.to_string() == rest);
            match plain {
                Some(number) => numbers.push(number),
                None if rest.is_empty() => {
                    if !table.has(&format!("{name}0")) {
                        return vec![header.clone()];
                    }
                    misnamed(header, name, file, mistakes);
                }
                None => misnamed(header, name, file, mistakes),
            }
        } else if header.strip_prefix(singular).is_some_and(|rest| {
            !rest.is_empty()
                && rest
                    .trim_start_matches('_')
                    .chars()
                    .all(|c| c.is_ascii_digit())
        }) {
            misnamed(header, name, file, mistakes);
        }
    }
    numbers.sort_unstable();
    let missing: Vec<String> = match numbers.last() {
        Some(last) => (0..*last)
            .filter(|number| !numbers.contains(number))
            .map(|number| format!("{name}{number}"))
            .collect(),
        None => Vec::new(),
    };
    if !missing.is_empty() {
        let last = numbers.last().copied().unwrap_or_default();
        let found = format!("`{name}{last}` without {}", name_list(&missing));
        mistakes.push(
            Diagnostic::about_file(file, found)
                .expected(format!(
                    "columns numbered from 0 without a gap: `{name}0`, `{name}1`, …"
                ))
                .help("number them anew, or add what is missing"),
        );
    }
    numbers
        .iter()
        .map(|number| format!("{name}{number}"))
        .collect()
}

fn misnamed(header: &str, name: &str, file: &str, mistakes: &mut Vec<Diagnostic>) {
    mistakes.push(
        Diagnostic::about_file(file, format!("the column `{header}`"))
            .expected(format!("columns numbered from 0: `{name}0`, `{name}1`, …"))
            .help("rename it; a column that is no such thing must not begin like one"),
    );
}

/// What is wanted of each column, once, in the order found.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) columns: Vec<(String, Want)>,
}

impl Wanted {
    pub(super) fn add(&mut self, name: &str, want: Want) {
        match self.columns.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) if *known == want => {}
            Some((_, known)) => *known = joined(*known, want),
            None => self.columns.push((name.to_owned(), want)),
        }
    }

    /// What a formula needs.
    pub(super) fn add_formula(&mut self, placed: Option<&Placed>) {
        let Some(placed) = placed else { return };
        for (name, _) in placed.formula.names() {
            self.add_in_formula(placed, name);
        }
    }

    /// A column as a formula needs it.
    pub(super) fn add_in_formula(&mut self, placed: &Placed, name: &str) {
        if placed.formula.has_levels_of(name) {
            self.add(name, Want::Levels);
        }
        if placed.formula.has_numbers_of(name) {
            self.add(name, Want::Either);
        }
    }
}

/// What serves two wishes.
fn joined(a: Want, b: Want) -> Want {
    let pair = [a, b];
    let has = |want: Want| pair.contains(&want);
    if has(Want::Both)
        || (has(Want::Numbers) && (has(Want::Levels) || has(Want::LevelsAndMaybeNumbers)))
    {
        Want::Both
    } else if has(Want::Levels) || has(Want::LevelsAndMaybeNumbers) {
        Want::LevelsAndMaybeNumbers
    } else {
        Want::Numbers
    }
}

/// Columns of products that are taken by themselves, whatever formulas name.
#[derive(Debug)]
pub(super) struct ProductColumns {
    /// Column of nests; `None`: no nests. `Some(None)`: one nest.
    pub(super) nests: Option<Option<String>>,
    /// Column that names products.
    pub(super) ids: String,
    pub(super) clusters: Vec<String>,
    pub(super) market_size: Option<String>,
    pub(super) demand_instruments: Vec<String>,
    pub(super) supply_instruments: Vec<String>,
    pub(super) ownership: Vec<String>,
    pub(super) wanted: Wanted,
}

/// The columns of products that are needed.
pub(super) fn products(
    file: &ProblemFile,
    formulas: &Formulas,
    table: &Opened,
    files: &Files,
    mistakes: &mut Vec<Diagnostic>,
) -> ProductColumns {
    let name = &file.products.table.text;
    let mut wanted = Wanted::default();
    wanted.add("market_ids", Want::Levels);
    wanted.add("shares", Want::Numbers);
    wanted.add("prices", Want::Numbers);
    let written = |text: &Text, mistakes: &mut Vec<Diagnostic>| {
        if !table.has(&text.text) {
            let mistake = files
                .error(text.place, format!("no column `{}` in {name}", text.text))
                .expected(format!("one of {}", name_list(table.headers())))
                .nearest(&text.text, table.headers());
            mistakes.push(mistake);
        }
    };
    let has = |column: &str| table.has(column);
    let ids = match &file.products.ids {
        Some(text) => {
            written(text, mistakes);
            text.text.clone()
        }
        None => PRODUCT_IDS.to_owned(),
    };
    for column in ["firm_ids", ids.as_str()] {
        if has(column) {
            wanted.add(column, Want::Levels);
        }
    }
    for conduct in &file.conduct {
        let mut needs = |is_there: bool, found: &str, expected: &str| {
            if !is_there {
                let found = format!("[[conduct]] {found} in {name}");
                mistakes.push(files.error(conduct.place, found).expected(expected));
            }
        };
        needs(
            has("firm_ids"),
            "and no column `firm_ids`",
            "whose products are whose",
        );
        needs(
            !has("ownership0"),
            "beside columns `ownership0`…",
            "one of them: both say whose profits are counted",
        );
    }
    for built in &file.instruments {
        if built.build != Build::NestSize && built.build != Build::Unread && !has("firm_ids") {
            let mistake = files.error(built.place, format!("no column `firm_ids` in {name}"));
            mistakes.push(mistake.expected("whose products are whose, for these instruments"));
        }
    }
    if formulas.costs.is_some() && !has("firm_ids") {
        mistakes.push(
            Diagnostic::about_file(name, "no column `firm_ids`, and `formulas.costs` is given")
                .expected("who sets which prices, for the supply side"),
        );
    }
    let nests = match (&file.products.nests, &file.rho) {
        (Some(text), _) if text.text == "1" => Some(None),
        (Some(text), _) => {
            written(text, mistakes);
            Some(Some(text.text.clone()))
        }
        (None, Some(_)) if has("nesting_ids") => Some(Some("nesting_ids".to_owned())),
        _ => None,
    };
    if let Some(Some(column)) = &nests {
        wanted.add(column, Want::Levels);
    }
    let mut clusters: Vec<String> = Vec::new();
    for text in &file.products.clusters {
        written(text, mistakes);
        clusters.push(text.text.clone());
    }
    if clusters.is_empty() && has("clustering_ids") {
        clusters.push("clustering_ids".to_owned());
    }
    if let Some(extra) = file.products.clusters.get(2) {
        mistakes.push(
            files
                .error(extra.place, "a third column of clusters")
                .expected("one or two columns"),
        );
    }
    for column in &clusters {
        wanted.add(column, Want::Levels);
    }
    let market_size = match &file.products.market_size {
        Some(SizeOrColumn::Column(text)) => {
            written(text, mistakes);
            wanted.add(&text.text, Want::Numbers);
            Some(text.text.clone())
        }
        _ => None,
    };
    let mut numbers = |family_name: &str, mistakes: &mut Vec<Diagnostic>| {
        let columns = family(table, family_name, name, mistakes);
        for column in &columns {
            wanted.add(column, Want::Numbers);
        }
        columns
    };
    let demand_instruments = numbers("demand_instruments", mistakes);
    let (mut supply_instruments, mut ownership) = (Vec::new(), Vec::new());
    if formulas.costs.is_some() {
        supply_instruments = numbers("supply_instruments", mistakes);
    }
    if has("ownership0") {
        ownership = numbers("ownership", mistakes);
    }
    for placed in formulas.of_products() {
        wanted.add_formula(Some(placed));
    }
    ProductColumns {
        nests,
        ids,
        clusters,
        market_size,
        demand_instruments,
        supply_instruments,
        ownership,
        wanted,
    }
}
