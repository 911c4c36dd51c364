//! The commands around the services, one file each.

pub(crate) mod apply;
pub(crate) mod check;
pub(crate) mod dead_letters;
pub(crate) mod demo;
pub(crate) mod explain;
pub(crate) mod health;
pub(crate) mod held;
pub(crate) mod init;
pub(crate) mod ledger;
pub(crate) mod legal_hold;
pub(crate) mod matches;
pub(crate) mod officer;
pub(crate) mod partner;
pub(crate) mod policy;
pub(crate) mod recall;
pub(crate) mod source;
pub(crate) mod status;
pub(crate) mod submit;
pub(crate) mod tail;
pub(crate) mod topics;
pub(crate) mod trace;
pub(crate) mod word;
