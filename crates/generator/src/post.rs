//! From entries to messages: agencies gather, send, send again, and send what nobody can read.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use lead::topic;

use crate::Submission;
use crate::agency::Agency;
use crate::form;
use crate::ledger::{Kind, Truth};
use crate::random::Random;
use crate::rates::Rates;
use crate::report::Entry;
use crate::season::Arrival;

/// Hours of a month.
const MONTH: u64 = 28 * 24;

/// The messages of a season, in the order in which they arrive.
pub(crate) fn messages(arrivals: Vec<Arrival>, rates: &Rates, random: &mut Random) -> Vec<Submission> {
    let mut post = Post { rates, sent: Vec::new(), again: BinaryHeap::new(), gathered: BTreeMap::new() };
    let mut last = 0;
    for arrival in arrivals {
        last = arrival.at;
        post.send_again(arrival.at);
        post.hand_in(arrival, random);
    }
    post.send_rest(last, random);
    post.replay(random);
    post.sent.into_iter().map(|(_, message)| message).collect()
}

struct Post<'a> {
    rates: &'a Rates,
    /// Messages with their hour.
    sent: Vec<(u64, Submission)>,
    /// When which message is sent again.
    again: BinaryHeap<Reverse<(u64, usize)>>,
    gathered: BTreeMap<Agency, (usize, Vec<(Entry, u32)>)>,
}

impl Post<'_> {
    fn hand_in(&mut self, arrival: Arrival, random: &mut Random) {
        let agency = arrival.entry.agency;
        let message = &self.rates.message;
        if random.chance(message.malformed)
            && let Some((written, truth)) = form::malformed(&arrival.entry, random)
        {
            self.send(arrival.at, agency, written, truth);
        }
        if random.chance(message.not_a_lead)
            && let Some(written) = form::acknowledgement(&arrival.entry)
        {
            let truth = vec![Truth::which(&arrival.entry, Kind::NotALead)];
            self.send(arrival.at, agency, written, truth);
        }
        let (size, entries) =
            self.gathered.entry(agency).or_insert_with(|| (agency.entries(random), Vec::new()));
        entries.push((arrival.entry, arrival.copies));
        if entries.len() >= *size {
            let (_, entries) = self.gathered.remove(&agency).unwrap_or_default();
            self.send_entries(arrival.at, agency, entries, random);
        }
    }

    fn send_entries(&mut self, at: u64, agency: Agency, entries: Vec<(Entry, u32)>, random: &mut Random) {
        let copies: u32 = entries.iter().map(|(_, copies)| copies).sum();
        let entries: Vec<Entry> = entries.into_iter().map(|(entry, _)| entry).collect();
        let truth = entries.iter().map(Truth::of).collect();
        let place = self.sent.len();
        self.send(at, agency, form::write(agency, &entries, at), truth);
        for _ in 0..copies {
            let delay = random.log_normal(self.rates.arrival.delay_hours, self.rates.arrival.delay_spread);
            self.again.push(Reverse((at + 1 + delay, place)));
        }
    }

    fn send(&mut self, at: u64, agency: Agency, message: form::Message, truth: Vec<Truth>) {
        let submission = Submission {
            n: 0,
            agency: agency.name(),
            topic: topic::inbound(agency.name()),
            key: message.key,
            headers: message.headers,
            value: message.value,
            truth,
        };
        self.sent.push((at, submission));
    }

    /// Sends again what is due by this hour.
    fn send_again(&mut self, until: u64) {
        while let Some(Reverse((at, _))) = self.again.peek()
            && *at <= until
        {
            let Some(Reverse((at, place))) = self.again.pop() else { return };
            self.repeat(at, place);
        }
    }

    fn repeat(&mut self, at: u64, place: usize) {
        let Some((_, message)) = self.sent.get(place) else { return };
        let mut message = message.clone();
        message.truth.iter_mut().for_each(Truth::repeats);
        self.sent.push((at, message));
    }

    fn send_rest(&mut self, at: u64, random: &mut Random) {
        for (agency, (_, entries)) in std::mem::take(&mut self.gathered) {
            self.send_entries(at, agency, entries, random);
        }
        self.send_again(u64::MAX);
    }

    /// Some agencies send a whole month once more: a backup was read back, an export ran twice.
    fn replay(&mut self, random: &mut Random) {
        let sent = self.sent.len();
        for _ in 0..self.rates.arrival.replaying_agencies {
            let agency = random.one(&Agency::ALL).map(|agency| agency.name());
            let begin = random.below(9 * MONTH);
            for place in 0..sent {
                let Some((at, message)) = self.sent.get(place) else { continue };
                let at = *at;
                if (begin..begin + MONTH).contains(&at) && Some(message.agency) == agency {
                    self.repeat(at, place);
                }
            }
        }
    }
}
