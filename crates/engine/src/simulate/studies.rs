//! Studies of the market: begun by plans, paid at once, ended after their time.

/// The studies of all entrants so far, in the order in which they were begun.
#[derive(Clone, Debug, Default)]
pub(super) struct Studies(Vec<Study>);

/// One study.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Study {
    entrant: usize,
    /// Position among the entrant's studies, from 0: where the luck of its result lies.
    number: u32,
    /// The month at whose end its result is there.
    last_month: usize,
}

impl Studies {
    /// Begins one that takes so many months; a fraction takes a whole month, nothing takes one too.
    pub(super) fn begin(&mut self, entrant: usize, month: usize, months: f64) {
        let number = self.0.iter().filter(|study| study.entrant == entrant);
        self.0.push(Study {
            entrant,
            number: number.count() as u32,
            last_month: month + (months.ceil().max(1.0) as usize) - 1,
        });
    }

    /// Positions of an entrant's studies whose results come at the end of this month.
    pub(super) fn ending(&self, entrant: usize, month: usize) -> impl Iterator<Item = u32> + '_ {
        let ending = move |study: &&Study| study.entrant == entrant && study.last_month == month;
        self.0.iter().filter(ending).map(|study| study.number)
    }

    /// How many of an entrant's studies have ended before this month.
    pub(super) fn done(&self, entrant: usize, month: usize) -> usize {
        let done = |study: &&Study| study.entrant == entrant && study.last_month < month;
        self.0.iter().filter(done).count()
    }
}
