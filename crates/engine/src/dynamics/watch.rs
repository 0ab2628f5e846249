//! What is measured of a month while each type is near the processor.

use super::ages::AgeProfile;
use super::buying::Buying;
use super::economy::Ground;
use super::flows::{FlowInput, Flows};
use super::settle::Consumers;
use super::surplus::{self, ReferenceMass, UnawareValues};
use super::volume::VolumeSum;

/// Measures of a month that need masses as they are at its start.
#[derive(Default)]
pub struct Watch<'a> {
    /// Source of volume of some entrants.
    pub volumes: Vec<VolumeSum>,
    /// Surplus.
    pub surplus: Option<SurplusSum<'a>>,
    /// Owners and buyers by age.
    pub ages: Option<AgeProfile>,
    /// Takes the masses themselves down, (I, N), in a market without entrants.
    pub start: Option<&'a mut Consumers>,
}

/// Masses of the reference by type.
pub type ReferenceOf<'a> = Box<dyn Fn(usize) -> ReferenceMass<'a> + 'a>;

/// Surplus by type, added up.
pub struct SurplusSum<'a> {
    reference: ReferenceOf<'a>,
    /// At the masses of the month and at those of the reference, (I,), money per user.
    pub by_type: Vec<[f64; 2]>,
}

impl<'a> SurplusSum<'a> {
    /// Nothing added yet.
    pub fn new(reference: ReferenceOf<'a>) -> Self {
        Self {
            reference,
            by_type: Vec::new(),
        }
    }
}

impl Watch<'_> {
    /// Type `i` at the start of the month, its tables up to date; its masses are spread over so many known sets.
    pub(super) fn see_masses(
        &mut self,
        ground: Ground,
        (i, sets): (usize, usize),
        mass: &mut [f64],
        (buying, unaware): (&Buying, &mut UnawareValues),
    ) {
        let (layout, dispatch) = (ground.layout, ground.dispatch);
        if let Some(start) = &mut self.start {
            start.of_type_mut(layout, i).copy_from_slice(mass);
        }
        if let Some(ages) = &mut self.ages {
            ages.add_type(ground, i, mass, buying);
        }
        for volume in &mut self.volumes {
            volume.ask(i, mass, buying, layout, dispatch);
        }
        if let Some(surplus) = &mut self.surplus {
            let reference = (surplus.reference)(i);
            let of = (i, sets);
            let values = surplus::of_type(ground, of, mass, reference, buying, unaware);
            surplus.by_type.push(values);
        }
    }

    /// Type `i` after its purchases.
    pub(super) fn see_flows(&mut self, ground: Ground, i: usize, input: FlowInput, flows: &Flows) {
        for volume in &mut self.volumes {
            volume.add_type(i, input, flows, ground.layout);
        }
    }
}
