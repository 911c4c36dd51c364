//! The ledger: the chains of decisions, and what they tell.

mod report;
mod statistics;
mod verify;

use crate::access;
use crate::cli::Ledger;
use crate::console::Console;
use crate::fault::Fault;
use crate::site::Site;

pub(crate) fn run(site: &Site, ledger: &Ledger, console: &mut Console) -> Result<(), Fault> {
    let mut broker = access::open(site)?;
    match ledger {
        Ledger::Verify { against } => verify::run(site, broker.as_mut(), against.as_deref(), console),
        Ledger::Checkpoints => verify::heads_of_all(broker.as_mut(), console),
        Ledger::Report(asked) => report::run(site, broker.as_mut(), asked, console),
        Ledger::Statistics(asked) => statistics::run(site, broker.as_mut(), asked, console),
    }
}
