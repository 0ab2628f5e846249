//! Things that need one another in a circle, so that none can come first.

/// Things that need one another in a circle, by position; empty if none do. `needs`: of each, all that it needs.
pub(in crate::scenario) fn circle(needs: &[Vec<usize>]) -> Vec<usize> {
    // Those that can be opened in some order are taken away until nothing changes.
    let mut is_free = vec![false; needs.len()];
    loop {
        let next: Vec<bool> = needs
            .iter()
            .enumerate()
            .map(|(at, list)| is_free[at] || list.iter().all(|need| is_free[*need]))
            .collect();
        if next == is_free {
            break;
        }
        is_free = next;
    }
    let Some(mut at) = is_free.iter().position(|free| !free) else {
        return Vec::new();
    };
    // Everything that is left needs another that is left: walking leads into a circle.
    let mut walk: Vec<usize> = Vec::new();
    while !walk.contains(&at) {
        walk.push(at);
        match needs[at].iter().find(|need| !is_free[**need]) {
            Some(next) => at = *next,
            None => return Vec::new(),
        }
    }
    let start = walk.iter().position(|seen| *seen == at).unwrap_or(0);
    walk.split_off(start)
}
