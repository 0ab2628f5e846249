//! Plans that have done the same so far: their consumers are the same, and their months are computed once.

use super::World;
use super::path::Path;
use super::place::{Place, Shared};
use super::surplus::Reference;
use std::sync::Arc;

/// Plans whose consumers are the same and see the same offers this month; the first computes for all.
pub(super) type Family<'p, 'a> = Vec<&'p mut Path<'a>>;

/// Whoever enters gets consumers of its own, or those of a plan before it that enters as well known.
pub(super) fn enter(world: &World, month: usize, shared: &Shared, paths: &mut [Path]) {
    let mut entered: Vec<(Place, Place)> = Vec::new();
    for path in paths {
        path.take_shared_prices(world, month, shared);
        if !path.enters(shared) {
            continue;
        }
        let same = entered
            .iter()
            .find(|(before, _)| is_known_alike(before, &path.place));
        if let Some((_, after)) = same {
            path.place = after.clone();
        } else {
            let before = path.place.clone();
            path.place.enter(world, shared);
            entered.push((before, path.place.clone()));
        }
    }
}

/// Families of this month, in the order of their first plans.
pub(super) fn families<'p, 'a>(paths: &'p mut [Path<'a>]) -> Vec<Family<'p, 'a>> {
    grouped(paths.iter_mut(), |one, other| {
        are_same(&one.place, &other.place) && one.on_sale.durable == other.on_sale.durable
    })
}

/// What a family does in a month from buying to the end.
pub(super) fn pass_month(
    family: &mut Family,
    world: &World,
    month: usize,
    shared: &Shared,
    stay_out: &Reference,
) {
    for_all(
        family,
        |path| path.buy(world, month, stay_out),
        Path::buy_as,
    );
    for path in family.iter_mut() {
        path.buy_complements(world);
        path.sell(world, month, shared);
    }
    // Who advertises differently parts here.
    let members = family.iter_mut().map(|path| &mut **path);
    let families = grouped(members, |one, other| {
        are_same(&one.place, &other.place) && one.exposures == other.exposures
    });
    for mut family in families {
        let as_first = |path: &mut Path, first: &Path| path.place = first.place.clone();
        for_all(&mut family, |path| path.close(world), as_first);
    }
}

/// The first of a family does it, the others do as the first. They leave the consumers to it meanwhile, which would be
/// copied otherwise.
fn for_all<'a>(
    family: &mut [&mut Path<'a>],
    compute: impl Fn(&mut Path<'a>),
    as_first: impl Fn(&mut Path<'a>, &Path<'a>),
) {
    let Some((first, others)) = family.split_first_mut() else {
        return;
    };
    for path in others.iter_mut() {
        path.place = Place::default();
    }
    compute(first);
    for path in others {
        as_first(path, first);
    }
}

fn grouped<'p, 'a: 'p>(
    paths: impl Iterator<Item = &'p mut Path<'a>>,
    same: impl Fn(&Path, &Path) -> bool,
) -> Vec<Family<'p, 'a>> {
    let mut families: Vec<Family> = Vec::new();
    for path in paths {
        let of_same = |family: &&mut Family| family.first().is_some_and(|first| same(first, path));
        match families.iter_mut().find(of_same) {
            Some(family) => family.push(path),
            None => families.push(vec![path]),
        }
    }
    families
}

/// Whether both have the same consumers, which are not those of staying out: these are computed once anyway.
fn are_same(one: &Place, other: &Place) -> bool {
    match (one, other) {
        (Place::Inside(one), Place::Inside(other)) => Arc::ptr_eq(one, other),
        _ => false,
    }
}

fn is_known_alike(one: &Place, other: &Place) -> bool {
    match (one, other) {
        (Place::Outside(one), Place::Outside(other)) => one == other,
        _ => false,
    }
}
