//! Where statements of the source contradict each other, the more protective one counts; and secrets
//! such as passwords never enter a lead.

use lead::Content;
use lead::code::{Purpose, SourceKind, Ternary};
use lead::value::NamedText;

use crate::canonical::names::fold;
use crate::warning::{WarningCode, Warnings};

/// Settles flags of files and of the legal frame.
pub(super) fn settle(content: &mut Content, warnings: &mut Warnings) {
    let from_platform = content.source.kind == SourceKind::PlatformReport;
    for (i, file) in content.files.iter_mut().enumerate() {
        // A file that a platform did not open may need a warrant to be opened.
        if from_platform && file.access_blocked == Ternary::Unknown && file.publicly_available != Ternary::Yes
        {
            if file.viewed_by_source == Ternary::Unknown {
                warnings.add(WarningCode::ViewedNotStated, format_args!("files[{i}].viewed_by_source"));
            }
            if file.viewed_by_source != Ternary::Yes {
                file.access_blocked = Ternary::Yes;
            }
        }
    }
    let blocked = content.files.iter().any(|file| file.access_blocked == Ternary::Yes);
    if blocked && content.legal.warrant_required == Ternary::No {
        warnings.add(WarningCode::ContradictingFlags, "legal.warrant_required");
        content.legal.warrant_required = Ternary::Yes;
    }
    for (i, purpose) in content.legal.purposes.iter().enumerate() {
        if !purpose.trim().is_empty() && Purpose::named(purpose).is_none() {
            warnings.add(WarningCode::PurposeUnknown, format_args!("legal.purposes[{i}]"));
        }
    }
    if let Some(consent) = &content.protections.consent
        && consent.given == Ternary::No
        && !consent.scope.is_empty()
    {
        warnings.add(WarningCode::ContradictingFlags, "protections.consent.scope");
    }
}

/// Takes out texts that a source names as a password, and notes that they were there.
pub(super) fn withhold_secrets(content: &mut Content, warnings: &mut Warnings) {
    let mut withheld = std::mem::take(&mut content.withheld_secrets);
    {
        let mut clear = |list: &mut Vec<NamedText>, path: &str| {
            list.retain(|text| {
                let secret = is_secret(&text.name) && !text.text.expose().trim().is_empty();
                if secret {
                    withheld.push(path.to_owned());
                }
                !secret
            });
        };
        clear(&mut content.texts, "texts");
        clear(&mut content.other, "other");
        clear(&mut content.legal.process, "legal.process");
        for (p, person) in content.persons.iter_mut().enumerate() {
            clear(&mut person.remarks, &format!("persons[{p}].remarks"));
            clear(&mut person.affiliations, &format!("persons[{p}].affiliations"));
            clear(&mut person.appearance, &format!("persons[{p}].appearance"));
        }
        for (i, account) in content.accounts.iter_mut().enumerate() {
            clear(&mut account.status, &format!("accounts[{i}].status"));
        }
        for (i, device) in content.devices.iter_mut().enumerate() {
            clear(&mut device.properties, &format!("devices[{i}].properties"));
        }
        for (i, place) in content.online_places.iter_mut().enumerate() {
            clear(&mut place.details, &format!("online_places[{i}].details"));
        }
        for (i, item) in content.financial.iter_mut().enumerate() {
            clear(&mut item.details, &format!("financial[{i}].details"));
        }
        for (i, file) in content.files.iter_mut().enumerate() {
            clear(&mut file.details, &format!("files[{i}].details"));
        }
        for (i, organization) in content.organizations.iter_mut().enumerate() {
            clear(&mut organization.remarks, &format!("organizations[{i}].remarks"));
        }
    }
    withheld.sort();
    withheld.dedup();
    for path in &withheld {
        warnings.add(WarningCode::SecretWithheld, path);
    }
    content.withheld_secrets = withheld;
}

fn is_secret(name: &str) -> bool {
    let folded = fold(name);
    ["password", "passwort", "passphrase", "contrasena", "mot de passe", "clave de acceso"]
        .iter()
        .any(|word| folded.contains(word))
        || is_secret_field(&folded)
}

/// Whether the last part of a path such as `user-account.credential` is a field that holds a secret.
fn is_secret_field(folded: &str) -> bool {
    let last = folded.rsplit(['.', ':']).next().unwrap_or_default();
    // What products add to a standard begins with a mark of theirs.
    let last = last.strip_prefix("x_").and_then(|own| own.split_once('_')).map_or(last, |(_, field)| field);
    const FIELDS: [&str; 10] = [
        "pin",
        "pwd",
        "passcode",
        "credential",
        "credentials",
        "decryption_key",
        "private_key",
        "api-key",
        "api_key",
        "cvv",
    ];
    FIELDS.contains(&last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_fields_that_hold_secrets() {
        for name in [
            "password",
            "Account Password",
            "user-account.credential",
            "belongs_to_ref.credential",
            "x_misp_password",
            "x_shop_credential",
            "artifact.decryption_key",
            "payment-card.cvv",
            "PIN",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "credential_last_changed",
            "comment credential",
            "shipping",
            "x_misp_type",
            "credential.type",
            "pinned",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn a_secret_that_says_nothing_was_not_withheld() {
        let named = |text: &str| NamedText { name: "password".into(), text: text.into() };
        let mut content = Content { other: vec![named(" "), named("x")], ..Content::default() };
        let mut warnings = Warnings::default();
        withhold_secrets(&mut content, &mut warnings);
        assert_eq!(content.other, [named(" ")]);
        assert_eq!(content.withheld_secrets, ["other"]);
    }
}
