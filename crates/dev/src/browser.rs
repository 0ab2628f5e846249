//! Looks at a report in a real browser: every picture drawn, nothing wider than the window, text that can be read, no request.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Names under which Chromium is installed.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
/// Settings of the browser for the light and the dark theme.
const THEMES: [(&str, &str); 2] = [
    ("light", "--blink-settings=preferredColorScheme=1"),
    ("dark", "--blink-settings=preferredColorScheme=0"),
];
/// Widths of small and large phones, a tablet and screens, pixels, and in how many of the themes each is looked at.
const WIDTHS: [(u32, usize); 5] = [(320, 1), (390, 2), (768, 1), (1400, 2), (1600, 1)];
/// How long an open connection may take to say whom it is for.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a page that seemed to ask for something is opened again.
const AGAIN: usize = 2;
/// A host that nobody has.
const OUTSIDE: &str = "outside.invalid";
/// Least contrast of text to its ground (WCAG 2.1, level AA).
const CONTRAST: f64 = 4.5;
/// Where the page's policy stands; without it the probe may look at the page.
const POLICY: &str = "<meta http-equiv=\"Content-Security-Policy\"";

/// Keeps whom the browser asks for anything: every request is sent here.
struct Proxy {
    address: String,
    heard: Arc<Heard>,
}

/// What connections said so far, and how many still may speak.
#[derive(Default)]
struct Heard {
    state: Mutex<(BTreeSet<String>, usize)>,
    quiet: Condvar,
}

impl Heard {
    fn change(&self, change: impl FnOnce(&mut (BTreeSet<String>, usize))) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.quiet.notify_all();
    }
}

impl Proxy {
    fn start() -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("no port to listen at: {error}");
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?.to_string();
        let heard = Arc::new(Heard::default());
        let ears = Arc::clone(&heard);
        std::thread::spawn(move || {
            // Every connection is dropped once it spoke: the browser sees a network that answers nothing.
            for connection in listener.incoming().flatten() {
                let ears = Arc::clone(&ears);
                ears.change(|(_, open)| *open += 1);
                std::thread::spawn(move || {
                    let host = host(connection);
                    ears.change(|(asked, open)| {
                        asked.extend(host);
                        *open -= 1;
                    });
                });
            }
        });
        Ok(Self { address, heard })
    }

    /// Hosts asked for since the last time, once every connection has spoken or closed.
    fn take(&self) -> BTreeSet<String> {
        let mut state = self
            .heard
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        while state.1 > 0 {
            state = self
                .heard
                .quiet
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::take(&mut state.0)
    }
}

/// The host that a request to a proxy is for: `GET http://host/…` or `CONNECT host:port`.
///
/// A connection that closes without a word (opened ahead of need by a browser that then ended) asked for nothing.
fn host(mut connection: TcpStream) -> Option<String> {
    let mut bytes = [0; 2048];
    let _ = connection.set_read_timeout(Some(PATIENCE));
    let size = connection.read(&mut bytes).unwrap_or(0);
    let text = String::from_utf8_lossy(&bytes[..size]).into_owned();
    let mut words = text.split_whitespace();
    let target = words.next().and(words.next().or(Some("no host")))?;
    let target = target.split_once("://").map_or(target, |(_, rest)| rest);
    let end = target.find(['/', ':']).unwrap_or(target.len());
    Some(target[..end].to_owned())
}

/// The browser: `$CHROMIUM`, or one of the usual names on the path.
fn browser() -> Result<PathBuf, String> {
    if let Some(named) = std::env::var_os("CHROMIUM").filter(|named| !named.is_empty()) {
        return Ok(named.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut places = NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places
        .find(|place| place.is_file())
        .ok_or_else(|| "no Chromium was found; install it or name it in CHROMIUM".to_owned())
}

/// Opens a page and returns it as it stands after its scripts, and what the browser said.
fn opened(
    proxy: &Proxy,
    folder: &Path,
    page: &Path,
    theme: &str,
) -> Result<(String, String), String> {
    let program = browser()?;
    let output = Command::new(&program)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-default-apps",
            "--disable-domain-reliability",
            "--disable-client-side-phishing-detection",
            "--disable-features=OptimizationHints,MediaRouter,Translate,NetworkTimeServiceQuerying,AutofillServerCommunication",
            "--enable-logging=stderr",
            "--virtual-time-budget=15000",
            "--proxy-bypass-list=<-loopback>",
            "--window-size=1600,9000",
            "--dump-dom",
            theme,
        ])
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        .arg(format!("--proxy-server={}", proxy.address))
        .arg(format!("file://{}", page.display()))
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (dom, said) = (text(&output.stdout), text(&output.stderr));
    if output.status.success() && dom.contains("</html>") {
        Ok((dom, said))
    } else {
        Err(format!(
            "{} could not open the page: {said}",
            program.display()
        ))
    }
}

