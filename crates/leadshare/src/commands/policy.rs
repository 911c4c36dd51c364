//! Policies: read aloud, proved, and tried on what was decided.

mod diff;
mod list;
mod prove;

use lead::matter::Ground;

use crate::cli::Policy;
use crate::commands::apply;
use crate::console::Console;
use crate::fault::Fault;
use crate::site::Site;

pub(crate) fn run(site: &Site, command: &Policy, console: &mut Console) -> Result<(), Fault> {
    match command {
        Policy::List { policy } => list::run(site, policy.as_deref(), console),
        Policy::Prove { claims, guards } => prove::run(site, claims, *guards, console),
        Policy::Diff(asked) => diff::run(site, asked, console),
        Policy::Apply(asked) => apply::run(site, asked, Ground::Policy, console),
    }
}
