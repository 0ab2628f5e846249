//! Databases whose pages are damaged: nothing is read that was not written, what is sound goes on, a run ends with its bytes.

use super::parts::interrupted;
use super::*;
use crate::run::store::open::PAGE;
use rusqlite::types::Value;
use std::collections::BTreeSet;
use std::path::Path;

const SIZE: usize = PAGE as usize;

/// The page on which a chunk begins.
fn leaf_of_chunks(db: &[u8]) -> usize {
    let at = db.windows(4).position(|part| part == b"BHCK").unwrap();
    at / SIZE * SIZE
}

/// A big-endian number in the file.
fn number(db: &[u8], at: usize) -> usize {
    u32::from_be_bytes(db[at..at + 4].try_into().unwrap()) as usize
}

fn put(db: &mut [u8], at: usize, number: usize) {
    db[at..at + 4].copy_from_slice(&u32::try_from(number).unwrap().to_be_bytes());
}

/// Where the header names the first free page.
const FREE: usize = 32;

/// Damages the bytes of a database.
type Damage = fn(&mut Vec<u8>);

/// Ways to damage the database of a real store, and whether that is said.
fn damages() -> Vec<(&'static str, bool, Damage)> {
    vec![
        ("the name of the format", true, |db| db[..16].fill(7)),
        ("the first sector", true, |db| db[..512].fill(0)),
        ("the size of pages", true, |db| db[16..18].fill(0xff)),
        ("the whole first page", true, |db| db[..SIZE].fill(0)),
        ("the list of tables", true, |db| {
            db[SIZE - 2000..SIZE].fill(0x55)
        }),
        ("the tables' roots", true, |db| {
            db[SIZE..4 * SIZE].fill(0xff)
        }),
        ("the page of a chunk's beginning", true, |db| {
            let leaf = leaf_of_chunks(db);
            db[leaf..leaf + 64].fill(0xff);
        }),
        ("the end of that page", true, |db| {
            let leaf = leaf_of_chunks(db);
            db[leaf + SIZE - 64..leaf + SIZE].fill(0xff);
        }),
        ("every fourth page", true, |db| {
            for page in (3 * SIZE..db.len()).step_by(4 * SIZE) {
                db[page..page + 8].fill(0xff);
            }
        }),
        ("a free page that leads to used ones", true, |db| {
            let trunk = (number(db, FREE) - 1) * SIZE;
            let used = leaf_of_chunks(db) / SIZE + 1;
            let free = number(db, trunk + 4);
            for leaf in 0..free {
                put(db, trunk + 8 + 4 * leaf, used);
            }
            put(db, trunk, 0);
        }),
        ("the rest cut off", true, |db| db.truncate(3 * SIZE + 100)),
        // The last page is free: nothing that anybody wrote is gone.
        ("the last byte cut off", false, |db| {
            db.truncate(db.len() - 1)
        }),
        ("all but the header cut off", true, |db| db.truncate(100)),
        ("nothing but zeros", true, |db| db.fill(0)),
        ("nothing at all", false, Vec::clear),
    ]
}

#[test]
fn a_store_with_damaged_pages_ends_with_the_same_bytes() {
    let (here, loaded, prepared) = scenario(DRAWS, &[]);
    let (_other, again, begun) = scenario(DRAWS, &["gates.approval.cost=1 EUR"]);
    let run = |(loaded, prepared): (&Loaded, &Prepared), runs: &str| {
        let cancel = AtomicBool::new(false);
        let how = How {
            threads: 2,
            fresh: false,
            analysis: false,
            cancel: &cancel,
        };
        let (done, said) = small::run_in(&here, runs, (loaded, prepared), how, &Silent);
        (done.unwrap(), said)
    };
    let (whole, part) = ((&loaded, &prepared), (&again, &begun));
    run(whole, "sound");
    run(part, "sound");
    let wanted = [whole, part].map(|(loaded, prepared)| files(&here, "sound", loaded, prepared));
    run(whole, "runs");
    interrupted(&here, part, (1, 30));
    let root = here.path().join("runs");
    // As a chunk leaves them that takes the place of its draws, but more than one.
    raw(&here, "runs")
        .execute_batch(&format!(
            "INSERT INTO draws (run, draw, checksum, bytes) VALUES ('{}', 999, x'00', zeroblob(300000));
             DELETE FROM draws WHERE draw = 999;",
            begun.hash
        ))
        .unwrap();
    let sound = fs::read(root.join(FILE)).unwrap();
    assert!(number(&sound, FREE) > 0, "no page is free");
    for (name, is_said, damage) in damages() {
        fs::remove_dir_all(&root).unwrap();
        fs::create_dir_all(&root).unwrap();
        let mut db = sound.clone();
        damage(&mut db);
        fs::write(root.join(FILE), &db).unwrap();
        let mut said = run(part, "runs").1;
        said.extend(run(whole, "runs").1);
        for ((loaded, prepared), wanted) in [whole, part].into_iter().zip(&wanted) {
            assert_eq!(*wanted, files(&here, "runs", loaded, prepared), "{name}");
            let (done, said) = run((loaded, prepared), "runs");
            assert_eq!((done, said.len()), (Done::Stored, 0), "{name}: {said:?}");
        }
        let told = said.iter().any(|text| text.contains("was damaged"));
        assert_eq!(told, is_said, "{name}: {said:?}");
        let kept = root.join(format!("{FILE}.damaged"));
        assert_eq!(kept.exists(), is_said, "{name}");
        assert!(!root.join(format!("{FILE}.mending")).exists(), "{name}");
        let db = raw(&here, "runs");
        let wrong: String = db
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(wrong, "ok", "{name}");
    }
}

