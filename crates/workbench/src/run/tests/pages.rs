//! The report as a page: sound markup, no way out, hostile names, the same bytes when it is read back.

use super::asked::asked;
use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use report::Subject;
use scraper::{ElementRef, Html, Selector};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use summary::Summary;

/// Most bytes of a report with plotly.js; with what the crate carries for formulas it would be two millions more.
const PLOTLY: usize = 5_000_000;
const MEGABYTE: usize = 1_000_000;

fn page(output: &RunOutput) -> String {
    let summary = Summary::new(output, "0123456789ab").unwrap();
    report::html(&Subject {
        output,
        summary: &summary,
    })
}

fn select<'a>(html: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    html.select(&Selector::parse(selector).unwrap()).collect()
}

fn text_of(element: ElementRef<'_>) -> String {
    element.text().collect()
}

/// What a validator asks: markup that parses without errors, ids that are unique, references that resolve, headings in
/// order, tables with heads, figures with captions, controls with labels.
pub(super) fn is_valid(page: &str) -> Html {
    let html = Html::parse_document(page);
    assert_eq!(html.errors, Vec::<String>::new());
    let mut ids = BTreeSet::new();
    for element in select(&html, "[id]") {
        let id = element.attr("id").unwrap().to_owned();
        assert!(!id.is_empty() && !id.contains(char::is_whitespace), "{id}");
        assert!(ids.insert(id.clone()), "{id} stands twice");
    }
    for (selector, attribute) in [
        ("[for]", "for"),
        ("[aria-labelledby]", "aria-labelledby"),
        ("[aria-describedby]", "aria-describedby"),
    ] {
        for element in select(&html, selector) {
            for id in element.attr(attribute).unwrap().split_whitespace() {
                assert!(ids.contains(id), "{attribute} {id}");
            }
        }
    }
    for link in select(&html, "a") {
        let to = link.attr("href").unwrap();
        match to.strip_prefix('#') {
            Some(id) => assert!(ids.contains(id), "{to}"),
            None => assert!(
                to.starts_with("https://") || to.starts_with("http://"),
                "{to}"
            ),
        }
        assert!(!text_of(link).trim().is_empty());
    }
    let mut level = 0;
    for heading in select(&html, "main h1, main h2, main h3, main h4, header h1") {
        let this: u32 = heading.value().name()[1..].parse().unwrap();
        assert!(
            this <= level + 1,
            "h{level}, then h{this}: {}",
            text_of(heading)
        );
        level = this;
    }
    assert_eq!(select(&html, "h1").len(), 1);
    for table in select(&html, "table") {
        assert_eq!(select_in(table, "caption").len(), 1);
        let columns = select_in(table, "thead th[scope=col]").len();
        for row in select_in(table, "tbody tr:not(.group)") {
            let cells = row.child_elements().count();
            assert!(cells > 0 && cells <= columns, "{}", text_of(row));
            assert_eq!(select_in(row, "th[scope=row]").len(), 1);
        }
    }
    for figure in select(&html, "figure") {
        assert_eq!(select_in(figure, "figcaption").len(), 1);
        assert!(!select_in(figure, ".plot").is_empty(), "an empty picture");
        assert!(
            !select_in(figure, "table").is_empty(),
            "a picture without its numbers"
        );
    }
    for plot in select(&html, ".plot") {
        assert_eq!(plot.attr("role"), Some("img"));
        assert!(
            plot.attr("aria-label")
                .is_some_and(|label| label.len() > 10)
        );
    }
    for region in select(&html, "[role=region]") {
        assert!(region.attr("aria-label").is_some() && region.attr("tabindex") == Some("0"));
    }
    is_nested_rightly(&html);
    for element in select(&html, "*") {
        for (name, _) in element.value().attrs() {
            assert!(!name.starts_with("on"), "{name} would be a script");
        }
    }
    html
}

