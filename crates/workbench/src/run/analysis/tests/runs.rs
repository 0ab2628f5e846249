//! Whole runs with what they are asked: the same bytes whatever happens, left out and asked for later, earlier entries.

use super::*;

/// Asks a run into a folder; `stop_after` pieces of the analysis the user interrupts.
fn run(
    here: &TempDir,
    runs: &str,
    (loaded, prepared): (&Loaded, &Prepared),
    (threads, analysis): (usize, bool),
    stop_after: Option<usize>,
) -> Result<Done, SessionError> {
    struct Stopping<'a> {
        cancel: &'a AtomicBool,
        left: std::sync::Mutex<Option<usize>>,
        asking: AtomicBool,
    }
    impl Progress for Stopping<'_> {
        fn stage(&self, name: &str, _steps: u64) {
            self.asking.store(name == "analysis", Ordering::SeqCst);
        }

        fn advance(&self, _steps: u64) {
            let mut left = self.left.lock().unwrap();
            if let Some(count) = left.as_mut().filter(|_| self.asking.load(Ordering::SeqCst)) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    self.cancel.store(true, Ordering::SeqCst);
                }
            }
        }

        fn skip(&self, _steps: u64) {}
    }
    let cancel = AtomicBool::new(false);
    let progress = Stopping {
        cancel: &cancel,
        left: std::sync::Mutex::new(stop_after),
        asking: AtomicBool::new(false),
    };
    let how = How {
        threads,
        fresh: false,
        analysis,
        cancel: &cancel,
    };
    small::run_in(here, runs, (loaded, prepared), how, &progress).0
}

fn place(here: &TempDir, runs: &str, prepared: &Prepared) -> std::path::PathBuf {
    folder::place(&here.path().join(runs), "scooters", &prepared.hash).unwrap()
}

#[test]
fn the_same_bytes_on_one_thread_and_two_and_after_interruptions() {
    let (here, loaded) = loaded(70, &[]);
    let prepared = prepare(&loaded).unwrap();
    let bytes = |runs: &str| fs::read(place(&here, runs, &prepared).join(ANALYSIS)).unwrap();
    let both = (&loaded, &prepared);
    assert_eq!(
        run(&here, "one", both, (1, true), None).unwrap(),
        Done::Computed
    );
    assert_eq!(
        run(&here, "two", both, (2, true), None).unwrap(),
        Done::Computed
    );
    let whole = bytes("one");
    assert_eq!(whole, bytes("two"));
    let mut stops = 0;
    while let Err(error) = run(&here, "stopped", both, (2, true), Some(7)) {
        assert!(
            matches!(error, SessionError::Interrupted { done: 70, .. }),
            "{error}"
        );
        stops += 1;
    }
    assert!(stops >= 2, "{stops} interruptions");
    assert_eq!(whole, bytes("stopped"));
    let analysis = Analysis::parse(&whole).unwrap();
    assert_eq!(analysis.bytes().unwrap(), whole);
    assert_eq!(
        (analysis.format, analysis.draws, &analysis.hash),
        (1, 70, &prepared.hash)
    );
}

#[test]
fn it_can_be_left_out_and_asked_for_later_and_a_central_run_has_none() {
    let (here, loaded) = loaded(70, &[]);
    let prepared = prepare(&loaded).unwrap();
    let both = (&loaded, &prepared);
    let folder = place(&here, "runs", &prepared);
    assert_eq!(
        run(&here, "runs", both, (2, false), None).unwrap(),
        Done::Computed
    );
    assert!(!folder.join(ANALYSIS).exists());
    let before = fs::read(folder.join(folder::SUMMARY)).unwrap();
    assert_eq!(
        run(&here, "runs", both, (2, true), None).unwrap(),
        Done::Computed
    );
    assert!(folder.join(ANALYSIS).is_file());
    assert_eq!(before, fs::read(folder.join(folder::SUMMARY)).unwrap());
    assert_eq!(
        run(&here, "runs", both, (2, true), None).unwrap(),
        Done::Stored
    );
    // Nobody asks now, and nobody is hurt by what is there.
    assert_eq!(
        run(&here, "runs", both, (2, false), None).unwrap(),
        Done::Stored
    );
    let summary = Summary::parse(&before).unwrap();
    let analysis = Analysis::parse(&fs::read(folder.join(ANALYSIS)).unwrap()).unwrap();
    for plan in &analysis.plans {
        let in_summary = summary
            .plans
            .iter()
            .find(|other| other.id == plan.id)
            .unwrap();
        is_near(
            plan.npv,
            in_summary.mean("npv").unwrap(),
            plan.npv,
            ROUNDING,
        );
    }
    // Of another run it is not shown.
    let other = fs::read_to_string(folder.join(ANALYSIS)).unwrap();
    let other = other.replacen(&prepared.hash, "0123456789ab", 1);
    fs::write(folder.join(ANALYSIS), other).unwrap();
    let refused = crate::run::stored::read(&folder).unwrap_err().to_string();
    assert!(
        refused.contains("it is of run 0123456789ab, not of"),
        "{refused}"
    );
    let (here, loaded) = super::loaded(1, &[]);
    let prepared = prepare(&loaded).unwrap();
    run(&here, "runs", (&loaded, &prepared), (1, true), None).unwrap();
    assert!(!place(&here, "runs", &prepared).join(ANALYSIS).exists());
}

