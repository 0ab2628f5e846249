//! The bundled scenarios load as they are, and new ones too.

use beachhead_workbench::scenario::{LoadOptions, load, register};
use std::path::{Path, PathBuf};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name)
}

#[test]
fn try_it() {
    for name in ["demo", "xiaomi-us"] {
        match load(&example(name), &LoadOptions::default()) {
            Ok(loaded) => {
                for warning in &loaded.warnings {
                    println!("{warning}");
                }
                for row in register(&loaded).rows {
                    println!(
                        "{} = {} {} | {} | {:?} {:?}",
                        row.name, row.value, row.unit, row.text, row.source, row.note
                    );
                }
                println!("{:?}", loaded.not_simulated);
                println!("{:?}", loaded.defaults);
            }
            Err(mistakes) => println!("{mistakes}"),
        }
    }
}
