//! Ways in which people write one value: each is a view of a text in which equal values look equal.
//!
//! Absent: what is ciphered or encoded on purpose (base64, `h4ndl3`), and romanisations that differ in
//! more than the letters that [`sound`] takes for one.

use std::borrow::Cow;

use deunicode::deunicode;
use icu_casemap::CaseMapper;
use icu_normalizer::DecomposingNormalizer;

/// Letters and digits alone, in one case, width and script per word, without marks; everything between
/// them is one space.
pub(super) fn fold(text: &str) -> String {
    let text: Cow<'_, str> = if text.is_ascii() {
        text.to_ascii_lowercase().into()
    } else {
        // Case folding can leave marks of its own, so they are taken out after it.
        let decomposed = DecomposingNormalizer::new_nfkd().normalize(text);
        let folded = CaseMapper::new().fold_string(&decomposed);
        DecomposingNormalizer::new_nfkd().normalize(&folded).into_owned().into()
    };
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        if is_mark(c) {
            continue;
        }
        if c.is_alphanumeric() {
            folded.push(c);
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    if folded.is_ascii() { folded } else { words(&folded, one_script) }
}

/// Without spaces.
pub(super) fn squeeze(folded: &str) -> String {
    folded.chars().filter(|c| *c != ' ').collect()
}

/// What percent signs and character references stand for; `None` when there are none.
pub(super) fn decoded(text: &str) -> Option<String> {
    if !text.contains('%') && !text.contains("&#") {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some((c, after)) = reference(rest) {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            rest = after;
        } else if let Some((byte, after)) = percent(rest) {
            bytes.push(byte);
            rest = after;
        } else {
            let length = first.len_utf8();
            bytes.extend_from_slice(rest.get(..length).unwrap_or_default().as_bytes());
            rest = rest.get(length..).unwrap_or_default();
        }
    }
    let decoded = String::from_utf8_lossy(&bytes).into_owned();
    (decoded != text).then_some(decoded)
}

fn percent(text: &str) -> Option<(u8, &str)> {
    let hex = text.strip_prefix('%')?.get(..2)?;
    Some((u8::from_str_radix(hex, 16).ok()?, text.get(3..)?))
}

fn reference(text: &str) -> Option<(char, &str)> {
    let (code, after) = text.strip_prefix("&#")?.split_once(';')?;
    let code = match code.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => code.parse().ok()?,
    };
    Some((char::from_u32(code)?, after))
}

/// A folded text less the words that stand for the signs of an address, with what is spelled letter by
/// letter joined; `None` when there is nothing of the kind.
pub(super) fn spoken(folded: &str) -> Option<String> {
    const SIGNS: [&str; 11] =
        ["at", "dot", "arroba", "punto", "point", "underscore", "dash", "hyphen", "guion", "slash", "minus"];
    let is_letter = |word: &str| word.chars().nth(1).is_none();
    let all: Vec<&str> = folded.split(' ').filter(|word| !SIGNS.contains(word)).collect();
    let mut spoken = String::with_capacity(folded.len());
    for run in all.chunk_by(|a, b| is_letter(a) && is_letter(b)) {
        let apart = if run.len() < 3 { " " } else { "" };
        if !spoken.is_empty() {
            spoken.push(' ');
        }
        spoken.push_str(&run.join(apart));
    }
    (spoken != folded).then_some(spoken)
}

/// Numbers of a text in ASCII digits, joined over whatever stands between digits but words, apart
/// elsewhere; then the same with the groups of each number, and its digits, in reverse order.
pub(super) fn digits(text: &str) -> (String, String) {
    let mut runs: Vec<Vec<String>> = vec![Vec::new()];
    let mut times = 1;
    let tokens = text.split(|c: char| !c.is_alphanumeric() && !is_mark(c)).filter(|token| !token.is_empty());
    for token in tokens {
        let folded = if token.is_ascii() { token.to_ascii_lowercase() } else { fold(token) };
        if let Some(repeat) = repeats(&folded) {
            times = repeat;
            continue;
        }
        match as_digits(&folded) {
            Parts::Digits(digits) => {
                if let Some(run) = runs.last_mut() {
                    run.push(digits.repeat(times));
                }
            }
            // A word such as `tel5550123` holds numbers of its own.
            Parts::Word => {
                for part in folded.split(|c| digit(c).is_none()) {
                    let digits: String = part.chars().filter_map(digit).collect();
                    runs.extend([vec![digits], Vec::new()]);
                }
            }
        }
        times = 1;
    }
    let (mut forward, mut backward) = (String::new(), String::new());
    for run in runs.iter().filter(|run| !run.is_empty()) {
        let joined = run.concat();
        forward.push_str(&joined);
        forward.push('|');
        if joined.len() >= 7 {
            backward.extend(run.iter().rev().map(String::as_str));
            backward.push('|');
            backward.extend(joined.chars().rev());
            backward.push('|');
        }
    }
    (forward, backward)
}

enum Parts {
    Digits(String),
    Word,
}

