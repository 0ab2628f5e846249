//! From `problem.toml` and its tables to a problem of the engine, with all mistakes at once.

use super::file::{ProblemFile, Weights};
use super::frame::{self, Opened};
use super::hypotheses::{self, Hypothesis};
use super::labels::{self, Labels};
use super::moments::moments;
use super::people;
use super::products;
use super::settings::{optimal, options};
use super::surveys;
use super::tastes;
use super::wanted::{self, Formulas};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::document::{Files, parse_toml};
use crate::reader::{Reader, Shape, Text, without_controls};
use beachhead_engine::estimate::{Options, Parameters, Problem, starting_values};
pub use products::{ROW, Rows};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// The file that makes a folder a problem.
pub const PROBLEM_FILE: &str = "problem.toml";

/// A problem ready to be estimated.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What results are called.
    pub name: String,
    /// For people.
    pub title: Option<String>,
    /// Data.
    pub problem: Problem,
    /// Starting values.
    pub parameters: Parameters,
    /// Settings.
    pub options: Options,
    /// Whether instruments become optimal ones after a first fit, and over which errors.
    pub optimal: Option<beachhead_engine::estimate::Errors>,
    /// What is tested of its parameters.
    pub hypotheses: Vec<Hypothesis>,
    /// Formulas of fixed effects that are absorbed, of utility and of costs.
    pub absorbed: [Option<String>; 2],
    /// What its rows are in the table.
    pub rows: Rows,
    /// What people should know.
    pub warnings: Vec<Diagnostic>,
    /// Name of the problem's file.
    pub file: String,
    /// Name of the table of products.
    pub products_table: String,
    /// The problem and its tables.
    pub inputs: Vec<Input>,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Input {
    /// Name beside the problem.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// SHA-256 of its bytes, hexadecimal.
    pub digest: String,
}

impl Loaded {
    /// What makes its results what they are, in 12 hexadecimal digits: the bytes of its files and the starts of the search, not
    /// where the files lie.
    pub fn hash(&self) -> String {
        let mut all = format!("{} {}\n", self.options.starts, self.options.seed);
        for input in &self.inputs {
            all += &format!("{} {}\n", input.name, input.digest);
        }
        let mut digest = crate::run::canonical::digest(all.as_bytes());
        digest.truncate(HASH);
        digest
    }
}

/// Bytes of a file that are read at a time.
const PIECE: usize = 1 << 16;

/// Digits of a hash.
const HASH: usize = 12;

