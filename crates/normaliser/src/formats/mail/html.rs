//! HTML reduced to its text: what a reader sees, with lines where elements make them, and the address of a link where
//! the text does not say it.

use mail_parser::decoders::html::add_html_token;

/// Elements that begin a line.
const LINES: [&str; 24] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "dd",
    "div",
    "dl",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tr",
    "ul",
];
/// Elements whose content nobody sees.
const UNSEEN: [&str; 5] = ["head", "script", "style", "template", "title"];
/// The longest name of a character, with room.
const ENTITY_BYTES_MAX: usize = 40;

/// Looks at every byte once: what does not end is taken to the end.
pub(super) fn text(html: &str) -> String {
    let mut out = Writer::default();
    let mut rest = html;
    let mut link: Option<String> = None;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        out.text(before);
        if let Some(comment) = from.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        // As in `a < b`: no element.
        if !from
            .as_bytes()
            .get(1)
            .is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'/' | b'!' | b'?'))
        {
            out.text("<");
            rest = from.get(1..).unwrap_or_default();
            continue;
        }
        let Some((tag, after)) = tag(from) else {
            // A tag that does not end: nothing can follow it.
            rest = "";
            break;
        };
        rest = after;
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        let closes = tag.starts_with('/');
        if !closes && UNSEEN.contains(&name.as_str()) {
            rest = after_closing(rest, &name);
        } else if LINES.contains(&name.as_str()) {
            out.line();
        } else if matches!(name.as_str(), "td" | "th") {
            out.space();
        } else if name == "a" {
            if let Some(address) = link.take()
                && !out.out.ends_with(address.as_str())
            {
                out.text(" <");
                out.out.push_str(&address);
                out.out.push('>');
            }
            link = if closes { None } else { address(tag) };
        }
    }
    out.text(rest);
    out.out.trim().to_owned()
}

#[derive(Default)]
struct Writer {
    out: String,
    /// White space that was seen and not yet written.
    gap: bool,
}

impl Writer {
    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let mut length = c.len_utf8();
            if c.is_whitespace() {
                self.gap = true;
            } else {
                self.close_gap();
                match entity(rest) {
                    Some(entity) => {
                        add_html_token(&mut self.out, entity.as_bytes(), false);
                        length = entity.len();
                    }
                    None => self.out.push(c),
                }
            }
            rest = rest.get(length..).unwrap_or_default();
        }
    }

    fn close_gap(&mut self) {
        if std::mem::take(&mut self.gap) && !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push(' ');
        }
    }

    fn space(&mut self) {
        self.gap = true;
    }

    fn line(&mut self) {
        self.gap = false;
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }
}

/// `&name;` at the start of a text.
fn entity(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('&')?;
    let end = inside.bytes().take(ENTITY_BYTES_MAX).position(|byte| byte == b';')?;
    let is_name = inside.get(..end)?.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'#');
    text.get(..end + 2).filter(|_| is_name && end > 0)
}

/// What stands between the angle brackets, and what follows them.
fn tag(from: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (at, byte) in from.bytes().enumerate().skip(1) {
        match (quote, byte) {
            (Some(open), byte) if open == byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') => return Some((from.get(1..at)?, from.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

/// What follows the end of an element.
fn after_closing<'t>(text: &'t str, name: &str) -> &'t str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        rest = rest.get(at + 2..).unwrap_or_default();
        let named = rest.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name));
        if named {
            return rest.split_once('>').map_or("", |(_, after)| after);
        }
    }
    ""
}

/// The address of a link.
fn address(tag: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let at = lower.find("href")?;
    let value = tag.get(at + 4..)?.trim_start().strip_prefix('=')?.trim_start();
    let value = match value.as_bytes().first()? {
        quote @ (b'"' | b'\'') => value.get(1..)?.split(char::from(*quote)).next()?,
        _ => value.split_whitespace().next()?,
    };
    let mut address = String::new();
    let mut rest = value.trim();
    while let Some(c) = rest.chars().next() {
        match entity(rest) {
            Some(entity) => {
                add_html_token(&mut address, entity.as_bytes(), false);
                rest = rest.get(entity.len()..).unwrap_or_default();
            }
            None => {
                address.push(c);
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
            }
        }
    }
    let told = ["http:", "https:", "mailto:", "tel:"]
        .iter()
        .any(|scheme| address.to_ascii_lowercase().starts_with(scheme));
    told.then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_a_reader_sees() {
        for (html, wanted) in [
            ("<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree"),
            ("<div>a</div><div>b</div>", "a\n\nb"),
            ("<table><tr><td>Room</td><td>12</td></tr><tr><td>x</td></tr></table>", "Room 12\n\nx"),
            ("a<b>bo</b>ld  and\n spaces", "abold and spaces"),
            ("&lt;tag&gt; &amp; &eacute;&#8364;&#x41; &unknown; A&B; R&D", "<tag> & é€A &unknown; A&B; R&D"),
            ("<head><title>t</title><style>p{}</style></head>seen<script>if (a<b) {}</script>", "seen"),
            ("<style>never closed", ""),
            ("<!-- <p>hidden</p> -->shown<!-- open", "shown"),
            ("1 < 2 > 1", "1 < 2 > 1"),
            ("<a href='https://example.org/?a=1&amp;b=2'>here</a>.", "here <https://example.org/?a=1&b=2>."),
            ("<a href=https://example.org>https://example.org</a>", "https://example.org"),
            ("<a title=\"a > b\" href=\"#top\">up</a>", "up"),
            ("before <p class=\"never closed", "before"),
            ("", ""),
        ] {
            assert_eq!(text(html), wanted, "{html}");
        }
    }

    #[test]
    fn takes_no_longer_for_what_does_not_end() {
        for part in ["<a ", "<", "</", "<!--", "&", "<a href='", "<script>", "&a", "<a href=x>"] {
            let html = part.repeat(1_000_000 / part.len());
            let began = std::time::Instant::now();
            text(&html);
            assert!(began.elapsed().as_secs() < 5, "{part}");
        }
    }
}
