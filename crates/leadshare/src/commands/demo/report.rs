//! The result of a demonstration as a page for a browser, and the flow as a picture of its own.

use std::fs;
use std::path::{Path, PathBuf};

use maud::{DOCTYPE, Markup, PreEscaped, html};
use pipeline::Counter;

use super::overview::Overview;
use super::truth::Truth;
use crate::cli::Demo;
use crate::commands::status::Books;
use crate::commands::trace::TwoCopies;
use crate::definitions::Definitions;
use crate::fault::Fault;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:74rem;margin:2rem auto;padding:0 1rem;color:#222}\
h1{margin-bottom:0}h2{margin-top:2.5rem}table{border-collapse:collapse;width:100%}\
td,th{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #ddd}\
.n{text-align:right;font-variant-numeric:tabular-nums}.faint{color:#777}.good{color:#1b7f5c}.bad{color:#c1121f}\
.figures{display:flex;flex-wrap:wrap;gap:2.5rem;margin:1.5rem 0}.figures b{display:block;font-size:2rem;line-height:1.1}\
code{font:13px ui-monospace,monospace}";

/// What a demonstration found.
pub(super) struct Report<'a> {
    pub(super) on: &'a str,
    pub(super) demo: &'a Demo,
    pub(super) definitions: &'a Definitions,
    pub(super) overview: &'a Overview,
    pub(super) told: Option<TwoCopies>,
    pub(super) truth: &'a Truth,
    pub(super) books: &'a Books,
}

impl Report<'_> {
    /// Writes both files into the site; returns where they are.
    pub(super) fn write(&self, dir: &Path) -> Result<[PathBuf; 2], Fault> {
        let (page, picture) = (dir.join("report.html"), dir.join("flow.svg"));
        let svg = self.overview.flow().svg();
        let write = |path: &Path, text: &str| {
            fs::write(path, text)
                .map_err(|error| Fault::file(path, "the demo's result is written there", &error))
        };
        write(&picture, &svg)?;
        write(&page, &self.page(&svg).into_string())?;
        Ok([page, picture])
    }

    fn page(&self, svg: &str) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { "leadshare: a demonstration" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    h1 { "leadshare" }
                    p.faint {
                        "A demonstration on " (self.on) ", with generated leads (seed " (self.demo.seed)
                        "). Nobody in it exists."
                    }
                    (self.figures())
                    h2 { "What came in, what it is, and where it went" }
                    (PreEscaped(svg))
                    h2 { "Who got what, and why" }
                    (self.partners())
                    @if let Some(told) = &self.told {
                        h2 { "One lead, as two partners read it" }
                        (two_copies(told))
                    }
                    h2 { "Held against the truth, which only the generator knew" }
                    ul { @for line in self.truth.lines() { li { (line) } } }
                    h2 { "The books" }
                    (self.equations())
                }
            }
        }
    }

    fn figures(&self) -> Markup {
        let figures = [
            (self.overview.messages(), "messages of agencies"),
            (self.books.total("normaliser", Counter::Leads), "leads in them"),
            (self.books.total("normaliser", Counter::DeadLetters), "dead letters"),
            (self.books.total("router", Counter::Outcomes), "decisions for a partner"),
            (self.books.total("router", Counter::Disclosures), "messages to partners"),
        ];
        html! {
            div.figures { @for (n, what) in figures { div { b { (n) } (what) } } }
        }
    }

    fn partners(&self) -> Markup {
        html! {
            table {
                tr { th { "partner" } th { "received" } th { "not sent" } }
                @for partner in self.overview.partners(self.definitions) {
                    tr {
                        td { b { (partner.name) } br; code.faint { (partner.id) } " " (partner.country) }
                        td {
                            span.good { (partner.received) }
                            @for why in &partner.why { br; (why) }
                        }
                        td.faint {
                            (partner.kept_back)
                            @for why in &partner.why_not { br; (why) }
                        }
                    }
                }
            }
        }
    }

    fn equations(&self) -> Markup {
        html! {
            table {
                @for equation in self.books.equations() {
                    tr {
                        td { @if equation.holds { span.good { "✓" } } @else { span.bad { "✗" } } " " (equation.text) }
                        td.n { (equation.left) }
                        td.n { (equation.right) }
                    }
                }
            }
        }
    }
}

fn two_copies(told: &TwoCopies) -> Markup {
    let [more, less] = &told.partners;
    html! {
        table {
            tr { th { "value" } th { (more) } th { (less) } }
            @for (path, value, other) in &told.rows {
                tr {
                    td { code.faint { (path) } }
                    td { (value) }
                    @match other {
                        Some(other) => td { (other) },
                        None => td.faint { "—" },
                    }
                }
            }
        }
        p.faint { (less) ": " (told.why) }
    }
}
