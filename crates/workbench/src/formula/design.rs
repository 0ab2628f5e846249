//! Terms with a table's columns to the columns of a matrix: which levels are left out, and labels.

use super::expression::product;
use super::{Columns, Expression, Factor, Formula, Slip, Term};
use crate::nearest::nearest;

/// A column of a matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name in results, as the reference prints it.
    pub label: String,
    /// What it is.
    pub expression: Expression,
}

impl Column {
    /// The constant.
    fn constant() -> Self {
        Self {
            label: "1".to_owned(),
            expression: Expression::Number(1.0),
        }
    }
}

/// A set of columns of levels; `true`: with all its levels.
type Coded = Vec<(String, bool)>;

/// Sets of columns of levels that are spanned already, for each set of numeric factors beside them.
type Spanned = Vec<(Vec<String>, Vec<Vec<String>>)>;

impl Formula {
    /// Columns that it names and that are not among these.
    pub fn unknown_columns(&self, valid: &[String]) -> Vec<Slip> {
        unknown(self, valid)
    }

    /// The columns, in the order of terms. `absorbs`: fixed effects are absorbed, which contain the
    /// constant: there is none, and levels are left out as if there were one.
    ///
    /// # Errors
    /// Columns that are not there, or are levels where numbers are needed.
    pub fn design(&self, data: &dyn Columns, absorbs: bool) -> Result<Vec<Column>, Vec<Slip>> {
        let mut slips = unknown(self, &data.names());
        for factor in self.terms.iter().flat_map(|term| &term.factors) {
            slips.extend(levels_in_arithmetic(factor, data));
        }
        if !slips.is_empty() {
            return Err(slips);
        }
        let has_constant = self.constant && !absorbs;
        let mut columns = Vec::new();
        if has_constant {
            columns.push(Column::constant());
        }
        let coded = codings(&self.terms, self.constant || absorbs, data);
        for (term, codings) in self.terms.iter().zip(coded) {
            for coding in codings {
                columns.extend(term_columns(term, &coding, data));
            }
        }
        Ok(columns)
    }

    /// The columns of each term of an `absorb` formula, all of which must be levels.
    ///
    /// # Errors
    /// Columns that are not there, terms of numbers.
    pub fn absorbed(&self, data: &dyn Columns) -> Result<Vec<Vec<String>>, Vec<Slip>> {
        let mut slips = unknown(self, &data.names());
        let mut terms = Vec::new();
        for term in &self.terms {
            let mut names = Vec::new();
            for factor in &term.factors {
                match &factor.expression {
                    Expression::Name(name) if is_levels(factor, data) => names.push(name.clone()),
                    other => {
                        let expected = "levels, such as `C(product_ids)`: only these are absorbed";
                        let mut slip = Slip::new(factor.range.clone(), format!("`{other}`"))
                            .expected(expected);
                        if let Expression::Name(name) = other {
                            slip = slip.help(format!("write `C({name})`"));
                        }
                        if !slips.iter().any(|known| known.range == slip.range) {
                            slips.push(slip);
                        }
                    }
                }
            }
            terms.push(names);
        }
        if slips.is_empty() {
            Ok(terms)
        } else {
            Err(slips)
        }
    }
}

fn unknown(formula: &Formula, valid: &[String]) -> Vec<Slip> {
    let missing = formula
        .names
        .iter()
        .filter(|(name, _)| !valid.contains(name));
    missing
        .map(|(name, range)| {
            let slip = Slip::new(range.clone(), format!("no column `{name}` in the table"));
            let slip = slip.expected(format!("one of {}", shortened(valid)));
            match nearest(name, valid.iter().map(String::as_str)) {
                Some(near) => slip.help(format!("did you mean `{near}`?")),
                None => slip,
            }
        })
        .collect()
}

/// Names in back-quotes; not the middle of many.
fn shortened(names: &[String]) -> String {
    const MOST: usize = 24;
    if names.len() <= MOST {
        return crate::diagnostic::name_list(names);
    }
    let rest = names.len() - MOST;
    format!(
        "{} and {rest} more",
        crate::diagnostic::name_list(&names[..MOST])
    )
}

fn levels_in_arithmetic(factor: &Factor, data: &dyn Columns) -> Option<Slip> {
    if factor.categorical || matches!(factor.expression, Expression::Name(_)) {
        return None;
    }
    let known = data.names();
    let name = known
        .iter()
        .find(|name| factor.expression.depends_on(name) && data.numbers(name).is_none())?;
    let slip = Slip::new(
        factor.range.clone(),
        format!("the text column `{name}` in arithmetic"),
    );
    Some(slip.expected("a column of numbers"))
}

fn is_levels(factor: &Factor, data: &dyn Columns) -> bool {
    match &factor.expression {
        Expression::Name(name) => factor.categorical || data.numbers(name).is_none(),
        _ => false,
    }
}

