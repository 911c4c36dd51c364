//! Batches of FinCEN that are made to hurt.

use super::*;

const NAME: &str = "_template/fincen";
const HEAD: &str = "<EFilingBatchXML><FormTypeCode>SARX</FormTypeCode><Activity>";
const TAIL: &str = "</Activity></EFilingBatchXML>";

#[test]
fn fincen_that_is_made_to_hurt() {
    let nested = format!("{HEAD}{}{}{TAIL}", "<Party>".repeat(100_000), "</Party>".repeat(100_000));
    refuses(NAME, "depth 100,000", nested.as_bytes(), "too_deep");
    refuses(NAME, "activities of nothing", &filled(HEAD, "</Activity><Activity>", TAIL), "too_many_entries");
    for part in [
        "<Party/>",
        "<ActivityNarrativeInformation/>",
        "<ActivityIPAddress/>",
        "<CyberEventIndicators/>",
        "<Assets/>",
    ] {
        refuses(NAME, part, &filled(HEAD, part, TAIL), "too_many_entries");
    }
    for part in
        ["<PartyName/>", "<Address/>", "<PhoneNumber/>", "<PartyIdentification/>", "<PartyAssociation/>"]
    {
        refuses(
            NAME,
            part,
            &filled(&format!("{HEAD}<Party>"), part, &format!("</Party>{TAIL}")),
            "too_many_entries",
        );
    }
    let story = "<ActivityNarrativeInformation><ActivityNarrativeText>";
    let end = format!("</ActivityNarrativeText></ActivityNarrativeInformation>{TAIL}");
    refuses(NAME, "one story", &filled(&format!("{HEAD}{story}"), "SECRET", &end), "text_too_long");
}

/// As many of a thing as the standard or a limit allows, all of which the mapping goes through.
#[test]
fn a_full_activity_takes_bounded_time() {
    let bank = "<Party><ActivityPartyTypeCode>34</ActivityPartyTypeCode><PartyName><PartyNameTypeCode>L</PartyNameTypeCode>\
        <RawPartyFullName>Example Bank SECRET</RawPartyFullName></PartyName><PartyIdentification><PartyIdentificationNumberText>1\
        </PartyIdentificationNumberText><PartyIdentificationTypeCode>4</PartyIdentificationTypeCode></PartyIdentification></Party>";
    let account = "<Account><AccountNumberText>5</AccountNumberText></Account>";
    let id = "<PartyIdentification><PartyIdentificationNumberText>1</PartyIdentificationNumberText>\
        <PartyIdentificationTypeCode>4</PartyIdentificationTypeCode></PartyIdentification>";
    let accounts = format!(
        "<Party><ActivityPartyTypeCode>33</ActivityPartyTypeCode><PartyAccountAssociation><Party>{id}{}</Party>\
         </PartyAccountAssociation></Party>",
        account.repeat(9_999),
    );
    let subject = "<Party><ActivityPartyTypeCode>33</ActivityPartyTypeCode><PartyName><RawPartyFullName>A</RawPartyFullName>\
        </PartyName><Address><RawCityText>B</RawCityText></Address></Party>";
    let event = "<ActivityIPAddress><IPAddressText>192.0.2.1</IPAddressText></ActivityIPAddress>";
    let cyber = "<CyberEventIndicators><CyberEventIndicatorsTypeCode>6</CyberEventIndicatorsTypeCode>\
        <EventValueText>a@example.org</EventValueText></CyberEventIndicators>";
    for (what, inside) in [
        ("accounts", format!("{bank}{accounts}")),
        ("subjects", subject.repeat(9_999)),
        ("addresses", event.repeat(9_999)),
        ("cyber events", cyber.repeat(9_999)),
    ] {
        let message = format!("{HEAD}{inside}{TAIL}");
        let (leads, codes) = within_memory(NAME, what, message.as_bytes());
        assert_eq!(leads + codes.len(), 1, "{what}: {codes:?}");
    }
}
