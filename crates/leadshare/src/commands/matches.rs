//! Which leads are one matter: why, what an officer says of it, and what another table would say.

use lead::code::MessageStatus;
use lead::matter::Judgement;

use crate::access;
use crate::cli::Match;
use crate::console::Console;
use crate::definitions::Definitions;
use crate::fault::Fault;
use crate::site::Site;

mod explain;
mod history;
mod judge;
mod path;
mod shadow;
mod standing;
mod train;
mod waterfall;

pub(crate) use explain::Explanation;
pub(crate) use standing::{Key, Standing};

pub(crate) fn run(site: &Site, command: &Match, console: &mut Console) -> Result<(), Fault> {
    match command {
        Match::Explain { first, second, domain, svg } => {
            let keys = site.keys()?;
            let ids = [super::trace::parse(first, &keys)?, super::trace::parse(second, &keys)?];
            let definitions = Definitions::read(site)?;
            let mut broker = access::open(site)?;
            let domain = MessageStatus::from(*domain);
            let explanation = Explanation::collect(broker.as_mut(), &definitions, domain, ids)?;
            if let Some(file) = svg {
                explanation.write_svg(file)?;
            }
            if console.is_json() {
                return console.json(&explanation.to_json());
            }
            explanation.print(console)
        }
        Match::Confirm(word) => judge::run(site, word, Judgement::Same, console),
        Match::Reject(word) | Match::Unlink(word) => judge::run(site, word, Judgement::Different, console),
        Match::Train { out, pairs } => train::run(site, out, *pairs, console),
        Match::Shadow { table } => shadow::run(site, table, console),
    }
}
