//! Demand that was estimated, as a scenario names it: the folder of a fit, the market, units.

use super::folder::Folder;
use crate::diagnostic::Diagnostic;
use crate::document::{Files, Place};
use crate::estimate::Stored;
use crate::quantity::{Domain, Measured, Quantified, SomeMonths};
use crate::reader::{Text, choice, record};
use crate::units::Kind;
use std::path::Path;

record! {
    /// Demand from a fit that `beachhead estimate` made. Types are the people of one of its markets.
    FitSection {
        /// Folder of the fit, inside the scenario's. Products are matched by the column `fit_product` of the table of products, or by `id`.
        folder: Text,
        /// The market of the fit that is simulated.
        market: Text,
        /// Currency that one unit of the fit's price is, inflation since its time included.
        price_unit: Measured<PriceUnit>,
        /// How long one choice of the fit lasts; its aggregate elasticity is met over as many months.
        period: Measured<SomeMonths>,
        /// What draws do with the fit's parameters.
        parameters: Option<ParametersWord>,
        /// Id of the source of all that the fit says.
        source: Option<Text>,
        /// Reason, or what to know of it.
        note: Option<Text>,
    }
}

choice! {
    /// What draws do with the parameters of a fit.
    ParametersWord {
        /// Drawn, jointly normal around the estimates with their covariance.
        Drawn = "drawn",
        /// All draws have the estimates.
        Fixed = "fixed",
    }
}

/// Money for one unit of a fit's price, above 0.
#[derive(Clone, Debug)]
pub enum PriceUnit {}

impl Quantified for PriceUnit {
    const KIND: Kind = Kind::MoneyPerUnit;
    const DOMAIN: Domain = Domain::POSITIVE;
}

/// Reads the fit that a scenario names; what is wrong is said where it is named, or where it stands in the fit's own files.
pub(super) fn read_fit(
    folder: &Folder,
    (name, place): (&str, Place),
    files: &Files,
    mistakes: &mut Vec<Diagnostic>,
) -> Option<Stored> {
    let expected = "the folder of a fit, inside the scenario's: `beachhead estimate PROBLEM --out DIR` writes one";
    let path = match folder.path_of(name) {
        Ok(path) if Stored::is_at(&path) => path,
        Ok(_) => {
            let found = format!("no fit.json in \"{name}\"");
            mistakes.push(files.error(place, found).expected(expected));
            return None;
        }
        Err(found) => {
            mistakes.push(files.error(place, found).expected(expected));
            return None;
        }
    };
    match Stored::read(&path) {
        Ok(stored) => Some(stored),
        Err(found) => {
            let found = found.list.into_iter();
            mistakes.extend(found.map(|mistake| placed(mistake, name, place, files)));
            None
        }
    }
}

/// A mistake of the fit, as a reader of the scenario meets it.
fn placed(mistake: Diagnostic, name: &str, place: Place, files: &Files) -> Diagnostic {
    let own = Path::new(&mistake.file).file_name();
    let own = own.map_or_else(String::new, |own| own.to_string_lossy().into_owned());
    if mistake.line > 0 {
        let file = format!("{name}/inputs/{own}");
        return Diagnostic { file, ..mistake };
    }
    let found = format!("the fit in \"{name}\", {own}: {}", mistake.found);
    let again = files.error(place, found).expected(mistake.expected);
    again.help(mistake.help)
}