/// Every row of a store, with its table and without its number.
fn rows(path: &Path) -> BTreeSet<String> {
    let db = Connection::open(path).unwrap();
    let wrong: String = db
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(wrong, "ok");
    let mut rows = BTreeSet::new();
    for (table, columns) in [
        ("runs", entry::EntryRow::COLUMNS),
        ("chunks", "run, position, checksum, bytes"),
        ("draws", "run, draw, checksum, bytes"),
        ("answers", "run, name, checksum, bytes"),
    ] {
        let mut statement = db
            .prepare(&format!("SELECT {columns} FROM {table}"))
            .unwrap();
        let count = statement.column_count();
        let found = statement.query_map([], |row| {
            let values: rusqlite::Result<Vec<Value>> = (0..count).map(|at| row.get(at)).collect();
            Ok(format!("{table} {:?}", values?))
        });
        rows.extend(found.unwrap().map(Result::unwrap));
    }
    rows
}

const HASH: &str = "0123456789ab";

/// Chunks of such a size that several lie on a page, each with pages of its own behind.
const CHUNKS: usize = 24;
const LONG: usize = 40_000;

/// A store of one run in many pages, with draws apart, an answer, and free pages.
fn many_pages(folder: &Path) {
    let identity = crate::run::Identity {
        seed: 1,
        draws: 64 * (CHUNKS + 1),
        months: 6,
        plans: vec!["a".into()],
    };
    let store = Store::open(folder).unwrap();
    store.begin(entry(&identity), &Central::default()).unwrap();
    let bytes = |salt: usize| -> Vec<u8> {
        let numbers = (0..LONG / 8).map(|at| (at * 31 + salt) as f64);
        numbers.flat_map(f64::to_le_bytes).collect()
    };
    let draws = |first: usize| -> Vec<(usize, Vec<u8>)> {
        (first..first + 8)
            .map(|draw| (draw, bytes(draw)[..2000].to_vec()))
            .collect()
    };
    store.put_draws(HASH, &draws(0)).unwrap();
    for position in 0..CHUNKS {
        store.put(HASH, position, &bytes(position)).unwrap();
    }
    store.put_draws(HASH, &draws(64 * CHUNKS)).unwrap();
    store.put_answer(HASH, "worth", &[1.0, 2.0]).unwrap();
}

/// Mends a store of these bytes; its rows, and what was said.
fn mended(folder: &Path, db: &[u8]) -> (BTreeSet<String>, Vec<String>) {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(FILE), db).unwrap();
    let said = Mutex::new(Vec::new());
    let say = |text: &str| said.lock().unwrap().push(text.to_owned());
    assert!(mend(folder, Doubt::None, &AtomicBool::new(false), &say).unwrap());
    (rows(&folder.join(FILE)), said.into_inner().unwrap())
}

#[test]
fn whatever_page_is_damaged_only_its_rows_are_lost() {
    let here = tempfile::tempdir().unwrap();
    let (first, folder) = (here.path().join("first"), here.path().join("again"));
    many_pages(&first);
    let sound = fs::read(first.join(FILE)).unwrap();
    let all = rows(&first.join(FILE));
    assert_eq!(all.len(), 1 + CHUNKS + 8 + 1);
    let (same, said) = mended(&folder, &sound);
    assert_eq!((&same, said.len()), (&all, 1), "{said:?}");
    // A page of chunks holds the beginning of some; a page of another table may hold all of its rows, and that of runs means all.
    let pages = sound.len() / SIZE;
    let mut few = 0;
    for page in 0..pages {
        let kinds: [fn(&mut [u8]); 4] = [
            |page| page[..12].fill(0xff),
            |page| page.fill(0),
            |page| page[SIZE - 40..].iter_mut().for_each(|byte| *byte ^= 0x11),
            |page| page[2..6].reverse(),
        ];
        let mut lost = 0;
        for kind in kinds {
            let mut db = sound.clone();
            kind(&mut db[page * SIZE..(page + 1) * SIZE]);
            let (left, said) = mended(&folder, &db);
            assert!(left.is_subset(&all), "page {page}");
            assert!(
                page > 0 || left.len() == all.len(),
                "the first page: {said:?}"
            );
            // What is not there is named, or it is said that it cannot be.
            assert!(
                left.len() == all.len() || said.len() > 1,
                "page {page}: {said:?}"
            );
            lost = lost.max(all.len() - left.len());
        }
        few += usize::from(lost <= 8);
    }
    assert!(few + 3 >= pages, "{few} of {pages}");
    for length in [
        1,
        99,
        100,
        512,
        SIZE - 1,
        SIZE,
        5 * SIZE / 2,
        sound.len() / 2,
        sound.len() - 1,
    ] {
        let (left, said) = mended(&folder, &sound[..length]);
        assert!(left.is_subset(&all), "{length}: {said:?}");
    }
}

