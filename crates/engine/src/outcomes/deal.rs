//! What a deal is worth to both sides, `[eq:deal]`.

use crate::finance::value::discount;
use crate::scenario::{Deal, Payer, Scenario, Values};
use crate::simulate::PlanRecord;

/// What both sides gain, and how it could be shared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bargain {
    /// What both gain together, money.
    pub joint: f64,
    /// Whether that is not below 0, so that some transfer leaves neither worse off.
    pub signed: bool,
    /// The least that the network must pay the brand for it to sign, money; below 0 the brand would pay.
    pub lowest: f64,
    /// The most that the network would pay, money.
    pub highest: f64,
    /// `T* = β·joint − G_B`, from the network to the brand, money.
    pub transfer: f64,
}

/// How gains before any transfer could be shared at the brand's share β of what both gain.
pub fn bargain(brand: f64, network: f64, share: f64) -> Bargain {
    let joint = brand + network;
    Bargain {
        joint,
        signed: joint >= 0.0,
        lowest: -brand,
        highest: network,
        transfer: share * joint - brand,
    }
}

/// Chance that a deal is signed which gains the network so much: `logit⁻¹(a + b·G_C)`, `[eq:deal_chance]`.
pub fn chance(constant: f64, slope: f64, network: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-(constant + slope * network)))
}

/// Present value of a network's profit under a plan, after tax, money: what its shop keeps of durables less subsidies that it pays, and what users earn
/// it, those of the last month for so long as users stay. `with` is whether the deal's terms hold.
pub fn network_value(
    scenario: &Scenario,
    values: &Values,
    deal: &Deal,
    record: &PlanRecord,
    with: bool,
) -> f64 {
    let rate = values[&scenario.finance.discount_rate];
    let after_tax = 1.0 - values[&scenario.finance.tax_rate];
    let service = values[&deal.service_margin];
    let channel = &scenario.channels[deal.partner];
    let paid = |payer: Payer, subsidy: f64| match payer {
        Payer::Network => subsidy,
        Payer::Brand => 0.0,
    };
    let usual_subsidy = paid(channel.subsidy_paid_by, values[&channel.subsidy]);
    let usual = values[&channel.margin] - usual_subsidy;
    let of_deal = |handle: &Option<crate::scenario::Handle>| handle.as_ref().map(|h| values[h]);
    let own = if with {
        let subsidy = of_deal(&deal.subsidy)
            .map_or(usual_subsidy, |subsidy| paid(deal.subsidy_paid_by, subsidy));
        of_deal(&deal.margin).unwrap_or(values[&channel.margin]) - subsidy
    } else {
        usual
    };
    let users = &record.network_users[deal.network];
    let all = &record.channel_units[deal.partner];
    let mine = &record.entrants[deal.entrant].channel_units[deal.partner];
    let mut value = 0.0;
    for t in 0..users.len() {
        let durables = own * mine[t] + usual * (all[t] - mine[t]);
        value += (durables + service * users[t]) * discount(rate, t + 1);
    }
    let stay = stays(rate, values[&deal.lifetime]);
    let last = users.last().copied().unwrap_or(0.0);
    value += service * last * stay * discount(rate, users.len());
    after_tax * value
}

/// Discounted months of one who stays for a time of this mean, leaving at a constant rate.
fn stays(rate: f64, lifetime: f64) -> f64 {
    let kept = (1.0 - 1.0 / lifetime.max(1.0)) * discount(rate, 1);
    kept / (1.0 - kept).max(f64::EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding of a few operations.
    const IDENTITY: f64 = 1e-12;

    fn close(got: f64, wanted: f64) {
        assert!(
            (got - wanted).abs() <= IDENTITY * wanted.abs().max(1.0),
            "{got}, wanted {wanted}"
        );
    }

    #[test]
    fn gains_of_two_firms_by_hand() {
        // The brand gains 30, the network loses 10: together 20. At β = 0.4 the brand keeps 8, so it pays 22.
        let both = bargain(30.0, -10.0, 0.4);
        assert!(both.signed);
        close(both.joint, 20.0);
        close(both.lowest, -30.0);
        close(both.highest, -10.0);
        close(both.transfer, -22.0);
        // After the transfer both have their part of the joint gain.
        close(30.0 + both.transfer, 8.0);
        close(-10.0 - both.transfer, 12.0);
        // Any transfer between the ends leaves neither worse off; T* lies between them.
        assert!(both.lowest <= both.transfer && both.transfer <= both.highest);
        let neither = bargain(-5.0, 3.0, 0.5);
        assert!(!neither.signed && neither.lowest > neither.highest);
    }

    #[test]
    fn a_chance_rises_with_the_gain() {
        close(chance(0.0, 0.1, 0.0), 0.5);
        close(chance(libm::log(3.0), 0.0, 7.0), 0.75);
        assert!(chance(-1.0, 0.2, 10.0) > chance(-1.0, 0.2, 5.0));
    }

    #[test]
    fn who_stays_ten_months_on_average_stays_nine_more() {
        // Undiscounted, leaving a tenth a month: 0.9 + 0.81 + … = 9.
        close(stays(0.0, 10.0), 9.0);
    }
}
