//! The agencies of config/sources: what each hears of, what it cannot say, and how it sends.

use crate::random::Random;
use crate::world::{Matter, Theme};

/// An agency that sends leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Agency {
    HoustonTips,
    CasaSegura,
    FiscaliaMx,
    PlatformReports,
    RescueHotline,
    PoliceUa,
    FinanceUnit,
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
    pub(crate) const ALL: [Self; 7] = [
        Self::HoustonTips,
        Self::CasaSegura,
        Self::FiscaliaMx,
        Self::PlatformReports,
        Self::RescueHotline,
        Self::PoliceUa,
        Self::FinanceUnit,
    ];

    /// Its folder in config/sources.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HoustonTips => "houston-tips",
            Self::CasaSegura => "casa-segura",
            Self::FiscaliaMx => "fiscalia-mx",
            Self::PlatformReports => "platform-reports",
            Self::RescueHotline => "rescue-hotline",
            Self::PoliceUa => "police-ua",
            Self::FinanceUnit => "finance-unit",
        }
    }

    /// A report number as the agency writes it.
    pub(crate) fn number(self, n: u64) -> String {
        match self {
            Self::HoustonTips => format!("HT-2026-{n:06}"),
            Self::CasaSegura => format!("CS/{n:06}"),
            Self::FiscaliaMx => format!("FGR-{n:07}"),
            Self::PlatformReports => format!("88{n:07}"),
            Self::RescueHotline => format!("RH-{n:06}"),
            Self::PoliceUa => format!("UA-2026-{n:06}"),
            Self::FinanceUnit => format!("FU-2026-{n:06}"),
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
            Self::HoustonTips | Self::PoliceUa => all,
            Self::PlatformReports => Sight { documents: false, plates: false, files: false, ..all },
            Self::RescueHotline => Sight { subjects: 1, victims: 1, documents: false, files: false, ..all },
            Self::FinanceUnit => {
                Sight { subjects: 1, victims: 0, accounts: false, plates: false, files: false, ..all }
            }
            Self::CasaSegura => Sight { documents: false, plates: false, files: false, ..all },
            Self::FiscaliaMx => Sight { plates: false, ..all },
        }
    }

    /// Whether its clerks write names in the script of this text.
    pub(crate) fn writes(self, native: &str) -> bool {
        let latin = native.chars().all(|c| !c.is_alphabetic() || c < '\u{250}');
        let cyrillic = native.chars().all(|c| !c.is_alphabetic() || ('\u{400}'..='\u{52f}').contains(&c));
        match self {
            Self::CasaSegura | Self::FiscaliaMx => latin,
            Self::PoliceUa => cyrillic,
            _ => false,
        }
    }

    /// Whether its form asks for numbers with the country's code.
    pub(crate) fn writes_phones_in_full(self) -> bool {
        !matches!(self, Self::HoustonTips | Self::FiscaliaMx | Self::RescueHotline)
    }

    /// Whether its format knows additions.
    pub(crate) fn takes_amendments(self) -> bool {
        !matches!(self, Self::CasaSegura | Self::RescueHotline | Self::FinanceUnit)
    }

    /// How many reports it gathers before it sends.
    pub(crate) fn entries(self, random: &mut Random) -> usize {
        match self {
            Self::CasaSegura => usize::try_from(random.between(1, 5)).unwrap_or(1),
            Self::RescueHotline => usize::try_from(random.between(1, 8)).unwrap_or(1),
            Self::FinanceUnit => usize::try_from(random.between(1, 3)).unwrap_or(1),
            Self::HoustonTips | Self::FiscaliaMx | Self::PlatformReports | Self::PoliceUa => 1,
        }
    }

    /// Who hears of a matter: by country and theme; `other_than` is who heard of it already.
    pub(crate) fn draw(matter: &Matter, other_than: Option<Self>, random: &mut Random) -> Self {
        let weight = |agency: Self| {
            let near = match (agency, matter.venue.city.country) {
                (Self::HoustonTips, "US") => 40,
                (Self::RescueHotline, "US") => 25,
                (Self::FiscaliaMx, "MX") | (Self::PoliceUa, "UA") => 50,
                (Self::CasaSegura, "MX" | "US") => 15,
                (Self::PlatformReports, _) => 18,
                (Self::FinanceUnit, _) => 8,
                // Somebody calls from abroad, or somebody of theirs is abroad.
                _ => 4,
            };
            let suits = match (agency, matter.theme) {
                (Self::PlatformReports, theme) if theme.is_about_children() => 3,
                (Self::CasaSegura, Theme::OnlineEnticement)
                | (Self::FinanceUnit, Theme::OnlineEnticement) => 1,
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
