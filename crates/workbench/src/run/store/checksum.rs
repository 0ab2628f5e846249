//! Checksums of rows: of what a row holds and of the key under which it stands, so that nothing is read under another's.

use sha2::{Digest, Sha256};

/// Begins the checksum of a row of a table: what it holds comes behind.
pub(super) fn begun(table: &str, run: &str, key: &str) -> Sha256 {
    let mut digest = Sha256::new();
    for part in [table, run, key] {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    digest
}

/// The checksum of a row whose content is at hand.
pub(super) fn of(table: &str, run: &str, key: &str, content: &[u8]) -> Vec<u8> {
    let mut digest = begun(table, run, key);
    digest.update(content);
    digest.finalize().to_vec()
}