#[test]
fn what_stands_under_another_key_is_not_taken() {
    let (here, loaded, prepared) = scenario(DRAWS, &[]);
    let run = (&loaded, &prepared);
    run_in(&here, "runs", run, 2, false).0.unwrap();
    let wanted = files(&here, "runs", &loaded, &prepared);
    let change = "UPDATE chunks SET position = 3 WHERE position = 0";
    raw(&here, "runs").execute(change, []).unwrap();
    let folder = format!("runs/scooters-{}", prepared.hash);
    fs::remove_dir_all(here.path().join(folder)).unwrap();
    let (done, said) = run_in(&here, "runs", run, 2, false);
    assert_eq!(done.unwrap(), Done::Computed, "{said:?}");
    assert_eq!(wanted, files(&here, "runs", &loaded, &prepared));
}

#[test]
fn a_damaged_store_that_is_in_use_is_waited_for() {
    let here = tempfile::tempdir().unwrap();
    many_pages(here.path());
    let store = Store::open(here.path()).unwrap();
    let cancel = AtomicBool::new(false);
    let said = Mutex::new(Vec::new());
    let say = |text: &str| {
        said.lock().unwrap().push(text.to_owned());
        cancel.store(true, Ordering::Relaxed);
    };
    assert!(!mend(here.path(), Doubt::None, &cancel, &say).unwrap());
    let said = said.into_inner().unwrap();
    assert!(said[0].contains("another process uses it"), "{said:?}");
    drop(store);
    let nothing = |text: &str| panic!("{text}");
    let cancel = AtomicBool::new(false);
    // Another process has mended it meanwhile: it is sound, and stays.
    assert!(mend(here.path(), Doubt::Some, &cancel, &nothing).unwrap());
}

/// A process was killed: the last chunk is in the log beside the database, whose own pages are damaged.
#[test]
fn what_only_the_log_has_is_saved_too() {
    let here = tempfile::tempdir().unwrap();
    let (first, folder) = (here.path().join("first"), here.path().join("again"));
    many_pages(&first);
    let before = rows(&first.join(FILE)).len();
    let store = Store::open(&first).unwrap();
    store.put(HASH, CHUNKS, &[7; LONG]).unwrap();
    let copy = |name: &str| fs::read(first.join(name)).unwrap();
    let (db, log) = (copy(FILE), copy(&format!("{FILE}-wal")));
    drop(store);
    let all = rows(&first.join(FILE));
    // The chunk took the place of its draws.
    assert_eq!(all.len(), before + 1 - 8);
    for (at, least) in [(0, all.len()), (leaf_at(&db, 5), all.len() - 8)] {
        fs::create_dir_all(&folder).unwrap();
        let mut damaged = db.clone();
        damaged[at..at + 64].fill(0xff);
        fs::write(folder.join(FILE), &damaged).unwrap();
        fs::write(folder.join(format!("{FILE}-wal")), &log).unwrap();
        let quiet = |_: &str| ();
        assert!(mend(&folder, Doubt::None, &AtomicBool::new(false), &quiet).unwrap());
        let left = rows(&folder.join(FILE));
        assert!(
            left.is_subset(&all) && left.len() >= least,
            "{at}: {}",
            left.len()
        );
        let mut last = left
            .iter()
            .filter(|row| row.contains(&format!("Integer({CHUNKS})")));
        assert!(last.next().is_some(), "{at}");
        let kept = folder.join(format!("{FILE}.damaged-wal"));
        assert!(kept.is_file());
        fs::remove_dir_all(&folder).unwrap();
    }
}

/// Where a page of a table with so much in it begins.
fn leaf_at(db: &[u8], number: usize) -> usize {
    let leaves = (1..db.len() / SIZE).map(|page| page * SIZE);
    let mut leaves = leaves.filter(|at| db[*at] == 0x0d && db[at + 4] != 0);
    leaves.nth(number).unwrap()
}
