//! Draws that are stored before their chunk is complete.

use super::*;
use crate::run::job::Progress;
use std::sync::atomic::AtomicUsize;

/// Asks to stop after so many draws.
struct Impatient<'a> {
    left: AtomicUsize,
    cancel: &'a AtomicBool,
    is_in_draws: AtomicBool,
}

impl Progress for Impatient<'_> {
    fn stage(&self, name: &str, _: u64) {
        self.is_in_draws.store(name == "draws", Ordering::Relaxed);
    }

    fn advance(&self, _: u64) {
        if self.is_in_draws.load(Ordering::Relaxed)
            && self.left.fetch_sub(1, Ordering::Relaxed) == 1
        {
            self.cancel.store(true, Ordering::Relaxed);
        }
    }

    fn skip(&self, _: u64) {}
}

/// Draws stored when a run is stopped after so many more.
pub(super) fn interrupted(
    here: &TempDir,
    (loaded, prepared): (&Loaded, &Prepared),
    (threads, after): (usize, usize),
) -> usize {
    let cancel = AtomicBool::new(false);
    let progress = Impatient {
        left: AtomicUsize::new(after),
        cancel: &cancel,
        is_in_draws: AtomicBool::new(false),
    };
    let request = Request {
        loaded,
        prepared,
        place: &Place::Below(here.path().join("runs")),
        options: ComputeOptions {
            threads,
            plans: &loaded.plans,
            cancel: &cancel,
        },
        fresh: false,
        analysis: false,
    };
    match session::run(&request, &progress, &|_| ()) {
        Err(SessionError::Interrupted { done, draws }) => {
            assert_eq!(draws, prepared.identity.draws);
            let store = Store::look(&here.path().join("runs")).unwrap().unwrap();
            assert_eq!(store.runs().unwrap()[0].draws_done, done);
            done
        }
        other => panic!("not interrupted: {other:?}"),
    }
}

#[test]
fn an_interruption_loses_no_draw_that_is_done() {
    let (here, loaded, prepared) = scenario(DRAWS, &[]);
    let run = (&loaded, &prepared);
    run_in(&here, "whole", run, 2, false).0.unwrap();
    assert_eq!(interrupted(&here, run, (1, 3)), 3);
    assert_eq!(interrupted(&here, run, (1, 4)), 7);
    // A thread may finish its draw after the wish to stop.
    let on_two = interrupted(&here, run, (2, 2));
    assert!((9..=10).contains(&on_two), "{on_two}");
    // Into the second chunk: the first one is complete, its draws are no longer apart.
    assert_eq!(interrupted(&here, run, (1, 66 - on_two)), 66);
    let apart = |wanted: usize| {
        let count = raw(&here, "runs").query_row("SELECT count(*) FROM draws", [], |r| r.get(0));
        assert_eq!(count, Ok(wanted));
    };
    apart(2);
    let (done, said) = run_in(&here, "runs", run, 2, false);
    assert_eq!(done.unwrap(), Done::Computed);
    assert!(
        said.iter()
            .any(|text| text.contains("66 of 70 draws are stored; going on")),
        "{said:?}"
    );
    apart(0);
    assert_eq!(
        files(&here, "whole", &loaded, &prepared),
        files(&here, "runs", &loaded, &prepared)
    );
}

#[test]
fn a_damaged_draw_is_named_and_computed_again() {
    let (here, loaded, prepared) = scenario(DRAWS, &[]);
    let run = (&loaded, &prepared);
    run_in(&here, "whole", run, 2, false).0.unwrap();
    interrupted(&here, run, (1, 5));
    raw(&here, "runs")
        .execute("UPDATE draws SET bytes = x'0102' WHERE draw = 2", [])
        .unwrap();
    let (done, said) = run_in(&here, "runs", run, 2, false);
    assert_eq!(done.unwrap(), Done::Computed);
    let named = format!("draw 2 of run {} in", prepared.hash);
    assert!(said.iter().any(|text| text.contains(&named)), "{said:?}");
    assert!(
        said.iter()
            .any(|text| text.contains("4 of 70 draws are stored")),
        "{said:?}"
    );
    assert_eq!(
        files(&here, "whole", &loaded, &prepared),
        files(&here, "runs", &loaded, &prepared)
    );
}

/// All draws of a chunk were stored, and the process was killed before the chunk was.
#[test]
fn a_chunk_whose_draws_are_all_apart_is_put_together() {
    let (here, loaded, prepared) = scenario(DRAWS, &[]);
    let run = (&loaded, &prepared);
    run_in(&here, "whole", run, 2, false).0.unwrap();
    assert_eq!(interrupted(&here, run, (1, DRAWS - 1)), DRAWS - 1);
    // The last draw is the same in a longer run, of which it is stored apart.
    let (longer, of_80, longer_prepared) = scenario(80, &[]);
    interrupted(&longer, (&of_80, &longer_prepared), (1, 75));
    let parts = |here: &TempDir, hash: &str| {
        let store = Store::open(&here.path().join("runs")).unwrap();
        let sound = store.parts(hash).unwrap().sound;
        (store, sound)
    };
    let last = parts(&longer, &longer_prepared.hash).1[&(DRAWS - 1)].bytes();
    let (store, _) = parts(&here, &prepared.hash);
    store
        .put_draws(&prepared.hash, &[(DRAWS - 1, last)])
        .unwrap();
    drop(store);
    assert_eq!(
        run_in(&here, "runs", run, 1, false).0.unwrap(),
        Done::Computed
    );
    assert_eq!(
        files(&here, "whole", &loaded, &prepared),
        files(&here, "runs", &loaded, &prepared)
    );
}