/// What a parser takes silently and a validator does not: blocks inside words, children that a list, a row or a table may not have,
/// controls inside controls, pictures in tables that would be read out.
fn is_nested_rightly(html: &Html) {
    const WORDS: &str =
        "p span small code bdi strong i h1 h2 h3 summary dt a label caption figcaption";
    const BLOCKS: &str =
        "p div section figure table ul ol dl details form nav header main h1 h2 h3 pre";
    for parent in WORDS.split(' ') {
        for block in BLOCKS.split(' ') {
            let found = select(html, &format!("{parent} {block}"));
            assert!(found.is_empty(), "{block} inside {parent}");
        }
    }
    for (parents, children) in [
        ("ul, ol", "li"),
        ("dl", "div"),
        ("tr", "th td"),
        ("thead, tbody", "tr"),
        ("table", "caption thead tbody"),
    ] {
        for parent in select(html, parents) {
            for child in parent.child_elements() {
                let name = child.value().name();
                assert!(
                    children.split(' ').any(|known| known == name),
                    "{name} inside {parents}"
                );
            }
        }
    }
    for inner in [
        "a a",
        "a button",
        "summary a",
        "summary input",
        "label label",
    ] {
        assert!(select(html, inner).is_empty(), "{inner}");
    }
    for group in select(html, "details") {
        let first = group.child_elements().next().unwrap();
        assert_eq!(first.value().name(), "summary");
        assert_eq!(select_in(group, ":scope > summary").len(), 1);
        assert!(!text_of(first).trim().is_empty());
    }
    for picture in select(html, "td svg, th svg") {
        assert_eq!(
            picture.attr("aria-hidden"),
            Some("true"),
            "its numbers stand beside it"
        );
    }
    // A picture in a cell repeats numbers of its row.
    for row in select(html, "tr") {
        let pictures = select_in(row, "td.picture svg").len();
        assert!(pictures == 0 || !select_in(row, "td:not(.picture)").is_empty());
    }
    let root = html.root_element();
    assert_eq!(root.attr("lang"), Some("en"));
    assert!(!text_of(select(html, "head title")[0]).trim().is_empty());
    assert_eq!(select(html, "main").len(), 1);
    assert!(select(html, "a.skip[href='#main']").len() == 1);
    for input in select(html, "input") {
        let is_named = input.attr("id").is_some_and(|id| {
            let inside = input.ancestors().filter_map(ElementRef::wrap);
            select(html, &format!("label[for='{id}']")).len() == 1
                || inside.into_iter().any(|up| up.value().name() == "label")
        });
        assert!(is_named, "a control without a label");
    }
}

fn select_in<'a>(element: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    element
        .select(&Selector::parse(selector).unwrap())
        .collect()
}

#[test]
fn the_report_is_valid_and_complete() {
    for output in [made_up(), over_draws(), asked("Acme")] {
        let page = page(&output);
        let html = is_valid(&page);
        let titles: Vec<String> = select(&html, "main h2").into_iter().map(text_of).collect();
        for wanted in [
            "The answer",
            "The plans side by side",
            "Over time",
            "Plan by plan",
            "Calibration: facts wanted and got",
            "To know about these results",
            "Register of assumptions",
            "Sources",
            "How to reproduce",
        ] {
            assert!(titles.iter().any(|title| title == wanted), "{wanted}");
        }
        let listed: Vec<String> = select(&html, "nav a").into_iter().map(text_of).collect();
        assert_eq!(listed, titles, "the contents list every section");
        let several = titles
            .iter()
            .any(|title| title == "Plans against each other");
        assert_eq!(several, output.draws > 1);
        for wanted in [
            "What must be true",
            "What decides it",
            "How earlier entries went",
        ] {
            let is_there = titles.iter().any(|title| title == wanted);
            assert_eq!(is_there, output.analysis.is_some(), "{wanted}");
        }
        assert!(page.contains("0123456789ab"));
        for never in ["NaN", ">inf", "Infinity"] {
            let text: String = select(&html, "main").into_iter().map(text_of).collect();
            assert!(!text.contains(never), "{never}");
        }
    }
}

