//! Words of one industry have no place in the engine's sources.

use crate::findings::Findings;
use crate::tree::Tree;

const WHERE: &str = "crates/engine/src/";
/// What the engine says instead.
const WORDS: [(&str, &str); 7] = [
    ("carrier", "network"),
    ("phone", "durable or product"),
    ("smartphone", "durable or product"),
    ("handset", "durable or product"),
    ("sim", "network or balance"),
    ("lte", "compatibility"),
    ("patent", "gate or event"),
];

/// Finds such words, also as parts of identifiers.
pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    let mut files = 0;
    for (path, text) in tree
        .texts(".rs")
        .filter(|(path, _)| path.starts_with(WHERE))
    {
        files += 1;
        for (number, line) in text.lines().enumerate() {
            for (word, instead) in line_words(line).filter_map(|word| industry_word(&word)) {
                findings.fault(
                    path,
                    number + 1,
                    format!("“{word}” is a word of a scenario; say {instead}"),
                );
            }
        }
    }
    findings.looked_at(format!("the words of {files} files of the engine"));
}

fn industry_word(word: &str) -> Option<(&'static str, &'static str)> {
    let singular = word.strip_suffix('s').unwrap_or(word);
    WORDS
        .into_iter()
        .find(|(banned, _)| *banned == word || *banned == singular)
}

/// Words in lower case; `simCard`, `sim_card` and `SIM card` all have the word `sim`, `simulation` has not.
fn line_words(line: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut previous = ' ';
    for c in line.chars() {
        let starts = !c.is_alphanumeric() || (c.is_uppercase() && previous.is_lowercase());
        if starts {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        previous = c;
    }
    words.into_iter().filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(path: &str, text: &str) -> usize {
        let mut findings = Findings::default();
        check(&Tree::of(&[(path, text)]), &mut findings);
        findings.fault_texts().len()
    }

    #[test]
    fn words_are_found_in_any_spelling() {
        for text in [
            "// a phone",
            "fn sim_free()",
            "let simCard = 1;",
            "/// LTE",
            "struct Carriers;",
            "Patents",
        ] {
            assert_eq!(faults("crates/engine/src/a.rs", text), 1, "{text}");
        }
    }

    #[test]
    fn longer_words_and_other_places_are_free() {
        assert_eq!(
            faults(
                "crates/engine/src/a.rs",
                "simulation similar telephone latent Simulation"
            ),
            0
        );
        assert_eq!(faults("crates/workbench/src/a.rs", "phone"), 0);
    }
}