/// Reads a problem: a folder with `problem.toml`, or a file like it.
///
/// # Errors
/// Every mistake that can be told at once: those of the file and of the tables' columns first, then those of cells and markets.
pub fn read(path: &Path) -> Result<Loaded, Diagnostics> {
    let file_path = if path.is_dir() {
        path.join(PROBLEM_FILE)
    } else {
        path.to_owned()
    };
    let name = file_path.display().to_string();
    let text = std::fs::read_to_string(&file_path).map_err(|error| {
        Diagnostic::about_file(&name, format!("cannot read this file: {error}")).expected(format!(
            "a folder with {PROBLEM_FILE}, or a TOML file like it"
        ))
    })?;
    let folder = file_path.parent().unwrap_or(Path::new("")).to_owned();
    let mut files = Files::default();
    let short = file_path
        .file_name()
        .map_or(name, |name| name.to_string_lossy().into_owned());
    let at = files.add(&short, text);
    let mut tree = parse_toml(&files, at)?;
    let mut mistakes = Vec::new();
    without_controls(&mut tree, &files, &mut mistakes);
    let mut reader = Reader::new(&files, "the table's currency");
    let file = ProblemFile::read(&tree, &mut reader);
    mistakes.extend(reader.report);
    let formulas = Formulas::read(&file, &files, &mut mistakes);
    pairs(&file, &files, &mut mistakes);
    surveys::check(&file, &files, &mut mistakes);
    let products = open(&folder, &file.products.table, &files, &mut mistakes);
    let agents = file.agents.as_ref().map(|agents| &agents.table);
    let agents = agents.and_then(|table| open(&folder, table, &files, &mut mistakes));
    let covariance = file
        .micro
        .as_ref()
        .and_then(|micro| micro.covariance.as_ref());
    let covariance_is_there =
        covariance.is_none_or(|table| open(&folder, table, &files, &mut mistakes).is_some());
    let tables = [
        Some(&file.products.table),
        file.agents.as_ref().map(|agents| &agents.table),
        covariance,
    ];
    let others_are_there = covariance_is_there && (file.agents.is_none() || agents.is_some());
    let (Some(products), true) = (products, others_are_there) else {
        return Err(Diagnostics { list: mistakes });
    };
    formulas.check(&products, agents.as_ref(), &files, &mut mistakes);
    let columns = wanted::products(&file, &formulas, &products, &files, &mut mistakes);
    let people = agents.map(|table| {
        let columns = people::columns(&file, &formulas, &table, &mut mistakes);
        (table, columns)
    });
    stop_at(&mut mistakes)?;
    let frames = (
        products.read(&columns.wanted.columns),
        people
            .map(|(table, columns)| Ok((table.read(&columns.wanted.columns)?, columns)))
            .transpose(),
    );
    let (frame, people) = match frames {
        (Ok(frame), Ok(people)) => (frame, people),
        (frame, people) => {
            let lists = [frame.err(), people.err()].into_iter().flatten();
            mistakes.extend(lists.flat_map(|found: Diagnostics| found.list));
            return Err(Diagnostics { list: mistakes });
        }
    };
    let mut surveyed = surveys::Evaluated::default();
    let made = products::problem(
        &file,
        &formulas,
        &files,
        &columns,
        frame,
        &mut surveyed,
        &mut mistakes,
    );
    let Some((mut problem, rows)) = made else {
        return Err(Diagnostics { list: mistakes });
    };
    let is_random = random(&file, &problem);
    let sources = people::Sources {
        file: &file,
        formulas: &formulas,
        files: &files,
        markets: &problem.markets,
        market_labels: &problem.market_labels,
        is_random: &is_random,
    };
    let agents = match (people, &file.integration) {
        (Some((frame, columns)), _) => {
            people::agents(&sources, frame, &columns, &mut surveyed, &mut mistakes)
        }
        (None, Some(rule)) => {
            surveyed.people = vec![[None, None]; formulas.surveys.len()];
            tastes::without_table(&sources, rule, &mut mistakes)
        }
        (None, None) => None,
    };
    problem.agents = agents;
    stop_at(&mut mistakes)?;
    problem.micro = surveys::micro(&file, &problem, &surveyed, &folder, &files, &mut mistakes);
    stop_at(&mut mistakes)?;
    let mut parameters = parameters(&file, &problem, &files, &mut mistakes);
    stop_at(&mut mistakes)?;
    if no_starts(&file) {
        parameters = started(&problem, &file, &files, &parameters, &mut mistakes);
    }
    moments(&problem, &parameters, &file, &files, &mut mistakes);
    let options = options(
        &file.estimation,
        file.agents
            .as_ref()
            .is_some_and(|agents| agents.weights == Weights::AsGiven),
    );
    let method = options.method;
    let hypotheses =
        hypotheses::resolve(&file, &problem, &parameters, method, &files, &mut mistakes);
    stop_at(&mut mistakes)?;
    let mut inputs = vec![input(&file_path, PROBLEM_FILE)?];
    for table in tables.into_iter().flatten() {
        inputs.push(input(&folder.join(&table.text), &table.text)?);
    }
    Ok(Loaded {
        name: file.name.0.text.clone(),
        title: file.title.as_ref().map(|title| title.text.clone()),
        optimal: optimal(&file.estimation),
        options,
        hypotheses,
        absorbed: [&file.formulas.absorb, &file.formulas.absorb_costs]
            .map(|text| text.as_ref().map(|text| text.text.clone())),
        problem,
        parameters,
        rows,
        warnings: mistakes,
        products_table: file.products.table.text.clone(),
        file: short,
        inputs,
    })
}

/// A file with its digest, read piece by piece.
fn input(path: &Path, name: &str) -> Result<Input, Diagnostics> {
    let digest = || -> std::io::Result<String> {
        let mut hasher = Sha256::new();
        let mut file = std::fs::File::open(path)?;
        let mut piece = vec![0; PIECE];
        loop {
            match file.read(&mut piece)? {
                0 => break,
                length => hasher.update(&piece[..length]),
            }
        }
        Ok(hasher
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect())
    };
    let digest = digest().map_err(|error| {
        Diagnostic::about_file(name, format!("cannot read this file: {error}"))
            .expected("a file that stays where it is while it is read")
    })?;
    Ok(Input {
        name: name.to_owned(),
        path: path.to_owned(),
        digest,
    })
}

/// Ends with all mistakes so far if there is an error among them.
fn stop_at(mistakes: &mut Vec<Diagnostic>) -> Result<(), Diagnostics> {
    if mistakes
        .iter()
        .any(|found| found.severity == Severity::Error)
    {
        let list = std::mem::take(mistakes);
        return Err(Diagnostics { list });
    }
    Ok(())
}

