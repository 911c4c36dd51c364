//! What a partner receives.

use crate::code::{MessageKind, Role};
use crate::content::Content;
use crate::ident::Alias;
use crate::schema::{codes, plain};
use crate::value::Micros;

codes! {
    /// What a coarser form says.
    enum OutlineKind {
        /// A kind that this schema does not know.
        Unknown = "UNKNOWN",
        /// Years of age at the incident or report, both included: 12-15, or 65+.
        AgeBand = "AGE_BAND",
        /// State, province or region and country, or the country alone.
        AdminArea = "ADMIN_AREA",
        /// The day of a time, ISO 8601; in UTC where the source states an instant.
        Day = "DAY",
    }
}

plain! {
    /// A coarser form of a value that the content lacks.
    struct Outline {
        /// Where the value would stand in the content, such as persons.age.
        field: String,
        /// What the form says.
        kind: OutlineKind,
        /// The form.
        value: String,
        /// The part that the person plays whom the value is about; UNKNOWN when it is tied to nobody.
        role: Role,
        /// The person, when the content shows that person.
        person_ref: Option<String>,
    }
}

plain! {
    /// In place of an identifier that the content lacks: equal tokens of one partner stand for equal identifiers of one kind, and nothing else can be told from them.
    struct Token {
        /// Where the identifier would stand in the content, such as accounts.handle.
        field: String,
        /// token: and 32 hexadecimal digits. Another partner has another one for the same identifier.
        token: String,
        /// The person, when the content shows that person.
        person_ref: Option<String>,
    }
}

plain! {
    /// What a partner receives: the permitted part of a lead under a name and a count of the partner's own. Only `release` makes one that can be encoded.
    struct PartnerLead {
        /// The partner's own name for this lead.
        alias: Alias,
        /// The partner's own count of versions, from 1, without gaps.
        revision: i32,
        /// REPORT, UPDATE or CANCEL.
        message_kind: MessageKind,
        /// Exercise traffic says so.
        exercise: bool,
        /// When it was released.
        released_at: Micros,
        /// Other leads that this partner received and that belong to the same matter.
        related: Vec<Alias>,
        /// What the partner must observe.
        caveats: Vec<String>,
        /// For a Cancel: why, from a list.
        cancel_reason: Option<String>,
        /// The permitted content; null in a Cancel.
        content: Option<Content>,
        /// What the partner answers by, as it stands: opaque, and of use to this partner only.
        reference: String,
        /// Coarser forms of values that the content lacks.
        outlines: Vec<Outline>,
        /// Tokens of identifiers that the content lacks.
        tokens: Vec<Token>,
    }
}
