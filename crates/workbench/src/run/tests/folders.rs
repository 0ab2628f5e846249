//! Folders: found, written, replaced, never half there.

use super::super::folder::{Found, Known, WriteFile, look, write, write_with};
use super::*;
use std::io;

#[test]
fn a_complete_folder_is_found_again() {
    let (_root, folder, hash, artefacts) = written();
    let mut names = folder::FILES.map(str::to_owned).to_vec();
    names.sort();
    assert_eq!(files_in(&folder), names);
    for artefact in &artefacts {
        assert_eq!(
            fs::read(folder.join(artefact.name)).unwrap(),
            artefact.bytes().unwrap()
        );
    }
    assert!(
        matches!(look(&folder, &hash, &Known::default()).unwrap(), Found::Complete(summary) if summary.hash == hash)
    );
    assert_eq!(
        look(&folder, "ffffffffffff", &Known::default()).unwrap(),
        Found::Other
    );
    fs::remove_file(folder.join(folder::REPORT)).unwrap();
    assert_eq!(
        look(&folder, &hash, &Known::default()).unwrap(),
        Found::Other
    );
    assert_eq!(
        files_in(folder.parent().unwrap()).len(),
        1,
        "nothing partial is left"
    );
}

#[test]
fn writing_again_and_fresh() {
    let (_root, folder, hash, artefacts) = written();
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    let marked: Vec<Artefact<'_>> = artefacts
        .iter()
        .map(|artefact| match artefact.name {
            folder::REPORT => Artefact::new(folder::REPORT, b"new".to_vec()),
            name => Artefact::new(name, artefact.bytes().unwrap()),
        })
        .collect();
    write(&folder, &hash, &marked, &Known::default(), false).unwrap();
    assert_ne!(
        folder::read(&folder, folder::REPORT).unwrap(),
        b"new",
        "a complete run stays"
    );
    write(&folder, &hash, &marked, &Known::default(), true).unwrap();
    assert_eq!(folder::read(&folder, folder::REPORT).unwrap(), b"new");
    assert_eq!(
        fs::read(folder.join("notes.txt")).unwrap(),
        b"mine",
        "what else lay there stays"
    );
    assert_eq!(files_in(folder.parent().unwrap()).len(), 1);
}

#[test]
fn folders_that_are_not_ours_stay_untouched() {
    let root = tempfile::tempdir().unwrap();
    let expect_not_ours = |folder: &Path, part: &str| {
        let error = look(folder, "0", &Known::default()).unwrap_err();
        assert!(error.is_input());
        assert!(error.to_string().contains(part), "{error}");
    };
    let folder = root.path().join("theirs");
    fs::create_dir(&folder).unwrap();
    assert_eq!(
        look(&folder, "0", &Known::default()).unwrap(),
        Found::Nothing
    );
    fs::write(folder.join("thesis.doc"), "x").unwrap();
    expect_not_ours(&folder, "it holds files but no summary.json");
    for foreign in [
        "{}",
        "[1]",
        "not json",
        "{\"format\": 1}",
        "{\"beachhead\": \"0.1.0\"}",
    ] {
        fs::write(folder.join(folder::SUMMARY), foreign).unwrap();
        expect_not_ours(&folder, "has no `format` and `beachhead`");
    }
    fs::write(
        folder.join(folder::SUMMARY),
        "{\"format\": 9, \"beachhead\": \"9.0\"}",
    )
    .unwrap();
    expect_not_ours(&folder, "says format 9\n  expected format 1");
    for fresh in [false, true] {
        assert!(
            write(&folder, "0", &[], &Known::default(), fresh)
                .unwrap_err()
                .is_input()
        );
    }
    assert!(folder.join("thesis.doc").exists());
    let file = root.path().join("file");
    fs::write(&file, "x").unwrap();
    expect_not_ours(&file, "it is a file");
    let target = root.path().join("fresh");
    fs::create_dir(root.path().join("fresh.partial")).unwrap();
    fs::write(root.path().join("fresh.partial/keep"), "x").unwrap();
    assert!(
        write(&target, "0", &[], &Known::default(), false)
            .unwrap_err()
            .is_input()
    );
    assert!(root.path().join("fresh.partial/keep").exists());
}

/// What the store says of a folder decides what its files are, whatever they hold now.
#[test]
fn a_folder_that_the_store_knows_stays_ours() {
    let (_root, folder, hash, artefacts) = written();
    let checksums = write(&folder, &hash, &artefacts, &Known::default(), true).unwrap();
    assert_eq!(checksums.len(), folder::FILES.len());
    let known = Known {
        is_ours: true,
        checksums,
    };
    let found = || look(&folder, &hash, &known).unwrap();
    let mend = || {
        write(&folder, &hash, &artefacts, &known, true).unwrap();
        assert!(matches!(found(), Found::Complete(_)));
    };
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    mend();
    for name in folder::FILES {
        let path = folder.join(name);
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        for damaged in [
            &bytes[..],
            &bytes[..middle],
            b"",
            b"{\"beachhead\": 1, \"format\": 9}",
        ] {
            fs::write(&path, damaged).unwrap();
            let wanted = vec![format!("{name} is not what was written")];
            assert_eq!(found(), Found::Damaged(wanted));
            mend();
        }
        fs::remove_file(&path).unwrap();
        assert_eq!(found(), Found::Damaged(vec![format!("{name} is missing")]));
        mend();
    }
    assert_eq!(fs::read(folder.join("notes.txt")).unwrap(), b"mine");
    // Without a store, what lies there says whose it is.
    fs::write(folder.join(folder::SUMMARY), "not json").unwrap();
    assert!(
        look(&folder, &hash, &Known::default())
            .unwrap_err()
            .is_input()
    );
    fs::remove_file(folder.join("notes.txt")).unwrap();
    assert_eq!(
        look(&folder, &hash, &Known::default()).unwrap(),
        Found::Other
    );
}