/// How the categorical factors of each term are coded, so that no column is a sum of earlier ones
/// (patsy's rule): a term stands for all its subsets; those that are spanned already are left out, and
/// what is left is put together from left to right.
fn codings(terms: &[Term], has_constant: bool, data: &dyn Columns) -> Vec<Vec<Coded>> {
    let mut sets: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for term in terms {
        let (levels, numbers): (Vec<&Factor>, Vec<&Factor>) = term
            .factors
            .iter()
            .partition(|factor| is_levels(factor, data));
        let text = |factor: &&Factor| factor.expression.to_string();
        let mut numeric: Vec<String> = numbers.iter().map(text).collect();
        numeric.sort();
        sets.push((numeric, levels.iter().map(text).collect()));
    }
    let mut spanned: Spanned = Vec::new();
    if has_constant {
        spanned.push((Vec::new(), vec![Vec::new()]));
    }
    // Terms of few factors first, as patsy does, whatever the order written.
    let mut order: Vec<usize> = (0..terms.len()).collect();
    order.sort_by_key(|position| terms[*position].factors.len());
    let mut result = vec![Vec::new(); terms.len()];
    for position in order {
        let (numeric, categorical) = &sets[position];
        result[position] = coding(numeric, categorical, &mut spanned);
    }
    result
}

fn coding(numeric: &[String], categorical: &[String], spanned: &mut Spanned) -> Vec<Coded> {
    let at = spanned.iter().position(|(known, _)| known == numeric);
    let at = at.unwrap_or_else(|| {
        spanned.push((numeric.to_vec(), Vec::new()));
        spanned.len() - 1
    });
    let used = &mut spanned[at].1;
    let mut parts: Vec<Coded> = Vec::new();
    for subset in subsets(categorical) {
        let mut key = subset.clone();
        key.sort();
        if !used.contains(&key) {
            used.push(key);
            parts.push(subset.into_iter().map(|name| (name, false)).collect());
        }
    }
    while let Some((short, long, factor)) = absorbable(&parts) {
        for (known, whole) in &mut parts[long] {
            if *known == factor {
                *whole = true;
            }
        }
        parts.remove(short);
    }
    parts
}

/// Subsets from small to large, each in the order given.
fn subsets(of: &[String]) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = (0_u32..1 << of.len().min(16))
        .map(|mask| {
            let inside = |position: &usize| mask >> position & 1 == 1;
            let chosen = (0..of.len().min(16)).filter(inside);
            chosen.map(|position| of[position].clone()).collect()
        })
        .collect();
    all.sort_by_key(Vec::len);
    all
}

/// The first part that a later one of one factor more contains, that one, and the factor.
fn absorbable(parts: &[Coded]) -> Option<(usize, usize, String)> {
    for (short, small) in parts.iter().enumerate() {
        for (offset, large) in parts[short + 1..].iter().enumerate() {
            if large.len() == small.len() + 1 && small.iter().all(|part| large.contains(part)) {
                let extra = large.iter().find(|part| !small.contains(part))?;
                return Some((short, short + 1 + offset, extra.0.clone()));
            }
        }
    }
    None
}

/// The columns of a term with one coding of its categorical factors: the first varies fastest.
fn term_columns(term: &Term, coding: &Coded, data: &dyn Columns) -> Vec<Column> {
    let mut numeric: Vec<&Factor> = Vec::new();
    let mut choices: Vec<Vec<Expression>> = Vec::new();
    for factor in &term.factors {
        if !is_levels(factor, data) {
            numeric.push(factor);
            continue;
        }
        let name = factor.expression.to_string();
        if let Some((_, whole)) = coding.iter().find(|(known, _)| *known == name) {
            choices.push(level_columns(&name, *whole, data));
        }
    }
    let count: usize = choices.iter().map(Vec::len).product();
    let mut columns = Vec::with_capacity(count);
    for number in 0..count {
        let mut parts: Vec<Expression> = Vec::new();
        let mut rest = number;
        for choice in &choices {
            parts.push(choice[rest % choice.len()].clone());
            rest /= choice.len();
        }
        parts.extend(numeric.iter().map(|factor| factor.expression.clone()));
        parts.sort_by_key(|part| (is_call(part), part.to_string()));
        let expression = parts.into_iter().reduce(product);
        let expression = expression.unwrap_or(Expression::Number(1.0));
        columns.push(Column {
            label: expression.to_string(),
            expression,
        });
    }
    columns
}

/// Functions come last in the reference's labels.
fn is_call(part: &Expression) -> bool {
    matches!(part, Expression::Log(_) | Expression::Exp(_))
}

fn level_columns(name: &str, whole: bool, data: &dyn Columns) -> Vec<Expression> {
    let levels = data.levels(name).map(|(_, levels)| levels.to_vec());
    let levels = levels.unwrap_or_default();
    let numeric = levels.iter().all(|level| level.parse::<f64>().is_ok());
    let skipped = usize::from(!whole);
    levels
        .into_iter()
        .skip(skipped)
        .map(|level| Expression::Level {
            name: name.to_owned(),
            level,
            numeric,
        })
        .collect()
}