/// Three entries: two stayed, one left in its seventh month.
const ENTRIES: &str = "\
entrant,market,first_sale,months_after,share_of_sales,left,source,note
volt,north,2020-03,12,0.02,,survey,
zap,north,2021-01,,,2021-08,,gave up
amp,south,2019-05,24,0.05,,riders,
";

#[test]
fn earlier_entries_stand_beside_the_plans_at_the_same_age() {
    let (here, _) = loaded(2, &[]);
    let market = here.path().join("market");
    fs::write(market.join("entries.csv"), ENTRIES).unwrap();
    let text = fs::read_to_string(market.join("scenario.toml")).unwrap();
    let named = "[forecast]\nreference_class = \"entries.csv\"\n\n[finance]";
    let text = text.replacen("[finance]", named, 1);
    fs::write(market.join("scenario.toml"), text).unwrap();
    let loaded = small::again(&here, 70, MONTHS, &[]);
    let prepared = prepare(&loaded).unwrap();
    run(&here, "runs", (&loaded, &prepared), (2, true), None).unwrap();
    let folder = place(&here, "runs", &prepared);
    let analysis = Analysis::parse(&fs::read(folder.join(ANALYSIS)).unwrap()).unwrap();
    let class = analysis.reference_class.unwrap();
    assert_eq!(class.members.len(), 3);
    let [six, twelve] = &class.ages[..] else {
        panic!("two ages within 18 months");
    };
    assert_eq!((six.months, twelve.months), (6, 12));
    // At six months zap is still there, with a share that nobody knows.
    let shares = six.class.as_ref().unwrap();
    assert_eq!((shares.members, six.class_left.share), (2, 0.0));
    let shares = twelve.class.as_ref().unwrap();
    assert_eq!(shares.members, 3);
    is_near(shares.lowest, 0.0, 1.0, ROUNDING);
    is_near(shares.p50, 0.02, 1.0, ROUNDING);
    is_near(shares.highest, 0.025, 1.0, ROUNDING);
    // Three records cover a median with probability 1 − 2/8.
    is_near(shares.median_band.unwrap().coverage, 0.75, 1.0, ROUNDING);
    is_near(twelve.class_left.share, 1.0 / 3.0, 1.0, ROUNDING);
    let band = (
        twelve.class_left.low.unwrap(),
        twelve.class_left.high.unwrap(),
    );
    assert!(band.0 < 1.0 / 3.0 && band.1 > 1.0 / 3.0 && band.1 < 1.0);
    // The plan sells from the month in which its gate opens, months 3 to 8 or so, hence not all draws are twelve months old.
    let plan = |age: &crate::run::analysis::document::AgeLine| age.plans[0].clone();
    assert_eq!(plan(six).plan, "online_first");
    assert!(plan(six).draws >= plan(twelve).draws && plan(twelve).draws > 0);
    assert!(plan(six).p05.unwrap() > 0.0 && plan(six).p05 < plan(six).p95);
    assert_eq!(plan(six).left, Some(0.0));
    assert!(class.words[0].contains("3 entries, of which 1 left"));
    let report = fs::read_to_string(folder.join(folder::REPORT)).unwrap();
    for section in ["must-be-true", "sensitivity", "reference-class"] {
        assert!(
            report.contains(&format!("<section id=\"{section}\"")),
            "{section}"
        );
    }
    let again = crate::run::stored::read(&folder).unwrap();
    assert_eq!(again.output.analysis.unwrap().hash, prepared.hash);
}
