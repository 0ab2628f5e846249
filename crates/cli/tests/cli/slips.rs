//! What `check` shows of announcements and factors.

use super::{code, output, text};
use std::fs;

/// Three launches: one early, one late, one open; and one that is only spoken of.
const ANNOUNCEMENTS: &str = "\
chain,said,kind,promised_end,happened_from,happened,source,note
first,2020-03,dated,2020-12,,2020-10-01,survey,
second,2021-01-10,dated,2021-06-30,,2021-09-30,survey,
third,2022-06-01,dated,2023-01,,,survey,
fourth,2023-03-01,vague,,,,survey,
";

const SLIPS: &str = "\
[[slips]]
id = \"launch\"
announcements = \"announcements.csv\"
tail = { hazard = { value = \"5 %/month\", note = \"assumption\" } }

[[factors]]
id = \"climate\"
members = { \"demand.brand_spread\" = 0.6, \"slips.launch.band\" = -0.3 }

[finance]";

/// The median at the ends of the band: −3, and in the tail 11 + ln(0.5/0.774)/ln(0.95); of the vague one 10.1 + ln(0.5)/ln(0.95).
/// By hand: 2/3 and 1/3 left; sd of ln(−ln S) at 2/3: √(1/(3·2))/ln 1.5 = 1.00686, so 2/3^(e^±1.97341) = 0.0541 and 0.9452.
const SHOWN: &str = "\
Slip launch, dated: 3 statements of 3 launches, 2 happened, 1 still open; median
slip in months 3.0 (95 % band -3.0 to 19.5); tail 33.3 % at 5.0 % a month.
──────────────────────────────────────────────────────────────
 Slip, months   At risk   Happened   Left     95 % band
══════════════════════════════════════════════════════════════
         -3.0         3          1   66.7 %   5.4 % to 94.5 %
──────────────────────────────────────────────────────────────
          3.0         2          1   33.3 %   0.9 % to 77.4 %
──────────────────────────────────────────────────────────────
Observation ends at a slip of 11.0 months; what is left, 33.3 %, happens with a
probability of 5.0 % a month from then on.

Slip launch, vague: 1 statement of 1 launch, 0 happened, 1 still open; median
slip in months 23.6 (no band); tail 100.0 % at 5.0 % a month.
Nothing has happened yet, so there is no band and the tail decides alone.
Observation ends at a slip of 10.1 months; what is left, 100.0 %, happens with a
probability of 5.0 % a month from then on.
";

const CORRELATED: &str = "\
Correlated through climate:
  demand.brand_spread +0.6
  slips.launch.band -0.3
";

#[test]
fn check_shows_curves_and_factors() {
    let here = tempfile::tempdir().unwrap();
    assert_eq!(code(&output(here.path(), &["new", "market"])), 0);
    let market = here.path().join("market");
    fs::write(market.join("announcements.csv"), ANNOUNCEMENTS).unwrap();
    let scenario = fs::read_to_string(market.join("scenario.toml")).unwrap();
    let with_slips = scenario.replacen("[finance]", SLIPS, 1);
    fs::write(market.join("scenario.toml"), with_slips).unwrap();
    let plain = output(here.path(), &["check", "market"]);
    assert_eq!(code(&plain), 0, "{}", text(&plain.stderr));
    let shown = text(&plain.stdout);
    // First of all, before the lists of numbers.
    let after_title = shown.split_once("\n\n").map(|(_, rest)| rest);
    assert!(after_title.unwrap().starts_with(SHOWN), "{shown}");
    assert!(shown.contains(CORRELATED), "{shown}");
    let json = output(here.path(), &["check", "market", "--json"]);
    let document: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let dated = &document["slips"][0]["curves"][0];
    assert_eq!(
        (&dated["kind"], &dated["chains"]),
        (&"dated".into(), &3.into())
    );
    assert_eq!(dated["steps"].as_array().unwrap().len(), 2);
    assert_eq!(document["factors"][0]["members"][1][0], "slips.launch.band");
}
