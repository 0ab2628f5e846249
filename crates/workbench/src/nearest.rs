//! The nearest valid name to a misspelt one.

/// The candidate with the fewest edits from `word`, if it is near enough to be what was meant.
///
/// An edit inserts, removes or replaces a character or swaps two neighbours. Near enough is a third of
/// the word's length (at least one edit); the earliest candidate wins a tie.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
    let limit = (letters.len() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let other: Vec<char> = candidate.chars().flat_map(char::to_lowercase).collect();
        if letters.len().abs_diff(other.len()) > limit {
            continue;
        }
        let edits = distance(&letters, &other);
        if edits <= limit && best.is_none_or(|(fewest, _)| edits < fewest) {
            best = Some((edits, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Optimal string alignment distance (Damerau 1964, each substring edited once).
fn distance(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut before = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    let mut row = vec![0; width];
    for i in 1..=a.len() {
        row[0] = i;
        for j in 1..width {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        std::mem::swap(&mut before, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        assert_eq!(
            nearest("chanels", ["channels", "networks"]),
            Some("channels")
        );
        assert_eq!(nearest("shoer", ["share", "shore"]), Some("shore"));
        assert_eq!(nearest("hsare", ["share", "price"]), Some("share"));
        assert_eq!(nearest("Share", ["price", "share"]), Some("share"));
    }

    #[test]
    fn offers_nothing_far_away() {
        assert_eq!(nearest("banana", ["share", "price"]), None);
        assert_eq!(nearest("x", ["y", "long_name"]), Some("y"));
        assert_eq!(nearest("", ["long_name"]), None);
    }

    #[test]
    fn counts_edits() {
        let count = |a: &str, b: &str| {
            distance(
                &a.chars().collect::<Vec<_>>(),
                &b.chars().collect::<Vec<_>>(),
            )
        };
        assert_eq!(count("", "abc"), 3);
        assert_eq!(count("kitten", "sitting"), 3);
        assert_eq!(count("ab", "ba"), 1);
    }
}