/// What needs something else beside it.
fn pairs(file: &ProblemFile, files: &Files, mistakes: &mut Vec<Diagnostic>) {
    let written = &file.formulas;
    let mut needs = |text: Option<&Text>, is_there: bool, found: &str, expected: &str| {
        if let Some(text) = text.filter(|_| !is_there) {
            mistakes.push(files.error(text.place, found).expected(expected));
        }
    };
    needs(
        written.nonlinear.as_ref(),
        file.agents.is_some() || file.integration.is_some(),
        "`formulas.nonlinear` without people",
        "[agents] with a table of weights and nodes, or [integration] with a rule",
    );
    needs(
        written.demographics.as_ref(),
        written.nonlinear.is_some() && (file.agents.is_some() || file.integration.is_none()),
        "`formulas.demographics` without random coefficients or without people",
        "`formulas.nonlinear`, which demographics move, and [agents] with their table",
    );
    needs(
        written.absorb_costs.as_ref(),
        written.costs.is_some(),
        "`formulas.absorb_costs` without costs",
        "`formulas.costs`",
    );
    if let Some(rule) = file
        .integration
        .as_ref()
        .filter(|_| written.nonlinear.is_none())
    {
        let mistake = files.error(rule.place, "[integration] without random coefficients");
        mistakes.push(mistake.expected("`formulas.nonlinear`: nothing else depends on tastes"));
    }
    if let Some(agents) = file.agents.as_ref().filter(|_| written.nonlinear.is_none()) {
        let mistake = files.error(agents.place, "[agents] without random coefficients");
        mistakes.push(mistake.expected("`formulas.nonlinear`: nothing else depends on people"));
    }
}

/// Opens a table that the problem names; its path stays in the folder.
fn open(
    folder: &Path,
    table: &Text,
    files: &Files,
    mistakes: &mut Vec<Diagnostic>,
) -> Option<Opened> {
    if table.is_poison() {
        return None;
    }
    let written = PathBuf::from(&table.text);
    let stays = written
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if !stays || table.text.contains('\\') {
        let mistake = files
            .error(table.place, format!("the path `{}`", table.text))
            .expected("a file in the problem's folder, such as `products.csv`");
        mistakes.push(mistake);
        return None;
    }
    let path = folder.join(&written);
    if !path.is_file() {
        let mistake = files
            .error(
                table.place,
                format!(
                    "no file `{}` beside {}",
                    table.text,
                    files.name(table.place)
                ),
            )
            .expected("a table, CSV or Parquet");
        mistakes.push(mistake);
        return None;
    }
    match frame::open(&path, &table.text) {
        Ok(opened) => Some(opened),
        Err(found) => {
            mistakes.extend(found.list);
            None
        }
    }
}

/// For each nonlinear column, whether [sigma] has an entry in its column of Σ.
fn random(file: &ProblemFile, problem: &Problem) -> Vec<bool> {
    if no_starts(file) {
        return vec![true; problem.nonlinear.len()];
    }
    let is_random = |label: &String| {
        file.sigma.entries.iter().any(|(key, start)| {
            let column = key
                .text
                .split_once(" x ")
                .map_or(key.text.as_str(), |(_, column)| column.trim());
            column == label && (start.value != 0.0 || !start.fixed)
        })
    };
    problem
        .nonlinear
        .iter()
        .map(|column| is_random(&column.label))
        .collect()
}

fn parameters(
    file: &ProblemFile,
    problem: &Problem,
    files: &Files,
    mistakes: &mut Vec<Diagnostic>,
) -> Parameters {
    let names = |columns: &[beachhead_engine::estimate::Column]| -> Vec<String> {
        columns.iter().map(|column| column.label.clone()).collect()
    };
    let priced: Vec<bool> = problem
        .linear
        .iter()
        .map(|column| column.by_price.is_some())
        .collect();
    let demographics = problem
        .agents
        .as_ref()
        .map_or(&[][..], |agents| &agents.labels);
    let costs = problem
        .supply
        .as_ref()
        .map_or_else(Vec::new, |supply| names(&supply.design));
    let labels = Labels {
        linear: &names(&problem.linear),
        nonlinear: &names(&problem.nonlinear),
        demographics,
        costs: &costs,
        nests: problem.nests.as_ref().map(|nests| &nests.labels[..]),
        priced: &priced,
    };
    labels::parameters(file, &labels, files, mistakes)
}

/// Whether random coefficients are asked for and no start of any is given.
pub(super) fn no_starts(file: &ProblemFile) -> bool {
    let none = file.sigma.entries.is_empty() && file.pi.entries.is_empty();
    file.formulas.nonlinear.is_some() && none
}

/// Starts from a regression, said to the user.
fn started(
    problem: &Problem,
    file: &ProblemFile,
    files: &Files,
    parameters: &Parameters,
    mistakes: &mut Vec<Diagnostic>,
) -> Parameters {
    let place = file
        .formulas
        .nonlinear
        .as_ref()
        .map_or(file.place, |text| text.place);
    match starting_values(problem, parameters) {
        Ok(started) => {
            let shown: Vec<String> = started
                .free()
                .iter()
                .map(|(place, entry)| {
                    let name = Parameters::name(problem, *place);
                    format!("`{name}` {}", crate::run::words::figure(entry.start))
                })
                .collect();
            let found = "no starting values of random coefficients: they start from a regression";
            let note = files.warning(place, found);
            mistakes.push(
                note.expected("to know: the diagonal of Σ and all of Π are searched over")
                    .help(format!("starts are {}", shown.join(", "))),
            );
            started
        }
        Err(error) => {
            let found = format!("no starting values, and none that a regression gives: {error}");
            let mistake = files.error(place, found);
            mistakes.push(mistake.expected("[sigma] or [pi] with starting values"));
            parameters.clone()
        }
    }
}
