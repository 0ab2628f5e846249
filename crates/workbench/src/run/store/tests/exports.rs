//! Exports that were changed, cut off or taken away, and stores that do not know them.

use super::*;

fn folder(here: &TempDir, prepared: &Prepared) -> std::path::PathBuf {
    here.path()
        .join("runs")
        .join(format!("scooters-{}", prepared.hash))
}

#[test]
fn a_damaged_export_is_named_and_written_again_from_the_store() {
    let (here, loaded, prepared) = scenario(DRAWS, &[]);
    let run = (&loaded, &prepared);
    run_in(&here, "runs", run, 2, false).0.unwrap();
    let sound = files(&here, "runs", &loaded, &prepared);
    let rows = || {
        let store = Store::look(&here.path().join("runs")).unwrap().unwrap();
        store.find(&prepared.hash).unwrap().unwrap().sound
    };
    let chunks = rows();
    for name in FILES {
        let path = folder(&here, &prepared).join(name);
        let bytes = &sound[name];
        let mut flipped = bytes.clone();
        flipped[bytes.len() / 2] ^= 1;
        let damages = [Some(flipped), Some(bytes[..bytes.len() / 3].to_vec()), None];
        for damage in damages {
            let wanted = match &damage {
                Some(bytes) => {
                    fs::write(&path, bytes).unwrap();
                    format!("is damaged ({name} is not what was written)")
                }
                None => {
                    fs::remove_file(&path).unwrap();
                    format!("is damaged ({name} is missing)")
                }
            };
            let (done, said) = run_in(&here, "runs", run, 2, false);
            assert_eq!(done.unwrap(), Done::Exported, "{name}");
            assert!(said.iter().any(|text| text.contains(&wanted)), "{said:?}");
            assert_eq!(sound, files(&here, "runs", &loaded, &prepared));
            let again = run_in(&here, "runs", run, 2, false);
            assert_eq!((again.0.unwrap(), again.1.len()), (Done::Stored, 0));
        }
    }
    assert_eq!(rows(), chunks, "no chunk was computed again");
}

#[test]
fn fresh_works_on_whatever_became_of_our_folder() {
    let (here, loaded, prepared) = scenario(3, &[]);
    let run = (&loaded, &prepared);
    run_in(&here, "runs", run, 2, false).0.unwrap();
    let sound = files(&here, "runs", &loaded, &prepared);
    let summary = folder(&here, &prepared).join("summary.json");
    for damage in ["", "{", "{\"format\": 9, \"beachhead\": \"0.1.0\"}"] {
        fs::write(&summary, damage).unwrap();
        let (done, _) = run_in(&here, "runs", run, 2, true);
        assert_eq!(done.unwrap(), Done::Computed, "{damage}");
        assert_eq!(sound, files(&here, "runs", &loaded, &prepared));
    }
    // Without its store too, as nothing else lies there.
    fs::write(&summary, "{").unwrap();
    fs::remove_file(here.path().join("runs").join(FILE)).unwrap();
    let (done, _) = run_in(&here, "runs", run, 2, true);
    assert_eq!(done.unwrap(), Done::Computed);
    assert_eq!(sound, files(&here, "runs", &loaded, &prepared));
}

#[test]
fn a_folder_that_the_store_does_not_know_is_taken_as_it_is() {
    let (here, loaded, prepared) = scenario(3, &[]);
    let run = (&loaded, &prepared);
    run_in(&here, "runs", run, 2, false).0.unwrap();
    fs::remove_file(here.path().join("runs").join(FILE)).unwrap();
    let (done, said) = run_in(&here, "runs", run, 2, false);
    assert_eq!(done.unwrap(), Done::Stored);
    assert!(said[0].contains("does not know this run"), "{said:?}");
    // Killed after the folder was there and before its checksums were kept.
    run_in(&here, "runs", run, 2, true).0.unwrap();
    raw(&here, "runs")
        .execute("DELETE FROM exports", [])
        .unwrap();
    let (done, said) = run_in(&here, "runs", run, 2, false);
    assert_eq!((done.unwrap(), said.len()), (Done::Exported, 0));
}
