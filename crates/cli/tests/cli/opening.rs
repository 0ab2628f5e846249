//! The answer of a report: its numbers are those of `summary.json` and `analysis.json`, its plans those that may be best.

use super::reporting::{only_run, with_run};
use super::{output, text};
use beachhead_engine::outcomes::statistics::share_band;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Half a step of the last digit that is shown, and a little for rounding in binary.
const HALF_A_DIGIT: f64 = 0.5 + 1e-6;

/// The text of a part of a page, without markup.
fn prose(page: &str, from: &str, to: &str) -> String {
    let (_, part) = page.split_once(from).unwrap();
    let (part, _) = part.split_once(to).unwrap();
    let mut text = String::new();
    for piece in part.split('<') {
        let piece = piece.split_once('>').map_or(piece, |(_, text)| text);
        text.push_str(piece);
        text.push(' ');
    }
    text.replace('\u{a0}', " ").replace('\u{2212}', "-")
}

/// Numbers in a sentence in their order, each with half a step of its last digit.
fn numbers(text: &str) -> Vec<(f64, f64)> {
    let mut words = text.split_whitespace().peekable();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        let digits = word.trim_matches(|c: char| !c.is_ascii_digit() && c != '-');
        let Ok(value) = digits.parse::<f64>() else {
            continue;
        };
        let places = digits.split_once('.').map_or(0, |(_, places)| places.len());
        let last = if word.ends_with(|c: char| c.is_ascii_digit()) {
            words
                .peek()
                .map_or("", |next| next.trim_end_matches([',', '.', ';', ')', ':']))
        } else {
            ""
        };
        let by = match last {
            "k" => 1e3,
            "m" => 1e6,
            "bn" => 1e9,
            "tn" => 1e12,
            "%" => 0.01,
            _ => 1.0,
        };
        found.push((
            value * by,
            HALF_A_DIGIT * by * 10_f64.powi(-(places as i32)),
        ));
    }
    found
}

/// What the summary of a run says, read without the program's own types.
struct Said {
    summary: Value,
    analysis: Value,
    page: String,
}

impl Said {
    fn of(folder: &Path) -> Self {
        let json = |name: &str| serde_json::from_slice(&fs::read(folder.join(name)).unwrap());
        Self {
            summary: json("summary.json").unwrap(),
            analysis: json("analysis.json").unwrap(),
            page: fs::read_to_string(folder.join("report.html")).unwrap(),
        }
    }

    fn plans(&self) -> &Vec<Value> {
        self.summary["plans"].as_array().unwrap()
    }

    fn draws(&self) -> f64 {
        self.summary["draws"].as_f64().unwrap()
    }

    fn may_be_best(&self) -> Vec<&str> {
        let rows = self.summary["may_be_best"].as_array().unwrap();
        let row = rows.iter().find(|row| row["outcome"] == "npv").unwrap();
        let plans = row["plans"].as_array().unwrap();
        plans.iter().map(|plan| plan.as_str().unwrap()).collect()
    }

    /// The plan that the report must be about: enters, stays, may be best; then the same though it may not; then who leaves.
    fn about(&self) -> &Value {
        let may_be = self.may_be_best();
        let enters = |plan: &&Value| of(plan, "units", "mean").unwrap() > 0.0;
        let stays = |plan: &&Value| of(plan, "exit_month", "median").is_none();
        let may = |plan: &&Value| may_be.contains(&plan["id"].as_str().unwrap());
        let rank = |plan: &&Value| {
            let kind = match (stays(plan), may(plan)) {
                (true, true) => 2.0,
                (true, false) => 1.0,
                (false, _) => 0.0,
            };
            (kind, npv(plan))
        };
        let entering = self.plans().iter().filter(enters);
        let best = entering.max_by(|a, b| rank(a).partial_cmp(&rank(b)).unwrap());
        best.unwrap()
    }

