//! Records of announcements and common factors: names become handles and positions.

use super::Resolver;
use crate::reader::Text;
use crate::scenario::file::ScenarioFile;
use crate::scenario::slips::{FactorRow, TailValue};
use beachhead_engine::futures::correlation::{Correlation, Factor, SUM_SLACK};
use beachhead_engine::scenario::{Slip, SlipTail};

/// A member as written.
struct Member {
    name: Text,
    correlation: f64,
    factor: String,
}

impl Resolver<'_, '_> {
    /// The records, in the order written.
    pub(super) fn slips(&mut self, file: &ScenarioFile) -> Vec<Slip> {
        let records = self.reader.announcements.records.clone();
        let rows = &file.slips.rows;
        let ids: Vec<&Text> = rows.iter().map(|row| &row.id.0).collect();
        super::unique("slip", &ids, self.reader);
        for source in records.iter().flat_map(|record| &record.sources) {
            self.sources.check(source, self.reader);
        }
        rows.iter()
            .zip(records)
            .map(|(row, record)| Slip {
                title: row.title.as_ref().unwrap_or(&row.id.0).text.clone(),
                id: record.id,
                tail: match &row.tail {
                    TailValue::Hazard(table) => SlipTail::Hazard(self.add(&table.hazard)),
                    TailValue::Never | TailValue::Unread => SlipTail::Never,
                },
                curves: record.curves,
            })
            .collect()
    }

    /// The factors; called when every quantity is there.
    pub(super) fn correlation(&mut self, file: &ScenarioFile, slips: &[Slip]) -> Correlation {
        let ids: Vec<&Text> = file.factors.iter().map(|row| &row.id.0).collect();
        super::unique("factor", &ids, self.reader);
        let bands: Vec<String> = slips.iter().map(Slip::band_name).collect();
        let mut members = Vec::new();
        for row in &file.factors {
            self.members(row, &bands, &mut members);
        }
        self.check_sums(&members);
        let factors = file.factors.iter().map(|row| Factor {
            id: row.id.0.text.clone(),
            members: members
                .iter()
                .filter(|member| member.factor == row.id.0.text)
                .map(|member| (member.name.text.clone(), member.correlation))
                .collect(),
        });
        // What it would refuse has been reported above, each at its place.
        Correlation::new(factors.collect()).unwrap_or_default()
    }

    fn members(&mut self, row: &FactorRow, bands: &[String], members: &mut Vec<Member>) {
        let id = &row.id.0.text;
        if row.members.entries.is_empty() {
            let found = format!("the factor `{id}` without members");
            self.error(
                row.place,
                found,
                "uncertain quantities with their correlations",
            );
        }
        for (name, written) in &row.members.entries {
            self.add(written);
            let is_known = self.check_member(name, bands);
            if written.is_poison || !is_known {
                continue;
            }
            let correlation = written.centre();
            let is_inside = correlation > -1.0 && correlation < 1.0;
            if !written.distribution.is_certain() || !is_inside {
                let found = format!(
                    "{} as the correlation of `{}` with `{id}`",
                    written.text, name.text
                );
                let expected = "a certain number between -1 and 1, both excluded";
                self.error(written.place, found, expected);
                continue;
            }
            members.push(Member {
                name: name.clone(),
                correlation,
                factor: id.clone(),
            });
        }
    }

    /// Whether a member is something uncertain; reports it if not.
    fn check_member(&mut self, name: &Text, bands: &[String]) -> bool {
        let quantity = self.quantities.iter().find(|q| q.name == name.text);
        if quantity.is_some_and(|quantity| !quantity.is_uncertain()) {
            let found = format!("`{}` is certain", name.text);
            let diagnostic = self
                .reader
                .error(name.place, found)
                .expected("a quantity with a distribution: only what varies can be correlated")
                .help("give it a distribution, or take it out of the factor");
            self.reader.push(diagnostic);
            return false;
        }
        let uncertain = self.quantities.iter().filter(|q| q.is_uncertain());
        let events = self.names.events.iter().map(|id| format!("events.{id}"));
        let known: Vec<String> = uncertain
            .map(|q| q.name.clone())
            .chain(events)
            .chain(bands.iter().cloned())
            .collect();
        if known.contains(&name.text) {
            return true;
        }
        let diagnostic = self
            .reader
            .error(name.place, format!("unknown member `{}`", name.text))
            .expected("the name of an uncertain quantity, `events.<id>` or `slips.<id>.band`")
            .nearest(&name.text, &known);
        self.reader.push(diagnostic);
        false
    }

    /// Squares over factors that add up to more than 1 are correlations that no matrix has.
    fn check_sums(&mut self, members: &[Member]) {
        for (at, member) in members.iter().enumerate() {
            let of_member = |other: &&Member| other.name.text == member.name.text;
            let is_last = !members[at + 1..].iter().any(|other| of_member(&other));
            let sum: f64 = members[..=at]
                .iter()
                .filter(of_member)
                .map(|other| other.correlation * other.correlation)
                .sum();
            if is_last && sum > 1.0 + SUM_SLACK {
                let name = &member.name.text;
                let found = format!(
                    "the squared correlations of `{name}` with its factors sum to {sum:.3}"
                );
                let expected = "at most 1: no matrix has such correlations";
                self.error(member.name.place, found, expected);
            }
        }
    }
}