/// A word as digits: in figures, in English or Spanish words, or with an O for a zero and an I for a one.
fn as_digits(word: &str) -> Parts {
    let figures: Option<String> = word.chars().map(digit).collect();
    if let Some(figures) = figures {
        return Parts::Digits(figures);
    }
    if let Some(digit) = digit_word(word) {
        return Parts::Digits(digit.to_owned());
    }
    let alike = |c: char| match c {
        'o' => Some('0'),
        'i' | 'l' => Some('1'),
        c => digit(c),
    };
    let some_figures = word.chars().filter(|c| digit(*c).is_some()).count() * 2 >= word.chars().count();
    match word.chars().map(alike).collect::<Option<String>>().filter(|_| some_figures) {
        Some(figures) => Parts::Digits(figures),
        None => Parts::Word,
    }
}

fn digit_word(word: &str) -> Option<&'static str> {
    Some(match word {
        "zero" | "oh" | "o" | "nought" | "cero" => "0",
        "one" | "uno" | "una" => "1",
        "two" | "dos" => "2",
        "three" | "tres" => "3",
        "four" | "cuatro" => "4",
        "five" | "cinco" => "5",
        "six" | "seis" => "6",
        "seven" | "siete" => "7",
        "eight" | "ocho" => "8",
        "nine" | "nueve" => "9",
        _ => return None,
    })
}

fn repeats(word: &str) -> Option<usize> {
    match word {
        "double" | "doble" => Some(2),
        "triple" | "treble" => Some(3),
        _ => None,
    }
}

/// The ASCII digit that a digit of another script stands for.
fn digit(c: char) -> Option<char> {
    const ZEROS: [u32; 6] = ['0' as u32, 0x660, 0x6f0, 0x966, 0x9e6, 0xff10];
    let value = ZEROS.iter().find_map(|zero| (c as u32).checked_sub(*zero).filter(|value| *value < 10))?;
    char::from_digit(value, 10)
}

/// Every day that a folded text may speak of, as eight digits: whichever of two small numbers is the
/// month, and whatever century two digits are of.
pub(super) fn days(folded: &str) -> String {
    const BETWEEN: [&str; 6] = ["of", "the", "de", "del", "den", "le"];
    let mut days = String::new();
    if !folded.bytes().any(|byte| byte.is_ascii_digit()) {
        return days;
    }
    let words: Vec<Part> = folded.split(' ').filter(|word| !BETWEEN.contains(word)).flat_map(parts).collect();
    for three in words.windows(3) {
        let [a, b, c] = three else { continue };
        match (*a, *b, *c) {
            (Part::Number(y, 4), Part::Number(m, _), Part::Number(d, _)) => add_day(&mut days, y, m, d),
            (Part::Number(a, 1 | 2), Part::Number(b, 1 | 2), Part::Number(y, 2 | 4)) => {
                for year in years(y) {
                    add_day(&mut days, year, b, a);
                    add_day(&mut days, year, a, b);
                }
                for year in years(a) {
                    add_day(&mut days, year, b, y);
                }
            }
            (Part::Number(d, 1 | 2), Part::Month(m), Part::Number(y, 2 | 4))
            | (Part::Month(m), Part::Number(d, 1 | 2), Part::Number(y, 2 | 4)) => {
                years(y).into_iter().for_each(|year| add_day(&mut days, year, m, d));
            }
            (Part::Number(y, 4), Part::Month(m), Part::Number(d, 1 | 2)) => add_day(&mut days, y, m, d),
            _ => {}
        }
    }
    for word in &words {
        if let Part::Number(all, 8) = *word {
            add_day(&mut days, all / 10_000, all / 100 % 100, all % 100);
            add_day(&mut days, all % 10_000, all / 10_000 % 100, all / 1_000_000);
            add_day(&mut days, all % 10_000, all / 1_000_000, all / 10_000 % 100);
        }
    }
    days
}

fn years(year: u32) -> Vec<u32> {
    if year < 100 { vec![1900 + year, 2000 + year] } else { vec![year] }
}

fn add_day(days: &mut String, year: u32, month: u32, day: u32) {
    if (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day) {
        days.push_str(&format!("{year:04}{month:02}{day:02}|"));
    }
}

/// A part of a date: a number with the count of its digits, or a month.
#[derive(Clone, Copy)]
enum Part {
    Number(u32, usize),
    Month(u32),
    Other,
}

/// `1st` is a number, `01mar2009` are three parts.
fn parts(word: &str) -> Vec<Part> {
    let chars: Vec<char> = word.chars().collect();
    let runs = chars.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
    let part = |run: &[char]| {
        let text: String = run.iter().collect();
        match text.parse() {
            Ok(number) => Part::Number(number, run.len()),
            Err(_) => month(&text).map_or(Part::Other, Part::Month),
        }
    };
    let is_ordinal = |run: &[char]| matches!(run, ['s', 't'] | ['n' | 'r', 'd'] | ['t', 'h'] | ['t']);
    let mut first = true;
    runs.filter(|run| std::mem::take(&mut first) || !is_ordinal(run)).map(part).collect()
}

