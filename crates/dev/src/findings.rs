//! What checks find: faults, which fail, and notes, which do not.

use std::fmt;

/// One thing found at one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    text: String,
}

/// Everything found so far.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    faults: Vec<Finding>,
    notes: Vec<Finding>,
    passed: Vec<String>,
}

impl Findings {
    /// Something that must be corrected. Line 0 means the file as a whole.
    pub(crate) fn fault(&mut self, path: &str, line: usize, text: impl Into<String>) {
        self.faults.push(Finding {
            path: path.into(),
            line,
            text: text.into(),
        });
    }

    /// Something worth knowing.
    pub(crate) fn note(&mut self, path: &str, line: usize, text: impl Into<String>) {
        self.notes.push(Finding {
            path: path.into(),
            line,
            text: text.into(),
        });
    }

    /// What a check has looked at, so that an empty check does not look like a passed one.
    pub(crate) fn looked_at(&mut self, text: impl Into<String>) {
        self.passed.push(text.into());
    }

    /// Whether anything must be corrected.
    pub(crate) fn has_faults(&self) -> bool {
        !self.faults.is_empty()
    }

    /// Faults as text, for tests.
    #[cfg(test)]
    pub(crate) fn fault_texts(&self) -> Vec<String> {
        self.faults.iter().map(ToString::to_string).collect()
    }

    /// Notes as text, for tests.
    #[cfg(test)]
    pub(crate) fn note_texts(&self) -> Vec<String> {
        self.notes.iter().map(ToString::to_string).collect()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(formatter, "{}: {}", self.path, self.text)
        } else {
            write!(formatter, "{}:{}: {}", self.path, self.line, self.text)
        }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for text in &self.passed {
            writeln!(formatter, "looked at {text}")?;
        }
        let sorted = |findings: &[Finding]| {
            let mut findings = findings.to_vec();
            findings.sort();
            findings
        };
        for finding in sorted(&self.notes) {
            writeln!(formatter, "note: {finding}")?;
        }
        for finding in sorted(&self.faults) {
            writeln!(formatter, "fault: {finding}")?;
        }
        writeln!(
            formatter,
            "{} faults, {} notes",
            self.faults.len(),
            self.notes.len()
        )
    }
}