    /// The ends of what is told of so many draws: where they stand, and what part they hold between them.
    fn range(&self) -> Option<(&'static str, &'static str, Option<f64>)> {
        match self.draws() {
            draws if draws >= 60.0 => Some(("p05", "p95", Some(0.9))),
            draws if draws >= 8.0 => Some(("p25", "p75", None)),
            _ => None,
        }
    }

    /// The share of draws, how many they are, and what they leave of the chance.
    fn chance(&self, share: f64, wanted: &mut Vec<f64>) {
        let draws = self.draws();
        let held = (share * draws).round() as usize;
        let (low, high) = share_band(held, draws as usize, 0.95).unwrap();
        // `45 to 84 %`: the first has its unit behind the second.
        wanted.extend([share, draws, 100.0 * low, high]);
    }

    fn story(&self, told: &Value) -> Vec<f64> {
        let mean = |id: &str| of(told, id, "mean").unwrap();
        let mut wanted = vec![mean("units"), self.summary["months"].as_f64().unwrap()];
        let range = |id: &str, wanted: &mut Vec<f64>| {
            if let Some((low, high, share)) = self.range() {
                wanted.extend([low, high].map(|end| of(told, id, end).unwrap()));
                wanted.extend(share);
                wanted.extend(self.median_beside(told, id));
            }
        };
        range("units", &mut wanted);
        wanted.extend(["share_of_sales_final_year", "installed_base", "awareness"].map(mean));
        let earlier = mean("volume_from_earlier_replacement") / mean("units");
        wanted.extend((earlier > 0.3).then_some(earlier));
        // The range stands before the mean is explained: `net present value; between … in 90 % of draws`.
        wanted.push(mean("npv").abs());
        range("npv", &mut wanted);
        self.chance(mean("p_loss"), &mut wanted);
        wanted.extend([mean("peak_funding"), mean("p_payback")]);
        wanted.extend(of(told, "payback_month", "median"));
        wanted
    }

    /// The median, where the mean lies outside the range that is told.
    fn median_beside(&self, told: &Value, id: &str) -> Option<f64> {
        let (low, high, _) = self.range()?;
        let [low, high, mean] = [low, high, "mean"].map(|part| of(told, id, part).unwrap());
        let median = of(told, id, "p50").unwrap();
        (mean < low || mean > high).then_some(median)
    }

    /// What the sentence about the choice says, in its order.
    fn choice(&self) -> Vec<f64> {
        let best = self.best();
        if self.may_be_best().len() > 1 {
            return vec![npv(best), self.draws()];
        }
        let rivals = self.plans().iter().filter(|plan| plan["id"] != best["id"]);
        let next = rivals.max_by(|a, b| npv(a).total_cmp(&npv(b))).unwrap();
        let (low, high) = self.lead(&best["id"], &next["id"]);
        let is_idle = ["revenue", "npv", "peak_funding"]
            .iter()
            .all(|id| of(best, id, "mean") == Some(0.0));
        let mut wanted = Vec::new();
        if !is_idle {
            wanted.extend([self.plans().len() as f64, npv(best)]);
        }
        if low <= 0.0 {
            wanted.push(self.draws());
        }
        wanted.extend([low, high]);
        wanted
    }

    /// The interval of what one plan is worth more than another.
    fn lead(&self, plan: &Value, against: &Value) -> (f64, f64) {
        let rows = self.summary["differences"].as_array().unwrap();
        let of_npv = rows.iter().filter(|row| row["outcome"] == "npv");
        let mut leads = of_npv.filter_map(|row| {
            let [low, high] = ["low", "high"].map(|end| row[end].as_f64().unwrap());
            if (&row["plan"], &row["against"]) == (plan, against) {
                return Some((low, high));
            }
            ((&row["plan"], &row["against"]) == (against, plan)).then_some((-high, -low))
        });
        leads.next().unwrap()
    }

    /// The plan with the highest mean.
    fn best(&self) -> &Value {
        let plans = self.plans().iter();
        plans.max_by(|a, b| npv(a).total_cmp(&npv(b))).unwrap()
    }

