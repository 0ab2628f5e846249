//! How strongly one column goes with another, by ranks.

/// Spearman's rank correlation of two columns, shape (n,) each, in [−1, 1], `[eq:rank_correlation]`; equal values share the
/// mean of their ranks. None where fewer than two draws stand in both or a column does not vary.
#[must_use]
pub fn rank_correlation(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.len() != y.len() || x.len() < 2 {
        return None;
    }
    let (x, y) = (ranks(x), ranks(y));
    let middle = (x.len() as f64 + 1.0) / 2.0;
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (a, b) in x.iter().zip(&y) {
        let (a, b) = (a - middle, b - middle);
        xy += a * b;
        xx += a * a;
        yy += b * b;
    }
    (xx > 0.0 && yy > 0.0).then(|| (xy / libm::sqrt(xx * yy)).clamp(-1.0, 1.0))
}

/// Ranks from 1, shape (n,); equal values share the mean of theirs.
fn ranks(column: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..column.len()).collect();
    order.sort_by(|&a, &b| column[a].total_cmp(&column[b]));
    let mut ranks = vec![0.0; column.len()];
    let mut start = 0;
    while start < order.len() {
        let value = column[order[start]];
        let alike = order[start..].iter().take_while(|&&at| column[at] == value);
        // A value that is no number equals not even itself and stands alone.
        let end = start + alike.count().max(1);
        let mean = (start + 1 + end) as f64 / 2.0;
        for &at in &order[start..end] {
            ranks[at] = mean;
        }
        start = end;
    }
    ranks
}
