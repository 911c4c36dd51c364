//! What is kept of one lead id: the small part, which every version of the lead reads and writes.
//!
//! Facts and additions have state entries of their own (see [`crate::index`]), so that a replay
//! rewrites no more than this.
//!
//! INVARIANT: while the lead is live, the index holds its profile; while it is not, it does not.

use lead::{LeadId, MatterId};
use pipeline::Order;
use serde::{Deserialize, Serialize};

use crate::verdict::{ContentDigest, Known, Purged};

/// One lead id in one domain.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct LeadState {
    /// The home matter; none when it is the lead's own id.
    home: Option<[u8; 16]>,
    /// The cluster that it stands in while it is live; none when it is named after the lead.
    cluster: Option<[u8; 16]>,
    /// When it last became live, as a place in the committed order.
    pub(crate) accepted: Option<u64>,
    /// Accepted changes.
    pub(crate) version: u32,
    /// Highest order of base and Cancel seen. The order of a Cancel that stands is this one too.
    pub(crate) last: Option<Order>,
    /// Content of the base.
    pub(crate) base: Option<ContentDigest>,
    /// Whether the last word was a Cancel.
    pub(crate) withdrawn: bool,
    /// Number of additions.
    pub(crate) additions: u32,
    /// When the time of all that is kept of it is over, in microseconds: the latest that was said of any of it.
    pub(crate) due: Option<i64>,
    /// What is left of it, if it was purged and no Cancel or report came since.
    pub(crate) purged: Option<Purged>,
}

impl LeadState {
    /// The home matter of the lead `id`.
    pub(crate) fn home(&self, id: LeadId) -> MatterId {
        self.home.map_or(id.into(), MatterId)
    }

    /// Puts the lead `id` into a matter.
    pub(crate) fn set_home(&mut self, id: LeadId, home: MatterId) {
        self.home = (home != id.into()).then_some(home.0);
    }

    /// The cluster that the lead `id` stands in.
    pub(crate) fn cluster(&self, id: LeadId) -> [u8; 16] {
        self.cluster.unwrap_or(id.0)
    }

    /// Puts the lead `id` into a cluster.
    pub(crate) fn set_cluster(&mut self, id: LeadId, cluster: [u8; 16]) {
        self.cluster = (cluster != id.0).then_some(cluster);
    }

    /// Whether it has a base or additions, and is not withdrawn.
    pub(crate) fn is_live(&self) -> bool {
        !self.withdrawn && (self.base.is_some() || self.additions > 0)
    }

    /// What the decision needs.
    pub(crate) fn known(&self, addition: Option<(Order, ContentDigest)>) -> Known {
        Known {
            version: self.version,
            base: self.base,
            withdrawn: self.withdrawn,
            last: self.last,
            addition,
            purged: self.purged,
        }
    }
}