/// A month by the first three letters of its name in English, Spanish, French, German, Portuguese.
fn month(word: &str) -> Option<u32> {
    if word.starts_with("juil") {
        return Some(7);
    }
    Some(match word.get(..3)? {
        "jan" | "ene" => 1,
        "feb" | "fev" => 2,
        "mar" | "mrz" => 3,
        "apr" | "abr" | "avr" => 4,
        "may" | "mai" => 5,
        "jun" | "jui" => 6,
        "jul" => 7,
        "aug" | "ago" | "aou" => 8,
        "sep" | "set" => 9,
        "oct" | "okt" | "out" => 10,
        "nov" => 11,
        "dec" | "dic" | "dez" => 12,
        _ => return None,
    })
}

/// A folded text by how its words sound in Latin letters: `Юлія` and `Julia` are one, so are `Karla` and
/// `Carla`.
pub(super) fn sound(folded: &str) -> String {
    let latin: Cow<'_, str> = if folded.is_ascii() { folded.into() } else { latin(folded).into() };
    let mut sound = String::with_capacity(latin.len());
    let mut last = ' ';
    for c in latin.chars() {
        let push = |sound: &mut String, last: &mut char, c: char| {
            if c != *last {
                sound.push(c);
            }
            *last = c;
        };
        match c {
            // After a consonant an h is a matter of spelling: Kh, Gh, Th.
            'h' if matches!(last, 'k' | 'g' | 't' | 'b' | 'd') => {}
            'h' if last == 'p' => {
                sound.pop();
                push(&mut sound, &mut last, 'f');
            }
            'j' | 'y' => push(&mut sound, &mut last, 'i'),
            'c' | 'q' => push(&mut sound, &mut last, 'k'),
            'w' => push(&mut sound, &mut last, 'v'),
            'z' => push(&mut sound, &mut last, 's'),
            'u' if last == 'o' => {
                sound.pop();
                sound.push('u');
                last = 'u';
            }
            'x' => {
                push(&mut sound, &mut last, 'k');
                push(&mut sound, &mut last, 's');
            }
            c if c.is_ascii_alphanumeric() || c == ' ' => push(&mut sound, &mut last, c),
            _ => {}
        }
    }
    sound
}

/// The consonants of the words of a folded text: of those in Latin letters, or of the others. Scripts
/// differ in the vowels that they write.
pub(super) fn frames(folded: &str, of_latin: bool) -> String {
    let mut frames = String::new();
    for word in folded.split(' ').filter(|word| word.is_ascii() == of_latin) {
        let latin: Cow<'_, str> = if of_latin { word.into() } else { latin(word).into() };
        if !frames.is_empty() {
            frames.push(' ');
        }
        // Where vowels are not written, two equal consonants have one between them.
        let writes_vowels = !word.chars().any(|c| matches!(c, '\u{590}'..='\u{8ff}'));
        let mut last = ' ';
        for c in latin.chars() {
            let consonants = match c {
                'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'w' | 'h' => {
                    last = ' ';
                    ""
                }
                'p' => "b",
                'v' => "f",
                'j' => "g",
                'q' | 'c' => "k",
                'z' => "s",
                'x' => "ks",
                'b' => "b",
                'd' => "d",
                'f' => "f",
                'g' => "g",
                'k' => "k",
                'l' => "l",
                'm' => "m",
                'n' => "n",
                'r' => "r",
                's' => "s",
                't' => "t",
                _ => "",
            };
            for c in consonants.chars() {
                if std::mem::replace(&mut last, c) != c || !writes_vowels {
                    frames.push(c);
                }
            }
        }
    }
    frames
}

/// In Latin letters and lower case, words apart as they were.
fn latin(folded: &str) -> String {
    words(folded, |word| {
        let latin = deunicode(word).to_ascii_lowercase();
        latin.split_whitespace().collect::<Vec<_>>().join(" ")
    })
}

fn words(text: &str, each: impl Fn(&str) -> String) -> String {
    text.split(' ').map(each).collect::<Vec<_>>().join(" ")
}

/// A word that mixes Latin letters with such as look the same is meant to be read as Latin.
fn one_script(word: &str) -> String {
    let mixed = word.bytes().any(|byte| byte.is_ascii_alphabetic())
        && word.chars().any(|c| matches!(c, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}'));
    if mixed { word.chars().map(lookalike).collect() } else { word.to_owned() }
}

fn lookalike(c: char) -> char {
    match c {
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' => 'e',
        'н' | 'һ' => 'h',
        'і' | 'ι' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' | 'μ' => 'm',
        'ν' => 'v',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' => 'u',
        'х' | 'χ' => 'x',
        'у' => 'y',
        c => c,
    }
}

/// Whether a script writes without spaces between words.
pub(super) fn runs_on(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{323af}')
}

/// Marks that change no letter, and characters that nobody sees.
pub(super) fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{e0000}'..='\u{e007f}')
}
