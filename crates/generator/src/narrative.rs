//! Stories: clauses in changing order, words and length. They name nobody but by what was heard.

use crate::random::Random;
use crate::telling::{Role, ToldPerson};
use crate::world::{Matter, Theme};

const OPENINGS: [&str; 5] = [
    "Caller reports",
    "A witness describes",
    "It was reported that there is",
    "The writer speaks of",
    "We were told of",
];
const ENDINGS: [&str; 6] = [
    "The caller was calm.",
    "No names of others were given.",
    "Asked not to be called back.",
    "Says it has gone on for weeks.",
    "Could not say more.",
    "Would speak again if asked.",
];
const ADVERTS: [&str; 4] = [
    "New in town, only this week, call any hour.",
    "Sweet and discreet, outcall only, cash.",
    "Work abroad, good pay, no papers needed, travel is paid.",
    "Hiring housekeepers, room and board, start today.",
];

/// A story of a matter.
pub(crate) fn tell(matter: &Matter, persons: &[ToldPerson], random: &mut Random) -> String {
    let who = match persons.iter().find(|p| p.role == Role::Subject) {
        Some(person) => person.alias.as_deref().or(person.given.as_deref()).unwrap_or("somebody"),
        None => "somebody",
    };
    let what = match matter.theme {
        Theme::SexTrafficking => {
            ["who moves women through", "said to sell women at", "who keeps people near"]
        }
        Theme::ChildSexTrafficking => {
            ["who brings minors to", "seen with a child at", "who offers minors at"]
        }
        Theme::LabourTrafficking => {
            ["who holds workers at", "who keeps the papers of workers at", "who does not pay men at"]
        }
        Theme::DomesticServitude => {
            ["who keeps a maid locked up near", "whose housekeeper may not leave", "with a servant at"]
        }
        Theme::OnlineEnticement => [
            "who writes to children near",
            "who asks a child for pictures in",
            "who wants to meet a minor at",
        ],
    };
    let mut clauses =
        vec![format!("{} {who} {} {}.", random.word(&OPENINGS), random.word(&what), matter.venue.name)];
    if random.chance(400) {
        let advert = usize::try_from(matter.advertisement % 4).ok().and_then(|at| ADVERTS.get(at)).copied();
        clauses.push(format!(
            "The advertisement says: \"{} {}\"",
            advert.unwrap_or_default(),
            matter.advertisement % 97
        ));
    }
    if persons.iter().any(|p| p.role == Role::Victim) && random.chance(600) {
        clauses.push("There is somebody who needs help.".to_owned());
    }
    for _ in 0..random.below(3) {
        clauses.push(random.word(&ENDINGS).to_owned());
    }
    if random.chance(300) {
        clauses.rotate_left(1);
    }
    clauses.dedup();
    clauses.join(" ")
}

/// What a newer version adds.
pub(crate) fn addition(version: u64) -> &'static str {
    match version % 3 {
        0 => " Called again with more.",
        1 => " Seen once more since.",
        _ => " Corrected after a second talk.",
    }
}
