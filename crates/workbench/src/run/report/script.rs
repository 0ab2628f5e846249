//! The scripts of the page: plotly.js as its crate carries it, ours, and the policy that lets nothing else run.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Ours.
pub(super) const PAGE: &str = include_str!("page.js");

/// What opens and closes a script among those that the crate hands out.
const OPENS: &str = "<script type=\"text/javascript\">";
const CLOSES: &str = "</script>";

/// plotly.js alone, without the typesetting of formulas that the crate hands out behind it; empty if the crate changes how
/// it hands them out, which a test sees.
pub(super) fn plotly() -> String {
    let scripts = plotly::Plot::offline_js_sources();
    let inside = scripts
        .split_once(OPENS)
        .and_then(|(_, rest)| rest.split_once(CLOSES));
    inside.map_or_else(String::new, |(script, _)| script.to_owned())
}

/// A content security policy under which these scripts run and no other, and under which the page can ask for nothing.
pub(super) fn policy(scripts: &[&str]) -> String {
    let hash = |script: &&str| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script)));
    let hashes: String = scripts.iter().map(hash).collect();
    // Styles: plotly.js sets them on its elements. Pictures: it tries what the browser can show on one that it carries itself.
    format!(
        "default-src 'none'; script-src{hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )
}
