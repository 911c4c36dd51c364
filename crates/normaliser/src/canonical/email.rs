//! E-mail addresses: the domain in lower case and ASCII, the local part as written.

use lead::value::Email;

use crate::canonical::placeholders::Placeholders;
use crate::warning::WarningCode;

pub(super) fn canonicalise(email: &mut Email, placeholders: &Placeholders) -> Option<WarningCode> {
    if email.text.is_empty() {
        email.text = email.address.clone().unwrap_or_default();
    }
    email.address = address(email.text.expose()).map(Into::into);
    if email.address.as_ref().is_some_and(|address| placeholders.has_email(address.expose())) {
        email.placeholder = true;
    }
    (email.address.is_none() && !email.text.is_empty()).then_some(WarningCode::EmailNotValid)
}

fn address(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix('<').and_then(|t| t.strip_suffix('>')).unwrap_or(text);
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let (local, domain) = text.rsplit_once('@')?;
    let local_fits = !local.is_empty()
        && local.len() <= 64
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && !local.contains(|c: char| c.is_whitespace() || c.is_control() || "()<>[]:;,@\\\"".contains(c));
    let domain = idna::domain_to_ascii(domain.trim_end_matches('.')).ok()?;
    let label_fits = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let domain_fits = domain.len() <= 253 && domain.contains('.') && domain.split('.').all(label_fits);
    (local_fits && domain_fits).then(|| format!("{local}@{domain}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canonical::placeholders::tests::shipped;

    #[test]
    fn reads_addresses() {
        for (text, canonical) in [
            ("Jane.Doe@Example.ORG", Some("Jane.Doe@example.org")),
            (" a+b@example.org ", Some("a+b@example.org")),
            ("<a@example.org>", Some("a@example.org")),
            ("mailto:a@example.org", Some("a@example.org")),
            ("a@bücher.example", Some("a@xn--bcher-kva.example")),
            ("é@example.org", Some("é@example.org")),
            ("a@example.org.", Some("a@example.org")),
            ("a@localhost", None),
            ("a b@example.org", None),
            ("a@@example.org", None),
            ("@example.org", None),
            ("a.@example.org", None),
            ("a@-x.example", None),
            ("a@exa mple.org", None),
            ("example.org", None),
        ] {
            let mut email = Email { text: text.into(), ..Email::default() };
            let warning = canonicalise(&mut email, &shipped());
            assert_eq!(email.address, canonical.map(Into::into), "{text}");
            assert_eq!(warning.is_some(), canonical.is_none(), "{text}");
            assert!(!email.placeholder, "{text}");
        }
        let mut none = Email { text: "NONE@none.com".into(), ..Email::default() };
        canonicalise(&mut none, &shipped());
        assert!(none.placeholder && none.address.is_some());
    }
}
