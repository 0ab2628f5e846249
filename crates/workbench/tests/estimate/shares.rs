//! Shares of 0: a clear choice.

use super::{PROBLEM, PRODUCTS, loaded, one};

/// The same arithmetic.
const SAME: f64 = 1e-15;

const ZERO: (&str, &str, &str) = (PRODUCTS, "west,c,2,0.05,", "west,c,2,0,");
const TABLE: &str = "table = \"products.csv\"";

#[test]
fn a_share_of_zero_is_a_mistake_with_the_choices() {
    one(
        &[ZERO],
        "products.csv:7:10",
        &[
            "a share of 0, product `c` in market `west`",
            "above 0 and below 1",
            "`zero_shares = \"drop\"` or, with `market_size`, `\"raise\"`",
        ],
    );
}

#[test]
fn rows_can_be_left_out() {
    let dropped = loaded(&[
        ZERO,
        (
            PROBLEM,
            TABLE,
            "table = \"products.csv\"\nzero_shares = \"drop\"",
        ),
    ]);
    assert_eq!(dropped.problem.markets, [0..3, 3..5]);
    assert_eq!((dropped.problem.rows(), dropped.rows.dropped), (5, 1));
    assert_eq!(dropped.rows.product(4), Some("b"));
    let warning = &dropped.warnings[0];
    assert!(
        warning
            .found
            .contains("1 rows with a share of 0 are left out"),
        "{warning}"
    );
    assert!(
        warning
            .expected
            .contains("lean towards less price sensitivity"),
        "{warning}"
    );
}

#[test]
fn shares_can_be_raised() {
    let raised = loaded(&[
        ZERO,
        (
            PROBLEM,
            TABLE,
            "table = \"products.csv\"\nzero_shares = \"raise\"\nmarket_size = 1000",
        ),
    ]);
    let wanted = |share: f64| (1000.0 * share + 1.0) / (1000.0 + 3.0 + 1.0);
    for (row, share) in [(0, 0.2), (4, 0.15), (5, 0.0)] {
        assert!((raised.problem.shares[row] - wanted(share)).abs() < SAME);
    }
    one(
        &[
            ZERO,
            (
                PROBLEM,
                TABLE,
                "table = \"products.csv\"\nzero_shares = \"raise\"",
            ),
        ],
        "problem.toml",
        &[
            "`zero_shares = \"raise\"` without `market_size`",
            "how many might buy",
        ],
    );
}
