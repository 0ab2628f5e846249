//! What is to be known of a draw's demand where it comes from a fit.

use super::draws::tally::DrawIssue;
use super::output::Issue;
use beachhead_engine::numerics::solve::Status;
use beachhead_engine::scenario::{Scenario, Values};

/// Mean utilities that could not be inverted at a draw's parameters, people who then like high prices on average.
pub(super) fn issues(scenario: &Scenario, values: &Values) -> Vec<DrawIssue> {
    let Some(fit) = &scenario.fit else {
        return Vec::new();
    };
    let found = fit.utilities(values);
    let mut issues = Vec::new();
    let mut add = |code: &str, text: String| {
        let issue = Issue {
            code: code.to_owned(),
            place: "demand.fit".to_owned(),
            count: 1,
            text,
        };
        issues.push(DrawIssue::new("", issue));
    };
    if found.status != Status::Converged {
        let text = format!(
            "mean utilities of market `{}` could not be inverted at the parameters drawn; those of the estimates stand in, and intercepts meet the shares",
            fit.market
        );
        add("fit_not_inverted", text);
    }
    let pairs = found.price.iter().zip(&found.weight);
    let mean: f64 = pairs.map(|(alpha, w)| alpha * w).sum();
    if mean <= 0.0 {
        let text = "at the parameters drawn people of the fit like high prices on average: consumer surplus has no meaning there".to_owned();
        add("fit_likes_prices", text);
    }
    issues
}
