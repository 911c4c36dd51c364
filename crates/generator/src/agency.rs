//! The agencies of config/sources: what each hears of, what it cannot say, and how it sends.

use crate::random::Random;
use crate::world::{Matter, Theme};

/// An agency that sends leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Agency {
    HoustonTips,
    CasaSegura,
    FiscaliaMx,
}

/// What an agency's form has room for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight {
    pub(crate) subjects: usize,
    pub(crate) victims: usize,
    pub(crate) phones: bool,
    pub(crate) accounts: bool,
    pub(crate) documents: bool,
    pub(crate) plates: bool,
    pub(crate) files: bool,
}

impl Agency {
    pub(crate) const ALL: [Self; 3] = [Self::HoustonTips, Self::CasaSegura, Self::FiscaliaMx];

    /// Its folder in config/sources.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HoustonTips => "houston-tips",
            Self::CasaSegura => "casa-segura",
            Self::FiscaliaMx => "fiscalia-mx",
        }
    }

    /// A report number as the agency writes it.
    pub(crate) fn number(self, n: u64) -> String {
        match self {
            Self::HoustonTips => format!("HT-2026-{n:06}"),
            Self::CasaSegura => format!("CS/{n:06}"),
            Self::FiscaliaMx => format!("FGR-{n:07}"),
        }
    }

    pub(crate) fn sight(self) -> Sight {
        let all = Sight {
            subjects: 2,
            victims: 2,
            phones: true,
            accounts: true,
            documents: true,
            plates: true,
            files: true,
        };
        match self {
            Self::HoustonTips => all,
            Self::CasaSegura => Sight { documents: false, plates: false, files: false, ..all },
            Self::FiscaliaMx => Sight { plates: false, ..all },
        }
    }

    /// Whether its clerks write names in the script of this text.
    pub(crate) fn writes(self, native: &str) -> bool {
        let latin = native.chars().all(|c| !c.is_alphabetic() || c < '\u{250}');
        latin && matches!(self, Self::CasaSegura | Self::FiscaliaMx)
    }

    /// Whether its form asks for numbers with the country's code.
    pub(crate) fn writes_phones_in_full(self) -> bool {
        self == Self::CasaSegura
    }

    /// Whether its format knows additions.
    pub(crate) fn takes_amendments(self) -> bool {
        self != Self::CasaSegura
    }

    /// How many reports it gathers before it sends.
    pub(crate) fn entries(self, random: &mut Random) -> usize {
        match self {
            Self::CasaSegura => usize::try_from(random.between(1, 5)).unwrap_or(1),
            Self::HoustonTips | Self::FiscaliaMx => 1,
        }
    }

    /// Who hears of a matter: by country and theme; `other_than` is who heard of it already.
    pub(crate) fn draw(matter: &Matter, other_than: Option<Self>, random: &mut Random) -> Self {
        let weight = |agency: Self| {
            let near = match (agency, matter.venue.city.country) {
                (Self::HoustonTips, "US") => 50,
                (Self::FiscaliaMx, "MX") => 60,
                (Self::CasaSegura, "MX" | "US") => 20,
                _ => 8,
            };
            let suits = match (agency, matter.theme) {
                (Self::CasaSegura, Theme::OnlineEnticement) => 1,
                _ => 2,
            };
            if Some(agency) == other_than { 0 } else { near * suits }
        };
        let mut drawn = random.below(Self::ALL.into_iter().map(weight).sum());
        for agency in Self::ALL {
            if drawn < weight(agency) {
                return agency;
            }
            drawn -= weight(agency);
        }
        Self::HoustonTips
    }
}
