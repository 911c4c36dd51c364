//! Bodies: transfer encodings and charsets.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

/// The bytes that a body stands for; `None` where it is not in the encoding that it names.
pub(super) fn bytes<'m>(body: &'m [u8], encoding: Option<&str>) -> Option<Cow<'m, [u8]>> {
    let encoding = encoding.unwrap_or_default().trim().to_ascii_lowercase();
    match encoding.as_str() {
        "base64" => base64_decode(body).map(Cow::Owned),
        "quoted-printable" => quoted_printable_decode(body).map(Cow::Owned),
        "" | "7bit" | "8bit" | "binary" => Some(Cow::Borrowed(body)),
        _ => None,
    }
}

/// What a charset makes of bytes.
pub(super) struct Text {
    pub(super) text: String,
    /// Whether the charset is known and the bytes are in it.
    pub(super) is_sure: bool,
}

/// Without a charset, or with one that nobody knows, bytes are UTF-8 or characters are lost, which is said.
pub(super) fn text(bytes: &[u8], charset: Option<&str>) -> Text {
    let named = charset.map(str::trim).filter(|charset| !charset.is_empty());
    let plain = named.is_none_or(|name| {
        ["utf-8", "utf8", "us-ascii", "ascii"].iter().any(|known| known.eq_ignore_ascii_case(name))
    });
    let decoder = named.filter(|_| !plain).map(|name| charset_decoder(name.as_bytes()));
    let (text, is_sure) = match decoder {
        Some(Some(decoder)) => {
            let text = decoder(bytes);
            let is_sure = !text.contains(char::REPLACEMENT_CHARACTER);
            (text, is_sure)
        }
        unknown => {
            let text = String::from_utf8_lossy(bytes);
            let is_sure = unknown.is_none() && matches!(text, Cow::Borrowed(_));
            (text.into_owned(), is_sure)
        }
    };
    // Lines end in one way, whatever way they were sent.
    let text = if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text };
    Text { text, is_sure }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn transfer_encodings_are_undone_or_refused() {
        for (encoding, body, bytes) in [
            (None, "as it is=20", Some("as it is=20")),
            (Some("8bit"), "as it is", Some("as it is")),
            (Some("BASE64"), "aGVs\r\nbG8=", Some("hello")),
            (Some("quoted-printable"), "a=20b=\r\nc", Some("a bc")),
            (Some("base64"), "a*b", None),
            (Some("quoted-printable"), "=ZZ", None),
            (Some("x-uuencode"), "a", None),
        ] {
            let is = super::bytes(body.as_bytes(), encoding);
            assert_eq!(is.as_deref(), bytes.map(str::as_bytes), "{encoding:?} {body}");
        }
    }

    #[test]
    fn charsets_are_read_and_never_guessed() {
        let cases: [(&[u8], Option<&str>, &str, bool); 8] = [
            (b"plain\r\nlines", None, "plain\nlines", true),
            ("ü".as_bytes(), Some("UTF-8"), "ü", true),
            (b"\xfc", Some("iso-8859-1"), "ü", true),
            (b"\xcf\xf0\xe8", Some("windows-1251"), "При", true),
            (b"\x1b$B$3\x1b(B", Some("iso-2022-jp"), "こ", true),
            (b"\xfc", None, "\u{fffd}", false),
            (b"\xfc", Some("utf-8"), "\u{fffd}", false),
            (b"abc", Some("x-unheard-of"), "abc", false),
        ];
        for (bytes, charset, wanted, is_sure) in cases {
            let is = text(bytes, charset);
            assert_eq!((is.text.as_str(), is.is_sure), (wanted, is_sure), "{charset:?}");
        }
    }
}
