//! What a deal is worth: in the analysis as alone, and as the chance of its talks.

use super::*;
use crate::run::folder::{MATERIAL, SCENARIO, SUMMARY};
use crate::run::job::Progress;
use crate::run::stored;
use crate::run::value::{DealValue, deal_value};
use std::sync::Mutex;

/// The step of the new scenario that opens a club's shop, and one that talks with it.
const STEP: &str =
    "when = \"awareness > 0.2 && sales.share > 0.005\"\ndo = [ { open = \"swap_north\" } ]";
const TALKS: &str = "when = \"month >= 3\"\ndo = [ { negotiate = \"swap_north\" } ]";
const HEAD: &str = "[[plans]]\nid = \"stay_out\"";
const EVENT: &str = "[[events]]\nid = \"club_deal\"\nattempt = { starts_by = \"negotiate\", partner = \"swap_north\", lasts = \"2 months\" }\nchance = 0.3\non_success = [ { open = \"swap_north\" } ]\n\n";
const DEAL: &str = "[[deals]]\nid = \"club\"\npartner = \"swap_north\"\nplan = \"online_first\"\nfallback = \"stay_out\"\nstart = 4\nservice_margin = 10\nlifetime = \"30 months\"\nchance = { constant = -0.5, per_million = 0.2, event = \"club_deal\" }\n\n";

/// The new scenario with talks and a deal that says what their chance is.
fn with_deal(draws: usize) -> (TempDir, Loaded) {
    let (here, _) = loaded(draws, &[]);
    let path = here.path().join("market/scenario.toml");
    let written = fs::read_to_string(&path).unwrap();
    for wanted in [STEP, HEAD] {
        assert!(written.contains(wanted), "{wanted}");
    }
    let written = written.replacen(STEP, TALKS, 1);
    let written = written.replacen(HEAD, &format!("{EVENT}{DEAL}{HEAD}"), 1);
    fs::write(&path, written).unwrap();
    let loaded = small::again(&here, draws, MONTHS, &[]);
    (here, loaded)
}

fn alone(loaded: &Loaded, draws: usize) -> DealValue {
    let cancel = AtomicBool::new(false);
    let options = ComputeOptions {
        threads: 1,
        plans: &loaded.plans,
        cancel: &cancel,
    };
    let seed = loaded.scenario.simulation.seed;
    deal_value(loaded, 0, (draws, seed), &options, &Silent).unwrap()
}

#[test]
fn a_run_asks_a_deal_of_its_first_draws() {
    let (_here, loaded) = with_deal(24);
    let analysis = analysed(&loaded);
    assert_eq!(analysis.deals.len(), 1);
    let deal = &analysis.deals[0];
    assert_eq!(
        (deal.id.as_str(), deal.draws),
        ("club", crate::run::analysis::deals::wanted(24))
    );
    let alone = alone(&loaded, deal.draws);
    assert_eq!(deal.worth.len(), alone.worth.len());
    for (found, wanted) in deal.worth.iter().zip(&alone.worth) {
        let (brand, network) = (wanted.gains.brand.mean, wanted.gains.network.mean);
        assert!(brand != 0.0 && network != 0.0, "{wanted:?}");
        is_near(found.brand.mean, brand, brand, ROUNDING);
        is_near(found.network.mean, network, network, ROUNDING);
        is_near(found.both.mean, brand + network, brand, ROUNDING);
        assert_eq!(found.falls.len(), wanted.falls.len());
        for (found, wanted) in found.falls.iter().zip(&wanted.falls) {
            is_near(found.brand.mean, wanted.brand.mean, brand, ROUNDING);
        }
    }
    // Without deals the document says nothing of them.
    let (_here, plain) = super::loaded(24, &[]);
    let bytes = String::from_utf8(analysed(&plain).bytes().unwrap()).unwrap();
    assert!(!bytes.contains("deals"), "{bytes}");
}

#[test]
fn talks_have_the_chance_that_the_networks_gain_gives_them() {
    let (here, loaded) = with_deal(1);
    let prepared = prepare(&loaded).unwrap();
    let cancel = AtomicBool::new(false);
    let how = How {
        threads: 1,
        fresh: false,
        analysis: false,
        cancel: &cancel,
    };
    let (done, _) = small::run_in(&here, "runs", (&loaded, &prepared), how, &Silent);
    assert_eq!(done.unwrap(), Done::Computed);
    let run = stored::read(&here.path().join(format!("runs/scooters-{}", prepared.hash)));
    let run = run.unwrap();
    let gains = &alone(&loaded, 1).worth[0].gains;
    let wanted = gains.chance.unwrap();
    // By hand: the logistic function of the gain in millions.
    let by_hand = 1.0 / (1.0 + libm::exp(0.5 - 0.2 * gains.network.mean / 1e6));
    is_near(wanted, by_hand, 1.0, ROUNDING);
    let name = "events.club_deal.chance";
    let row = run
        .output
        .register
        .iter()
        .find(|row| row.name == name)
        .unwrap();
    is_near(row.value, wanted, 1.0, ROUNDING);
    assert!(
        (row.value - 0.3).abs() > ROUNDING,
        "it is not the one written"
    );
    assert_eq!(row.origin, "derived");
    let issues = &run.summary.issues;
    let said = issues
        .iter()
        .find(|issue| issue.code == "chance_from_gain")
        .unwrap();
    assert_eq!(said.place, name);
    assert!(
        said.text
            .contains("from what the deal `club` gains the network"),
        "{}",
        said.text
    );
    // Its folder is written again from the store without solving anything: what deals give is kept with the run.
    let folder = here.path().join(format!("runs/scooters-{}", prepared.hash));
    let bytes = || [MATERIAL, SUMMARY, SCENARIO].map(|name| fs::read(folder.join(name)).unwrap());
    let before = bytes();
    fs::remove_dir_all(&folder).unwrap();
    let stages = Stages::default();
    let (done, _) = small::run_in(&here, "runs", (&loaded, &prepared), how, &stages);
    assert_eq!(done.unwrap(), Done::Exported);
    assert_eq!(bytes(), before);
    assert_eq!(*stages.0.lock().unwrap(), Vec::<String>::new());
}

/// Keeps the names of stages.
#[derive(Default)]
struct Stages(Mutex<Vec<String>>);

impl Progress for Stages {
    fn stage(&self, name: &str, _: u64) {
        self.0.lock().unwrap().push(name.to_owned());
    }

    fn advance(&self, _: u64) {}

    fn skip(&self, _: u64) {}
}