#[test]
fn every_picture_has_its_sentence_and_its_numbers() {
    let output = over_draws();
    let page = page(&output);
    let html = is_valid(&page);
    for id in [
        "time-share_of_sales",
        "time-installed_base",
        "time-cash_cumulative",
        "time-awareness",
    ] {
        let figures = select(&html, &format!("#{id}"));
        let figure = figures.first().unwrap_or_else(|| panic!("{id}"));
        let caption = text_of(select_in(*figure, "figcaption")[0]);
        assert!(caption.contains("\u{201c}Online\u{201d}"), "{caption}");
        assert!(
            caption.contains("It stays at zero")
                && caption.contains("under \u{201c}Stay out\u{201d}"),
            "{caption}"
        );
        let rows = select_in(*figure, "details table tbody tr");
        assert_eq!(rows.len(), output.months);
    }
    // The last month of the table is the last number of the drawing, in its unit.
    let drawing = select(&html, "#time-installed_base script")[0];
    let drawing: serde_json::Value = serde_json::from_str(&text_of(drawing)).unwrap();
    let median = drawing["data"].as_array().unwrap().last().unwrap();
    assert_eq!(median["name"], "median");
    assert_eq!(median["y"][29], json!(29), "thousand users");
    assert_eq!(median["x"], "@months");
    let row = text_of(
        *select(&html, "#time-installed_base tbody tr")
            .last()
            .unwrap(),
    );
    assert!(
        row.contains("30 \u{b7} Dec 2020") && row.contains("29\u{a0}k"),
        "{row}"
    );
    let months = text_of(select(&html, "#months")[0]);
    let months: Vec<String> = serde_json::from_str(&months).unwrap();
    assert_eq!(
        (months.len(), months[0].as_str(), months[29].as_str()),
        (30, "2018-07-01", "2020-12-01")
    );
}

#[test]
fn nothing_leaves_the_page_and_only_its_scripts_run() {
    let page = page(&over_draws());
    let html = is_valid(&page);
    let policy = select(&html, "meta[http-equiv=Content-Security-Policy]")[0];
    let policy = policy.attr("content").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'sha256-"),
        "{policy}"
    );
    assert!(
        !policy.contains("unsafe-eval") && !policy.contains("http"),
        "{policy}"
    );
    let mut scripts = 0;
    for script in select(&html, "script") {
        assert!(script.attr("src").is_none());
        match script.attr("type") {
            Some(kind) => assert_eq!(kind, "application/json"),
            None => {
                let hash = STANDARD.encode(Sha256::digest(text_of(script)));
                assert!(
                    policy.contains(&format!("'sha256-{hash}'")),
                    "a script that may not run"
                );
                scripts += 1;
            }
        }
    }
    assert_eq!(scripts, 2, "plotly.js and ours");
    assert_eq!(page.matches("plotly.js v").count(), 1, "embedded once");
    assert!(page.len() < PLOTLY, "{} bytes", page.len());
    let style = text_of(select(&html, "head style")[0]);
    assert!(!style.contains("url(") && !style.contains("@import"));
    for selector in [
        "link", "img", "iframe", "object", "embed", "base", "[src]", "[srcset]",
    ] {
        assert!(select(&html, selector).is_empty(), "{selector}");
    }
}

