use super::*;
use crate::expression::parse_condition;

fn ids(list: &[&str]) -> Vec<String> {
    list.iter().map(|id| (*id).to_owned()).collect()
}

fn names(entrants: &[&str]) -> Names {
    Names {
        entrants: ids(entrants),
        brands: ids(&["pear", "nova", "acme", "zeta"]),
        products: ids(&["pear_8", "acme_5"]),
        channels: ids(&["tel_one", "import"]),
        gates: ids(&["certification"]),
        events: ids(&["restriction", "deal"]),
        attempts: vec![1],
        complements: ids(&["wearables"]),
        steps: ids(&["store", "talk"]),
    }
}

fn resolve(observables: &Observables, name: &str) -> Result<Observable, NameProblem> {
    observables
        .resolve(&name.split('.').collect::<Vec<_>>())
        .map(|(observable, _)| observable)
}

#[test]
fn one_entrant() {
    let observables = Observables::new(&names(&["acme"]));
    for (name, wanted) in [
        ("month", Observable::Month),
        ("cash", Observable::Cash(0)),
        ("sales.share", Observable::SalesShare(0)),
        (
            "complement.wearables.units",
            Observable::ComplementUnits(0, 0),
        ),
        ("channel.import.open", Observable::ChannelOpen(1, 0)),
        ("gate.certification.started", Observable::GateStarted(0)),
        ("step.talk.fired", Observable::StepFired(1)),
        ("product.acme_5.launched", Observable::ProductLaunched(1)),
        ("brand.nova.share", Observable::BrandShare(1)),
        ("event.restriction.fired", Observable::EventFired(0)),
        ("event.restriction.count", Observable::EventCount(0)),
        ("event.deal.age", Observable::EventAge(1)),
        ("event.deal.succeeded", Observable::AttemptSucceeded(1, 0)),
        ("event.deal.running", Observable::AttemptRunning(1, 0)),
        ("belief.appeal.mean", Observable::BeliefMean(0)),
        ("belief.appeal.sd", Observable::BeliefSd(0)),
        ("belief.appeal.change", Observable::BeliefChange(0)),
        ("studies.done", Observable::StudiesDone(0)),
    ] {
        assert_eq!(resolve(&observables, name), Ok(wanted), "{name}");
    }
}

#[test]
fn two_entrants_take_a_suffix() {
    let observables = Observables::new(&names(&["acme", "zeta"]));
    for (name, wanted) in [
        ("sales.units.zeta", Observable::SalesUnits(1)),
        ("cash.acme", Observable::Cash(0)),
        ("belief.appeal.zeta.mean", Observable::BeliefMean(1)),
        ("belief.appeal.zeta.change", Observable::BeliefChange(1)),
        ("studies.done.zeta", Observable::StudiesDone(1)),
        ("channel.tel_one.open.zeta", Observable::ChannelOpen(0, 1)),
        (
            "complement.wearables.units.acme",
            Observable::ComplementUnits(0, 0),
        ),
        ("gate.certification.open", Observable::GateOpen(0)),
        (
            "event.deal.succeeded.zeta",
            Observable::AttemptSucceeded(1, 1),
        ),
    ] {
        assert_eq!(resolve(&observables, name), Ok(wanted), "{name}");
    }
    let problem = resolve(&observables, "sales.units").unwrap_err();
    assert_eq!(
        problem.expected,
        "one of `sales.units.acme`, `sales.units.zeta`: there are two entrants"
    );
}

#[test]
fn wrong_names_say_what_is_there() {
    let observables = Observables::new(&names(&["acme"]));
    let problem = |name| resolve(&observables, name).unwrap_err();
    assert_eq!(
        problem("sales.unit").nearest.as_deref(),
        Some("sales.units")
    );
    assert_eq!(
        problem("channel.tel_on.open").nearest.as_deref(),
        Some("channel.tel_one.open")
    );
    assert_eq!(
        problem("channel.tel_one").expected,
        "one of `channel.tel_one.open`"
    );
    assert_eq!(
        problem("gate.x.open").expected,
        "one of `gate.certification`"
    );
    assert!(
        problem("npv")
            .expected
            .starts_with("one of `month`, `cash`")
    );
    assert!(problem("npv").expected.ends_with("more"));
    let mut outside = names(&["acme"]);
    outside.steps.clear();
    let outside = Observables::new(&outside);
    let problem = resolve(&outside, "step.store.fired").unwrap_err();
    assert_eq!(problem.expected, "no steps here: they belong to one plan");
}

#[test]
fn every_published_name_reads_as_a_condition() {
    for entrants in [&["acme"][..], &["acme", "zeta"]] {
        let observables = Observables::new(&names(entrants));
        for published in observables.list() {
            let text = match published.kind {
                Kind::Truth => published.name.clone(),
                Kind::Number => format!("{} > 0", published.name),
            };
            let read = parse_condition(&text, &|parts| observables.resolve(parts));
            let mut seen = Vec::new();
            read.unwrap()
                .for_each_observable(&mut |observable| seen.push(observable));
            assert_eq!(seen, [published.observable], "{text}");
        }
    }
}