    fn title_of(&self, id: &Value) -> &str {
        let plan = self.plans().iter().find(|plan| plan["id"] == *id).unwrap();
        plan["title"].as_str().unwrap()
    }

    /// What the bars say about pairs of plans, each with the words that must stand where it is said: the lead of which plan over which
    /// other moves by how much, give or take how much; between which two the choice changes, and where.
    fn swings(&self, bar: &Value) -> Vec<Swing> {
        let pairs = bar["pairs"].as_array().unwrap();
        let one = |pair: &Value| {
            let [first, second] = ["plan", "against"].map(|key| self.title_of(&pair[key]));
            let number = |key: &str| pair["ends"][key].as_f64().unwrap();
            Swing {
                lead: (first.to_owned(), second.to_owned()),
                by: (number("swing"), number("half")),
                flip: pair["flip"]["quantile"]
                    .as_f64()
                    .zip(pair["flip"]["value"].as_f64()),
            }
        };
        pairs.iter().map(one).collect()
    }

    fn facts(&self, told: &Value) -> Vec<f64> {
        let mut wanted = Vec::new();
        for id in [
            "npv",
            "p_loss",
            "units",
            "share_of_sales_final_year",
            "peak_funding",
            "p_payback",
        ] {
            let mean = of(told, id, "mean").unwrap();
            if id.starts_with("p_") {
                self.chance(mean, &mut wanted);
                continue;
            }
            wanted.push(mean);
            if let Some((low, high, share)) = self.range() {
                wanted.extend(share);
                let [low, high] = [low, high].map(|end| of(told, id, end).unwrap());
                let by = if id.starts_with("share") { 100.0 } else { 1.0 };
                wanted.extend([by * low, high]);
                wanted.extend(self.median_beside(told, id));
            }
        }
        wanted
    }

    /// What the sentences about what decides it and what must be true may say.
    fn asked(&self) -> Vec<f64> {
        let analysis = &self.analysis;
        let bars = analysis["sensitivity"]["bars"].as_array().unwrap();
        let named = analysis["decides"]["assumptions"].as_array().unwrap();
        // Constants of the wording: quantiles of bars and ends of the range of appeal.
        let mut known = vec![0.1, 0.9, 0.05, 0.95, bars.len() as f64, self.draws()];
        known.extend(analysis["sensitivity"]["draws"].as_f64());
        for bar in bars.iter().filter(|bar| named.contains(&bar["name"])) {
            for value in [&bar["p10"], &bar["p90"], &bar["draws"]] {
                known.extend(value.as_f64());
            }
        }
        // Swings and changes of places are asked for plan by plan; here they may stand. So may what would tell the largest.
        for pair in bars.iter().flat_map(|bar| bar["pairs"].as_array().unwrap()) {
            let ends = &pair["ends"];
            for value in [
                &ends["swing"],
                &ends["half"],
                &pair["flip"]["value"],
                &pair["flip"]["quantile"],
            ] {
                known.extend(value.as_f64());
            }
            let enough = ends["enough"].as_f64();
            known.extend(
                enough
                    .into_iter()
                    .flat_map(|draws| [draws, 8.0 * draws, 16.0]),
            );
        }
        let surface = &analysis["must_be_true"];
        let level = |axis: &str, at: &Value| {
            surface[axis]["levels"][at.as_u64().unwrap() as usize]["value"] == 1.0
        };
        let rows = surface["break_even"].as_array().unwrap();
        let single = surface["attempts"]["levels"].as_array().unwrap().len() == 1;
        let assumed = rows.iter().find(|row| {
            level("awareness", &row["awareness"]) && (single || level("attempts", &row["attempts"]))
        });
        let assumed = assumed.unwrap();
        for part in ["quantile", "quantile_low", "quantile_high"] {
            let value = assumed[part].as_f64();
            known.extend(value.into_iter().flat_map(|value| [value, 100.0 * value]));
        }
        known
    }
}