#[test]
fn hostile_names_are_text() {
    let nasty = [
        HOSTILE.to_owned(),
        "</script><script>alert(1)</script>".to_owned(),
        "<!--<script>".to_owned(),
        "\"><img src=x onerror=alert(1)>".to_owned(),
        "<b>bold</b> $x^2$ %{y} &amp; &lt;".to_owned(),
        "\u{202e}evil\u{2066} \u{5d0}\u{5d1}\u{5d2} \u{0}\u{7}\u{fffe}".to_owned(),
        "x".repeat(MEGABYTE),
        "<script>".repeat(MEGABYTE / 8),
    ];
    let plain = page(&asked("Acme")).len();
    for name in nasty {
        let mut output = asked(&name);
        output.title.clone_from(&name);
        output.entrants[0].title.clone_from(&name);
        output.plans[0].title.clone_from(&name);
        output.plans[1].title.clone_from(&name);
        for one in &mut output.plans[1].happened {
            one.name.clone_from(&name);
        }
        output.plans[1].books[0].lines[0].label.clone_from(&name);
        output.plans[1].books[0].entrant.clone_from(&name);
        output.plans[1].books[0].terminal[0].0.clone_from(&name);
        output.register[0].note.clone_from(&name);
        output.register[0].name.clone_from(&name);
        output.register[0].spread.clone_from(&name);
        output.register[0].unit.clone_from(&name);
        output.sources[0].publisher.clone_from(&name);
        output.sources[0].id.clone_from(&name);
        output.sources[0].kind.clone_from(&name);
        output.sources[0].title.clone_from(&name);
        output.sources[0].url = format!("https://{name}");
        output.issues[0].text.clone_from(&name);
        output.issues[0].place.clone_from(&name);
        output.calibration[0].source.clone_from(&name);
        output.calibration[0].target.clone_from(&name);
        output.calibration_notes[0].clone_from(&name);
        let page = page(&output);
        let html = is_valid(&page);
        let scripts = select(&html, "script:not([type])");
        assert_eq!(scripts.len(), 2, "{}", &name[..name.len().min(40)]);
        for element in ["img", "b", "script[src]"] {
            assert!(select(&html, element).is_empty(), "{element}");
        }
        let begins: String = name
            .chars()
            .take(30)
            .filter(|c| c.is_ascii_alphanumeric())
            .collect();
        let heading = text_of(select(&html, "h1")[0]);
        let heading: String = heading
            .chars()
            .filter(|c| c.is_ascii_alphanumeric())
            .collect();
        assert!(heading.starts_with(&begins), "shown as it is: {heading}");
        assert!(!page.contains(['\u{202e}', '\u{2066}', '\u{0}', '\u{7}']));
        assert!(
            page.len() < plain + MEGABYTE,
            "a name drowns the page: {} bytes",
            page.len()
        );
        for drawing in select(&html, "main script") {
            serde_json::from_str::<serde_json::Value>(&text_of(drawing)).unwrap();
        }
    }
}

#[test]
fn links_lead_to_the_web_only() {
    let mut output = over_draws();
    let html = is_valid(&page(&output));
    let links: Vec<_> = select(&html, "main a")
        .iter()
        .map(|a| a.attr("href").unwrap())
        .collect();
    assert_eq!(links, ["https://example.org/shares?a=1&b=2"]);
    for url in [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://a b",
        "",
    ] {
        output.sources[0].url = url.to_owned();
        let html = is_valid(&page(&output));
        assert!(select(&html, "main a").is_empty(), "{url}");
    }
}

#[test]
fn a_stored_run_gives_the_same_page() {
    let (_root, folder, _, _) = written();
    let read = stored::read(&folder).unwrap();
    let again = report::html(&Subject {
        output: &read.output,
        summary: &read.summary,
    });
    assert!(again.into_bytes() == fs::read(folder.join(folder::REPORT)).unwrap());
    for (name, part) in [
        (folder::MATERIAL, "report.json is damaged"),
        (folder::SERIES, "series.parquet is damaged"),
        (folder::SCENARIO, "scenario.json is damaged"),
        (folder::SUMMARY, "summary.json is damaged"),
    ] {
        let path = folder.join(name);
        let kept = fs::read(&path).unwrap();
        fs::write(&path, &kept[..kept.len() / 2]).unwrap();
        let error = stored::read(&folder).unwrap_err();
        assert!(
            error.is_input() && error.to_string().contains(part),
            "{error}"
        );
        fs::remove_file(&path).unwrap();
        let error = stored::read(&folder).unwrap_err().to_string();
        assert!(error.contains(&format!("there is no {name}")), "{error}");
        fs::write(&path, &kept).unwrap();
    }
    let other = fs::read_to_string(folder.join(folder::MATERIAL)).unwrap();
    let other = other.replacen("\"format\":1", "\"format\":9", 1);
    fs::write(folder.join(folder::MATERIAL), other).unwrap();
    let error = stored::read(&folder).unwrap_err().to_string();
    assert!(error.contains("format 9 instead of 1"), "{error}");
}

#[test]
fn text_of_the_report() {
    let page = page(&asked("Acme"));
    let html = is_valid(&page);
    let mut lines = Vec::new();
    for part in select(
        &html,
        "h1, header p, main h2, main h3, main p, dt, dd, figcaption, caption, summary, tr, li, pre",
    ) {
        let words: Vec<String> = text_of(part)
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let line = words.join(" ");
        // Months in between say nothing that the first ones do not.
        if !line.contains(" \u{b7} ") || line.starts_with("1 \u{b7}") {
            lines.push(line);
        }
    }
    insta::assert_snapshot!(lines.join("\n"));
}
