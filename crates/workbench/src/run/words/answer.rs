/// The answer in sentences that a board can read, one paragraph an entrant.
pub fn paragraphs(summary: &Summary, entrants: &[Named]) -> Vec<String> {
    let count = entrants.len().max(1);
    let mut paragraphs: Vec<String> = (0..count)
        .filter_map(|entrant| entrant_paragraph(summary, entrants, entrant))
        .collect();
    paragraphs.push(caveat(summary));
    paragraphs
}

fn entrant_paragraph(summary: &Summary, entrants: &[Named], entrant: usize) -> Option<String> {
    let name = entrants
        .get(entrant)
        .map_or("The brand", |named| named.title.as_str());
    let outcome = |plan: &Plan, id: &str| plan.mean(&suffixed(id, entrant, entrants));
    let npv = |plan: &Plan| outcome(plan, "npv");
    let enters = |plan: &&Plan| outcome(plan, "units").is_some_and(|units| units > 0.0);
    let mut entering: Vec<&Plan> = summary.plans.iter().filter(enters).collect();
    entering.sort_by(|a, b| {
        npv(b)
            .unwrap_or(f64::NEG_INFINITY)
            .total_cmp(&npv(a).unwrap_or(f64::NEG_INFINITY))
    });
    let Some(best) = entering.first().copied() else {
        let plans = if summary.plans.len() == 1 {
            "this plan"
        } else {
            "these plans"
        };
        return Some(format!("{name} sells nothing under {plans}."));
    };
    let mut text = sales_sentence(summary, best, name, &|id| outcome(best, id));
    text += &money_sentence(summary, best, &|id| suffixed(id, entrant, entrants));
    text += &comparison(summary, best, &entering, &npv);
    Some(text)
}

fn sales_sentence(
    summary: &Summary,
    plan: &Plan,
    name: &str,
    outcome: &dyn Fn(&str) -> Option<f64>,
) -> String {
    let mut text = format!("Under \u{201c}{}\u{201d} {name} sells", plan.title);
    if let Some(units) = outcome("units") {
        text += &format!(" {} units in {} months", human(units), summary.months);
    }
    let ends: Vec<String> = [
        outcome("share_of_sales_final_year")
            .map(|share| format!("{} of sales in the last year", percent(share))),
        outcome("installed_base").map(|users| format!("{} users at the end", human(users))),
        outcome("awareness").map(|share| format!("{} of people knowing the brand", percent(share))),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !ends.is_empty() {
        text += &format!(", with {}", enumerate(&ends));
    }
    text + ". "
}

fn money_sentence(summary: &Summary, plan: &Plan, id: &dyn Fn(&str) -> String) -> String {
    let amount = |name: &str| match plan.outcome(&id(name)) {
        Some(OutcomeEntry::Distribution(entry)) => {
            entry.mean.map(|mean| (mean, entry.unit.as_str()))
        }
        _ => None,
    };
    let mut parts = Vec::new();
    if let Some((value, unit)) = amount("npv") {
        let verb = if value < 0.0 { "loses" } else { "is worth" };
        let size = with_unit(value.abs(), unit);
        parts.push(format!(
            "{verb} {size} in today\u{2019}s money (net present value)"
        ));
    }
    if let Some((value, unit)) = amount("peak_funding").filter(|(value, _)| *value > 0.0) {
        parts.push(format!(
            "needs {} at the deepest point",
            with_unit(value, unit)
        ));
    }
    if plan.outcome(&id("payback_month")).is_some() {
        parts.push(match amount("payback_month") {
            Some((month, _)) => format!("has its money back for good from month {month:.0}"),
            None => format!(
                "does not get its money back within {} months",
                summary.months
            ),
        });
    }
    if parts.is_empty() {
        String::new()
    } else {
        format!("It {}. ", enumerate(&parts))
    }
}

fn comparison(
    summary: &Summary,
    best: &Plan,
    entering: &[&Plan],
    npv: &dyn Fn(&Plan) -> Option<f64>,
) -> String {
    let Some(value) = npv(best) else {
        return String::new();
    };
    let unit = summary.plans.iter().find_map(|plan| {
        match plan
            .outcomes
            .0
            .iter()
            .find(|(id, _)| id.starts_with("npv"))?
        {
            (_, OutcomeEntry::Distribution(distribution)) => Some(distribution.unit.as_str()),
            _ => None,
        }
    });
    let unit = unit.unwrap_or_default();
    let idle = summary
        .plans
        .iter()
        .any(|plan| !entering.iter().any(|other| other.id == plan.id));
    let others: Vec<String> = entering
        .iter()
        .skip(1)
        .filter_map(|plan| {
            Some(format!(
                "\u{201c}{}\u{201d} ({})",
                plan.title,
                with_unit(npv(plan)?, unit)
            ))
        })
        .collect();
    let mut text = String::new();
    if !others.is_empty() {
        text += &format!(
            "Of the plans that enter it comes first, before {}. ",
            enumerate(&others)
        );
    }
    if idle {
        text += if value < 0.0 {
            "No plan that enters beats staying out. "
        } else {
            "It beats staying out. "
        };
    }
    text
}

fn caveat(summary: &Summary) -> String {
    if summary.draws == 1 {
        "These are central values: one path with every assumption at its middle value and without events. \
         They do not say how sure the answer is."
            .to_owned()
    } else {
        format!("Means over {} draws.", summary.draws)
    }
}