/// Examples whose reports are looked at besides, with what makes them quick: between them they have every section.
const EXAMPLES: [(&str, &[&str]); 2] = [
    ("xiaomi-us", &["--draws", "4", "--months", "30"]),
    ("conjoint", &["--draws", "4", "--months", "12"]),
];
/// Sections that at least one of the pages must have.
const SECTIONS: [&str; 8] = [
    "must-be-true",
    "preference",
    "differences",
    "sensitivity",
    "reference-class",
    "volume",
    "events",
    "assumptions",
];

/// Runs a new scenario and examples of the repository with `program` and looks at their reports and at a comparison.
pub(crate) fn look(program: &Path, root: &Path, folder: &Path) -> Result<bool, String> {
    let run = |arguments: &[&str]| {
        let output = Command::new(program)
            .current_dir(folder)
            .args(arguments)
            .output();
        match output {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(format!(
                "beachhead {}: {}",
                arguments.join(" "),
                String::from_utf8_lossy(&output.stderr)
            )),
            Err(error) => Err(format!("{}: {error}", program.display())),
        }
    };
    run(&["new", "market"])?;
    run(&[
        // So many draws have ranges of 90 %, the widest that tables hold.
        "run", "market", "--draws", "64", "--months", "24", "--quiet", "--out", "first",
    ])?;
    run(&[
        "run", "market", "--draws", "12", "--months", "24", "--quiet", "--out", "second", "--seed",
        "5",
    ])?;
    run(&["compare", "first", "second", "--html", "compared.html"])?;
    let mut pages = vec!["first/report.html".to_owned(), "compared.html".to_owned()];
    for (name, quick) in EXAMPLES {
        let scenario = root.join("examples").join(name).display().to_string();
        let asked = ["run", &scenario, "--quiet", "--out", name];
        run(&[&asked[..], quick].concat())?;
        pages.push(format!("{name}/report.html"));
    }
    let proxy = Proxy::start()?;
    let write = |path: &Path, text: &str| {
        fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
    };
    // First that a request would be seen at all, and whom the browser asks by itself.
    let asking = folder.join("asking.html");
    let picture = format!("<img src=\"http://{OUTSIDE}/picture.png\">");
    write(&asking, &format!("<!DOCTYPE html><html>{picture}</html>"))?;
    let mut own = BTreeSet::new();
    for _ in 0..3 {
        opened(&proxy, folder, &asking, THEMES[0].1)?;
        own.extend(proxy.take());
    }
    if !own.remove(OUTSIDE) {
        return Err("a page that asks for a picture was not seen to ask".to_owned());
    }
    let mut faults = Vec::new();
    let mut missing: BTreeSet<&str> = SECTIONS.into();
    for page in &pages {
        let path = folder.join(page);
        let html = fs::read_to_string(&path).map_err(|error| format!("{page}: {error}"))?;
        missing.retain(|id| !html.contains(&format!("<section id=\"{id}\"")));
        let (_, said) = opened(&proxy, folder, &path, THEMES[0].1)?;
        let asked_here = asked(&proxy, &own, || opened(&proxy, folder, &path, THEMES[0].1))?;
        faults.extend(
            asked_here
                .iter()
                .map(|host| format!("{page}: {host} was asked")),
        );
        faults.extend(complaints(&said).map(|line| format!("{page}: {line}")));
        let probed = folder.join("probed.html");
        let (before, policy) = html
            .split_once(POLICY)
            .ok_or(format!("{page} has no policy"))?;
        let (_, after) = policy
            .split_once('>')
            .ok_or(format!("{page}: no end of the policy"))?;
        let probe = format!(
            "{before}{after}<script>{}</script>",
            include_str!("probe.js")
        );
        write(&probed, &probe)?;
        for (width, themes) in WIDTHS {
            // A frame is as narrow as it is told to be; the browser's own window is not.
            let frame = format!(
                "<!DOCTYPE html><html><iframe src=\"probed.html\" width=\"{width}\" height=\"9000\" style=\"border:0\"></iframe><script>addEventListener('message',({{data}})=>document.documentElement.setAttribute('data-found',data))</script></html>"
            );
            let framed = folder.join("framed.html");
            write(&framed, &frame)?;
            for (theme, setting) in &THEMES[..themes] {
                let (dom, _) = opened(&proxy, folder, &framed, setting)?;
                let found = found(&dom).ok_or(format!("{page}: the probe left nothing"))?;
                println!("{page}, {width} pixels, {theme}: {found}");
                let asked = asked(&proxy, &own, || opened(&proxy, folder, &framed, setting))?;
                let at = format!("{page} at {width} pixels, {theme}");
                faults.extend(asked.iter().map(|host| format!("{at}: {host} was asked")));
                faults.extend(
                    wrong(&found, html.contains("class=\"plot\""))
                        .map(|what| format!("{at}: {what}")),
                );
            }
        }
    }
    let missing = missing.iter();
    faults.extend(missing.map(|id| format!("no page has the section {id}")));
    faults.iter().for_each(|fault| println!("{fault}"));
    Ok(faults.is_empty())
}