fn of(plan: &Value, id: &str, part: &str) -> Option<f64> {
    plan["outcomes"][id][part].as_f64()
}

fn npv(plan: &Value) -> f64 {
    of(plan, "npv", "mean").unwrap()
}

/// Numbers of a text are these, in this order.
fn are(text: &str, wanted: &[f64]) {
    let found = numbers(text);
    assert_eq!(found.len(), wanted.len(), "{found:?} {wanted:?} {text}");
    for ((value, step), wanted) in found.iter().zip(wanted) {
        assert!(
            (value - wanted).abs() <= *step,
            "{value} for {wanted}: {text}"
        );
    }
}

/// What an assumption does to the choice between two plans.
struct Swing {
    lead: (String, String),
    by: (f64, f64),
    flip: Option<(f64, f64)>,
}

/// The sentences about bars that are named say of each pair what the analysis says of this pair, signs and all; how many say something.
fn says_of_pairs(said: &Said) -> usize {
    let decides = &said.analysis["decides"];
    let sentences = decides["sentences"].as_array().unwrap();
    let sentences: Vec<String> = sentences
        .iter()
        .map(|text| text.as_str().unwrap().replace('\u{2212}', "-"))
        .collect();
    let bars = said.analysis["sensitivity"]["bars"].as_array().unwrap();
    let mut count = 0;
    for name in decides["assumptions"].as_array().unwrap() {
        let bar = bars.iter().find(|bar| bar["name"] == *name).unwrap();
        let label = bar["label"].as_str().unwrap();
        let at = sentences
            .iter()
            .position(|text| text.starts_with(label) && text.contains(" changes "));
        assert!(at.is_some(), "{label}: {sentences:?}");
        let at = at.unwrap();
        let swings = said.swings(bar);
        let mut first = String::new();
        for part in sentences[at]
            .split("over \u{201c}")
            .collect::<Vec<_>>()
            .windows(2)
        {
            if let Some((_, title)) = part[0].rsplit_once("the lead of \u{201c}") {
                first = title.split('\u{201d}').next().unwrap().to_owned();
            }
            let (second, rest) = part[1].split_once('\u{201d}').unwrap();
            let of = swings
                .iter()
                .find(|swing| swing.lead == (first.clone(), second.to_owned()));
            assert!(of.is_some(), "{first} over {second}: {}", sentences[at]);
            let of = of.unwrap();
            let end = rest.find(')').unwrap();
            are(&rest[..end], &[of.by.0, of.by.1]);
            count += 1;
        }
        // Sentences about this bar's choice stand behind, up to the next that begins with another's label.
        let own = sentences[at + 1..]
            .iter()
            .take_while(|text| text.contains("the choice"));
        for text in own.filter(|text| text.contains("would change")) {
            for part in text.split("between ").skip(1) {
                let named = titles(part);
                let of = swings.iter().find(|swing| match named[..] {
                    [] => part.starts_with("these two plans"),
                    _ => named.contains(&&*swing.lead.0) && named.contains(&&*swing.lead.1),
                });
                let (quantile, value) = of.unwrap().flip.unwrap();
                let found = numbers(part.split(';').next().unwrap());
                let (at, step) = found[0];
                let wanted = if part.contains(" quantile") {
                    quantile
                } else {
                    value
                };
                assert!(
                    (at - wanted).abs() <= step.max(1e-3 * wanted.abs()),
                    "{wanted}: {text}"
                );
                count += 1;
            }
        }
    }
    count
}

/// Every number of a text is one of these.
fn are_among(text: &str, known: &[f64]) -> usize {
    let found = numbers(text);
    for (value, step) in &found {
        let is_known = known
            .iter()
            .any(|known| (known.abs() - value.abs()).abs() <= *step);
        assert!(is_known, "{value}: {text}");
    }
    found.len()
}

