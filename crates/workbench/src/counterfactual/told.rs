//! What many markets have to say, in a line for each kind: in how many of them, and where it is worst.

use super::document::{Document, IssueEntry, StateEntry};
use crate::run::words::figure;

/// Kinds, the gravest first; others come last.
const ORDER: [&str; 8] = [
    "no_equilibrium",
    "cap_not_met",
    "no_maximum",
    "no_best_response",
    "equilibria_elsewhere",
    "other_start",
    "negative_cost",
    "several_equilibria",
];

/// Lines about the markets of a fit. One market says all it has to say; of several each kind is said once.
pub fn told(markets: &[Document]) -> Vec<String> {
    if let [only] = markets {
        let line = |issue: &IssueEntry| {
            let (market, place, text) = (&only.source, &issue.place, &issue.text);
            format!("market {market}: {place}: {text}")
        };
        return only.issues.iter().map(line).collect();
    }
    let mut groups: Vec<Group<'_>> = Vec::new();
    for market in markets {
        for issue in &market.issues {
            let place = kind_of_place(issue);
            let known = groups
                .iter_mut()
                .find(|group| group.code == issue.code && group.place == place);
            match known {
                Some(group) => group.found.push((market, issue)),
                None => groups.push(Group {
                    code: issue.code,
                    place,
                    found: vec![(market, issue)],
                }),
            }
        }
    }
    let rank = |group: &Group<'_>| {
        let kind = ORDER.iter().position(|code| *code == group.code);
        (kind.unwrap_or(ORDER.len()), group.place != "baseline")
    };
    groups.sort_by_key(rank);
    groups
        .iter()
        .map(|group| group.line(markets.len()))
        .collect()
}

/// Step that an issue is about; nothing where it is about a product.
fn kind_of_place(issue: &IssueEntry) -> &str {
    match issue.code {
        "negative_cost" | "margins_missed" => "",
        _ => &issue.place,
    }
}

/// Issues of one kind.
struct Group<'a> {
    code: &'static str,
    place: &'a str,
    found: Vec<(&'a Document, &'a IssueEntry)>,
}

impl Group<'_> {
    fn line(&self, all: usize) -> String {
        let mut names: Vec<&str> = self.found.iter().map(|(m, _)| m.source.as_str()).collect();
        names.dedup();
        let first = names.first().copied().unwrap_or_default();
        format!(
            "in {} of {all} markets {}; --market {} and --json say more",
            names.len(),
            self.says(),
            self.worst().map_or(first, |(name, _)| name)
        )
    }

    fn says(&self) -> String {
        let when = match self.place {
            "baseline" => "before".to_owned(),
            title => format!("after `{title}`"),
        };
        let worst = self.worst().map_or_else(String::new, |(name, value)| {
            format!(" (worst in market {name}: {})", figure(value))
        });
        match self.code {
            "no_equilibrium" => format!("no equilibrium prices were found {when}{worst}"),
            "no_best_response" => format!(
                "the prices {when} are no equilibrium: first-order conditions hold, and yet some firm would earn more with others"
            ),
            "equilibria_elsewhere" => format!("equilibria were found elsewhere {when}"),
            "other_start" => {
                format!("the prices {when} were found from another start than the prices before")
            }
            "no_maximum" => format!(
                "the prices {when} are no maximum: some firm could gain by changing several prices, the largest eigenvalue is not below 0{worst}"
            ),
            "several_equilibria" => format!(
                "several equilibria were found {when}{worst}: what is shown is the one reached from the prices before"
            ),
            "negative_cost" => format!(
                "{} unit costs would have to be negative{worst}: demand answers too little to prices there, see what the estimation says of its instruments",
                self.found.len()
            ),
            _ => {
                let text = self.found.first().map_or("", |(_, issue)| &issue.text);
                format!("{}: {text}", self.place)
            }
        }
    }

    /// The state of a market that it is about.
    fn state<'m>(&self, market: &'m Document) -> Option<&'m StateEntry> {
        let mut states = std::iter::once(&market.baseline).chain(&market.steps);
        states.find(|state| state.title == self.place)
    }

    /// The market where it is worst, and the number that says so.
    fn worst(&self) -> Option<(&str, f64)> {
        let size = |market: &Document, issue: &IssueEntry| -> Option<(f64, f64)> {
            let both = |value: f64| Some((value, value));
            match self.code {
                "no_equilibrium" => both(self.state(market)?.certificate.residual),
                "no_maximum" => both(self.state(market)?.certificate.second_order?),
                "several_equilibria" => both(self.state(market)?.certificate.equilibria as f64),
                "negative_cost" => {
                    let mut products = market.baseline.products.iter();
                    let product = products.find(|product| product.product == issue.place)?;
                    Some((-product.cost, product.cost))
                }
                _ => None,
            }
        };
        let sized = self.found.iter().filter_map(|(market, issue)| {
            let (size, shown) = size(market, issue)?;
            Some((market.source.as_str(), size, shown))
        });
        let worst = sized.reduce(|worst, other| if other.1 > worst.1 { other } else { worst });
        worst.map(|(name, _, shown)| (name, shown))
    }
}