/// Hosts that a page just opened asked for: those asked for at every further opening too.
///
/// A page asks each time it is opened; the browser also asks by itself, now and then.
fn asked<T>(
    proxy: &Proxy,
    own: &BTreeSet<String>,
    mut open: impl FnMut() -> Result<T, String>,
) -> Result<BTreeSet<String>, String> {
    let mut asked = &proxy.take() - own;
    for _ in 0..AGAIN {
        if !asked.is_empty() {
            open()?;
            asked = &asked & &proxy.take();
        }
    }
    Ok(asked)
}

/// What a page's console says: errors, and scripts that its policy refused.
fn complaints(said: &str) -> impl Iterator<Item = &str> {
    said.lines().filter(|line| line.contains("CONSOLE"))
}

/// What the probe left on the root.
fn found(dom: &str) -> Option<Value> {
    let (_, rest) = dom.split_once("data-found=\"")?;
    let (json, _) = rest.split_once('"')?;
    serde_json::from_str(
        &json
            .replace("&quot;", "\"")
            .replace("&amp;", "&")
            .replace("&lt;", "<")
            .replace("&gt;", ">"),
    )
    .ok()
}

/// What is wrong with what was found.
fn wrong(found: &Value, draws: bool) -> impl Iterator<Item = String> {
    let number = |key: &str| found.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let mut faults = Vec::new();
    if number("width").is_nan() || number("width") > number("room") {
        faults.push(format!(
            "{} pixels wide in a window of {}",
            number("width"),
            number("room")
        ));
    }
    if number("contrast").is_nan() || number("contrast") < CONTRAST {
        faults.push(format!(
            "contrast of {:.2} at {}",
            number("contrast"),
            found["faint"]
        ));
    }
    if draws && (number("drawn").is_nan() || number("drawn") < 1.0 || number("empty") > 0.0) {
        faults.push(format!(
            "{} pictures drawn, {} empty",
            number("drawn"),
            number("empty")
        ));
    }
    if draws && number("printed").is_nan() {
        faults.push("nobody knows how it prints".to_owned());
    }
    for (key, fault) in [
        ("overlaps", "labels overlap"),
        ("squeezed", "one word a line in a cell"),
        ("unreachable", "not to be reached by keyboard"),
        ("clipped", "sticks out"),
        ("broken", "a number in two lines"),
        (
            "unhinted",
            "a table that scrolls and does not say so, or says so and does not",
        ),
        ("misprinted", "printed before it was drawn"),
    ] {
        if found[key] != "" {
            faults.push(format!("{fault}: {}", found[key]));
        }
    }
    faults.into_iter()
}