/// Titles in quotation marks.
fn titles(text: &str) -> Vec<&str> {
    let parts = text.split('\u{201c}').skip(1);
    let mut titles: Vec<&str> = parts
        .filter_map(|part| part.split('\u{201d}').next())
        .collect();
    titles.sort_unstable();
    titles.dedup();
    titles
}

fn opening_agrees(said: &Said) {
    let opening = prose(&said.page, "<section id=\"answer\"", "<dl class=\"facts\">");
    let plans = said.plans();
    let best = said.best();
    let told = said.about();
    let under = format!("Under \u{201c}{}\u{201d}", told["title"].as_str().unwrap());
    let story = opening.find(&under).unwrap();
    // What the story says, in its order.
    let (choice, story) = opening.split_at(story);
    are(story, &said.story(told));
    let facts = prose(&said.page, "<dl class=\"facts\">", "</dl>");
    are(&facts, &said.facts(told));
    assert_eq!(said.analysis["about"], told["id"]);
    assert_eq!(said.analysis["must_be_true"]["plan"], told["id"]);
    // What the choice says, signs and order and all, and that the plans are those that may be best.
    are(choice, &said.choice());
    let may_be = said.may_be_best();
    assert!(may_be.contains(&best["id"].as_str().unwrap()));
    let title_of = |id: &&str| {
        let plan = plans.iter().find(|plan| plan["id"] == **id).unwrap();
        plan["title"].as_str().unwrap()
    };
    let named = titles(choice);
    assert!(named.contains(&best["title"].as_str().unwrap()), "{choice}");
    assert_eq!(choice.contains("may be best"), may_be.len() > 1, "{choice}");
    if may_be.len() > 1 {
        let mut wanted: Vec<&str> = may_be.iter().map(title_of).collect();
        wanted.sort_unstable();
        assert_eq!(named, wanted, "{choice}");
    }
    // What decides it, pair by pair, and what must be true.
    let named = said.analysis["decides"]["assumptions"].as_array().unwrap();
    assert!(says_of_pairs(said) >= named.len());
    let asked = prose(&said.page, "</dl>", "<p class=\"soft\">");
    assert!(are_among(&asked, &said.asked()) > 0, "{asked}");
    for sentence in said.analysis["decides"]["sentences"].as_array().unwrap() {
        let sentence = sentence.as_str().unwrap().replace('\u{2212}', "-");
        assert!(asked.contains(&sentence), "{sentence}: {asked}");
    }
}

#[test]
fn every_number_of_the_opening_is_in_the_summary_and_its_plans_are_those_that_may_be_best() {
    let (mut candidates, mut named) = (Vec::new(), 0);
    // Few draws tell no range, some the middle half, more 90 %.
    for draws in ["6", "20", "64"] {
        let (_here, folder) = with_run(&["--draws", draws, "--out", "run"]);
        let said = Said::of(&folder);
        opening_agrees(&said);
        candidates.push(said.may_be_best().len());
        named += says_of_pairs(&said);
    }
    assert!(named > 0, "no run can tell what decides it");
    assert!(candidates.iter().any(|count| *count > 1), "{candidates:?}");
}

#[test]
fn the_terminal_says_what_the_report_says() {
    let (here, _) = with_run(&[]);
    let done = output(
        here.path(),
        &["run", "market", "--months", "18", "--draws", "6"],
    );
    let told = text(&done.stdout)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let folder = only_run(here.path());
    let said = Said::of(&folder);
    let sentences = said.analysis["decides"]["sentences"].as_array().unwrap();
    assert!(!sentences.is_empty());
    for sentence in sentences {
        assert!(
            told.contains(sentence.as_str().unwrap()),
            "{sentence}: {told}"
        );
    }
    let page = prose(&said.page, "<section id=\"answer\"", "</section>");
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    let from = told.find("earns money").unwrap();
    let verdict = &told[from..from + told[from..].find('.').unwrap()];
    assert!(
        page.contains(&verdict.replace('\u{2212}', "-")),
        "{verdict}: {page}"
    );
}