fn disk_full(path: &Path) -> RunError {
    folder::environment("write", path)(io::Error::from(io::ErrorKind::StorageFull))
}

#[test]
fn a_full_disk_leaves_nothing_that_looks_complete() {
    let root = tempfile::tempdir().unwrap();
    let output = made_up();
    let artefacts = files(&output, "0123456789ab").unwrap();
    let folder = root.path().join("runs/demo-0123456789ab");
    for position in 0..artefacts.len() {
        let count = std::cell::Cell::new(0);
        let full: WriteFile<'_> = &|path, artefact| {
            let bytes = artefact.bytes()?;
            if count.replace(count.get() + 1) == position {
                fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
                return Err(disk_full(path));
            }
            fs::write(path, bytes).unwrap();
            Ok(Vec::new())
        };
        let error = write_with(
            &folder,
            ("0123456789ab", &Known::default()),
            &artefacts,
            false,
            full,
        )
        .unwrap_err();
        assert!(
            matches!(&error, RunError::Environment { source, .. } if source.kind() == io::ErrorKind::StorageFull)
        );
        assert!(!error.is_input());
        assert!(files_in(&root.path().join("runs")).is_empty());
    }
}

#[test]
fn a_full_disk_keeps_the_earlier_run() {
    let (_root, folder, hash, artefacts) = written();
    let full: WriteFile<'_> = &|path, _| Err(disk_full(path));
    write_with(&folder, (&hash, &Known::default()), &artefacts, true, full).unwrap_err();
    assert!(matches!(
        look(&folder, &hash, &Known::default()).unwrap(),
        Found::Complete(_)
    ));
}

#[test]
fn what_an_interruption_left_is_cleared() {
    let (_root, folder, hash, artefacts) = written();
    let partial = folder.with_file_name(format!("demo-{hash}.partial"));
    fs::rename(&folder, &partial).unwrap();
    fs::write(partial.join(".writing"), "").unwrap();
    fs::remove_file(partial.join(folder::SUMMARY)).unwrap();
    assert_eq!(
        look(&folder, &hash, &Known::default()).unwrap(),
        Found::Nothing
    );
    assert!(folder::list(folder.parent().unwrap()).unwrap().is_empty());
    write(&folder, &hash, &artefacts, &Known::default(), false).unwrap();
    assert!(matches!(
        look(&folder, &hash, &Known::default()).unwrap(),
        Found::Complete(_)
    ));
    assert_eq!(files_in(&folder).len(), folder::FILES.len());
    assert!(!partial.exists());
}

/// Killed between the two renames of a replacement, before or after the second.
#[test]
fn what_a_kill_between_two_renames_left_is_put_right() {
    let (root, folder, hash, artefacts) = written();
    let old = folder.with_file_name(format!("demo-{hash}.old.partial"));
    for is_there in [false, true] {
        fs::write(folder.join("notes.txt"), "mine").unwrap();
        fs::rename(&folder, &old).unwrap();
        if is_there {
            fs::create_dir(&folder).unwrap();
            for artefact in &artefacts {
                fs::write(folder.join(artefact.name), artefact.bytes().unwrap()).unwrap();
            }
        }
        write(&folder, &hash, &artefacts, &Known::default(), true).unwrap();
        assert_eq!(fs::read(folder.join("notes.txt")).unwrap(), b"mine");
        assert_eq!(files_in(&root.path().join("runs")).len(), 1);
        assert_eq!(files_in(&folder).len(), folder::FILES.len() + 1);
    }
}

#[test]
fn two_processes_at_once() {
    let root = tempfile::tempdir().unwrap();
    let output = made_up();
    let hash = hash(&output.resolved, &identity());
    let artefacts = files(&output, &hash).unwrap();
    let folder = folder::place(root.path(), "demo", &hash).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| write(&folder, &hash, &artefacts, &Known::default(), false).unwrap());
        }
    });
    assert!(matches!(
        look(&folder, &hash, &Known::default()).unwrap(),
        Found::Complete(_)
    ));
    assert_eq!(files_in(root.path()).len(), 1);
    assert_eq!(files_in(&folder).len(), folder::FILES.len());
}

#[test]
fn a_name_that_leads_out_of_the_folder_of_runs() {
    let runs = Path::new("runs");
    for name in ["../x", "a/b", "..", ".", "", "/x", "a\\b", "a\u{1b}"] {
        let error = folder::place(runs, name, "0").unwrap_err();
        assert!(error.is_input(), "{name:?}");
        assert!(!error.to_string().contains('\u{1b}'));
    }
    assert_eq!(
        folder::place(runs, "a-B_1", "0").unwrap(),
        Path::new("runs/a-B_1-0")
    );
}

#[test]
fn runs_are_listed() {
    let (root, folder, hash, _) = written();
    let runs = root.path().join("runs");
    fs::create_dir(runs.join("other")).unwrap();
    fs::write(runs.join("file"), "x").unwrap();
    let listed = folder::list(&runs).unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (&listed[0].folder, &listed[0].summary.hash),
        (&folder, &hash)
    );
    assert!(folder::list(&root.path().join("none")).unwrap().is_empty());
}
