//! What must hold for a lead.

use lead::code::{Category, MessageKind, UrgencyLevel};
use lead::record::Lead;
use lead::{Content, walk::Classified};
use pipeline::Reason;

use crate::reason::ReasonCode;
use crate::source::Limits;

pub(crate) fn validate(lead: &Lead, limits: &Limits) -> Result<(), Reason> {
    let numbered = lead.report_number.is_some();
    let cancel = lead.message_kind == MessageKind::Cancel;
    if !numbered && (cancel || lead.is_amendment()) {
        return Err(ReasonCode::ReportNumberRequired
            .with("a Cancel or an addition must carry the number of the report it is for"));
    }
    if !numbered && is_empty(&lead.content) {
        return Err(ReasonCode::EmptyLead.with("expected a report number or at least one statement"));
    }
    let content = &lead.content;
    if content.persons.len() > limits.persons {
        return Err(ReasonCode::TooManyItems.with("`persons` holds more items than limits.persons"));
    }
    for (name, length) in [
        ("external_ids", content.external_ids.len()),
        ("texts", content.texts.len()),
        ("organizations", content.organizations.len()),
        ("accounts", content.accounts.len()),
        ("devices", content.devices.len()),
        ("network_events", content.network_events.len()),
        ("online_places", content.online_places.len()),
        ("vehicles", content.vehicles.len()),
        ("financial", content.financial.len()),
        ("files", content.files.len()),
        ("places", content.places.len()),
        ("events", content.events.len()),
        ("indicators", content.indicators.len()),
        ("other", content.other.len()),
    ] {
        if length > limits.items {
            return Err(ReasonCode::TooManyItems.with(format!("`{name}` holds more items than limits.items")));
        }
    }
    Ok(())
}

/// Whether a content says nothing of its own: who sent it and how good it is are no statements.
fn is_empty(content: &Content) -> bool {
    let lists = [
        content.external_ids.is_empty(),
        content.texts.is_empty(),
        content.persons.is_blank(),
        content.organizations.is_blank(),
        content.accounts.is_blank(),
        content.devices.is_blank(),
        content.network_events.is_blank(),
        content.online_places.is_blank(),
        content.vehicles.is_blank(),
        content.financial.is_blank(),
        content.files.is_blank(),
        content.places.is_blank(),
        content.events.is_blank(),
        content.indicators.is_empty(),
        content.other.is_empty(),
        content.category_text.is_empty(),
        content.offence_codes.is_empty(),
        content.annotations.is_empty(),
    ];
    lists.into_iter().all(|empty| empty)
        && content.narrative.is_none()
        && content.summary_public.is_none()
        && content.exploitation.is_none()
        && content.source.incident_at.is_none()
        && content.urgency.level == UrgencyLevel::NotStated
        && content.categories.iter().all(|category| *category == Category::Unknown)
}
