//! Telephone numbers that nobody has: 555-0100 to 555-0199 of North American areas, and the ranges that
//! Ofcom keeps for drama.

use crate::random::Random;

const AREAS: [u16; 180] = [
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229,
    231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302, 303, 304,
    305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 325, 330, 334, 336, 337,
    339, 346, 347, 351, 352, 360, 361, 386, 401, 402, 404, 405, 406, 407, 408, 409, 410, 412, 413, 414, 415,
    417, 419, 423, 424, 425, 430, 432, 434, 435, 440, 443, 469, 478, 479, 480, 484, 501, 502, 503, 504, 505,
    507, 508, 509, 510, 512, 513, 515, 516, 517, 518, 520, 530, 540, 541, 551, 559, 561, 562, 563, 567, 570,
    571, 573, 574, 575, 580, 585, 586, 601, 602, 603, 605, 606, 607, 608, 609, 610, 612, 614, 615, 616, 617,
    618, 619, 620, 623, 626, 630, 631, 636, 641, 646, 650, 651, 660, 661, 662, 678, 682, 701, 702, 703, 704,
    706, 707, 708, 712, 713, 714, 715, 716, 717, 718, 719, 720,
];

/// Leeds, Sheffield, Nottingham, Leicester, Bristol, Reading, Birmingham, Edinburgh, Glasgow, Liverpool,
/// Manchester: 496 0000 to 496 0999 in each.
const BRITISH_AREAS: [u16; 11] = [113, 114, 115, 116, 117, 118, 121, 131, 141, 151, 161];

/// The hotline's own number, which stands in reports of every matter.
pub(crate) const HOTLINE: &str = "+17135550199";

/// Numbers are given out in an order that only returns to the first when all had their turn.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    next: u64,
}

const NORTH_AMERICAN: u64 = AREAS.len() as u64 * 100;
const BRITISH: u64 = BRITISH_AREAS.len() as u64 * 1_000;

impl Exchange {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self { next: random.below(NORTH_AMERICAN) }
    }

    /// A new number in E.164. British ones go to people of other countries.
    pub(crate) fn number(&mut self, country: &str) -> String {
        self.next += 1;
        if matches!(country, "US" | "CA" | "MX" | "PH") {
            // 7,919 is prime to the count of numbers: neighbours in time are none in the book.
            let place = self.next * 7_919 % NORTH_AMERICAN;
            let area = usize::try_from(place / 100).ok().and_then(|at| AREAS.get(at)).copied().unwrap_or(713);
            let number = format!("+1{area}55501{:02}", place % 100);
            return if number == HOTLINE { self.number(country) } else { number };
        }
        let place = self.next * 7_919 % BRITISH;
        let area =
            usize::try_from(place / 1_000).ok().and_then(|at| BRITISH_AREAS.get(at)).copied().unwrap_or(113);
        format!("+44{area}4960{:03}", place % 1_000)
    }
}

/// How a source writes a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) text: String,
    /// The country that stands beside it.
    pub(crate) country: Option<&'static str>,
}

/// A number as people write it at home, abroad, or half.
pub(crate) fn write(e164: &str, partial: bool, abroad: bool, random: &mut Random) -> Written {
    let (country, national) = match e164.strip_prefix("+1") {
        Some(national) => ("US", national),
        None => ("GB", e164.strip_prefix("+44").unwrap_or(e164)),
    };
    let cut = |from: usize, to: usize| national.get(from..to).unwrap_or_default();
    if partial {
        let text = match random.below(3) {
            0 => format!("...{}", cut(6, 10)),
            1 => format!("{}-{}", cut(3, 6), cut(6, 10)),
            _ => national.to_owned(),
        };
        return Written { text, country: None };
    }
    let text = match (country, abroad) {
        ("US", true) => format!("+1 {} {} {}", cut(0, 3), cut(3, 6), cut(6, 10)),
        ("US", false) if random.chance(500) => format!("({}) {}-{}", cut(0, 3), cut(3, 6), cut(6, 10)),
        ("US", false) => format!("{}-{}-{}", cut(0, 3), cut(3, 6), cut(6, 10)),
        (_, true) => format!("+44 {} {} {}", cut(0, 3), cut(3, 6), cut(6, 10)),
        (_, false) => format!("0{} {} {}", cut(0, 3), cut(3, 6), cut(6, 10)),
    };
    Written { text, country: (!abroad).then_some(country) }
}
