//! A total as a waterfall: from where the sum begins, group by group, to where it ends.

use std::fmt::Write as _;

use lead::matter::LeadLink;

/// One step of the sum, in millibits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// The group, or where the sum begins.
    pub(super) label: String,
    /// What it adds up to before its cap, where that is another number.
    pub(super) uncapped: Option<i32>,
    pub(super) from: i32,
    pub(super) to: i32,
}

impl Step {
    pub(super) fn adds(&self) -> i32 {
        self.to.saturating_sub(self.from)
    }
}

/// From which totals on something is to become of two leads, in millibits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Thresholds {
    pub(super) link: i32,
    pub(super) review: i32,
}

/// The steps from nothing to the total, those that speak for it first.
pub(super) fn steps(link: &LeadLink) -> Vec<Step> {
    let mut groups: Vec<_> = link.groups.iter().collect();
    groups.sort_by_key(|g| std::cmp::Reverse(g.counted_millibits));
    let begins = format!(
        "before: any two, or {}",
        if link.rival == "household" { "two of one home" } else { "strangers" }
    );
    let mut steps = vec![Step { label: begins, uncapped: None, from: 0, to: link.prior_millibits }];
    let mut at = link.prior_millibits;
    for group in groups {
        let to = at.saturating_add(group.counted_millibits);
        let uncapped = (group.sum_millibits != group.counted_millibits).then_some(group.sum_millibits);
        steps.push(Step { label: group.group.clone(), uncapped, from: at, to });
        at = to;
    }
    steps
}

/// The totals that a picture must hold.
fn range(steps: &[Step], thresholds: Option<Thresholds>) -> (i32, i32) {
    let ends = steps.iter().flat_map(|s| [s.from, s.to]);
    let marks = thresholds.into_iter().flat_map(|t| [t.link, t.review]);
    let all: Vec<i32> = ends.chain(marks).chain([0]).collect();
    (all.iter().copied().min().unwrap_or(0), all.iter().copied().max().unwrap_or(1).max(1))
}

/// The bar of a step in so many columns; the threshold of linking stands as a line.
pub(super) fn bar(step: &Step, steps: &[Step], thresholds: Option<Thresholds>, columns: usize) -> String {
    let (least, most) = range(steps, thresholds);
    let column = |at: i32| {
        let width = i64::from(most) - i64::from(least);
        let offset = (i64::from(at) - i64::from(least)) * i64::try_from(columns).unwrap_or(1);
        usize::try_from(offset / width.max(1)).unwrap_or_default().min(columns.saturating_sub(1))
    };
    let (from, to) = (column(step.from.min(step.to)), column(step.from.max(step.to)));
    let link = thresholds.map(|t| column(t.link));
    let cell = |n: usize| match n {
        n if (from..=to).contains(&n) => {
            if step.to < step.from {
                '░'
            } else {
                '█'
            }
        }
        n if Some(n) == link => '┊',
        _ => ' ',
    };
    (0..columns).map(cell).collect::<String>().trim_end().to_owned()
}

/// Millibits as bits, with a sign.
pub(super) fn bits(millibits: i32) -> String {
    format!("{:+.1}", f64::from(millibits) / 1_000.0)
}

/// A picture: the steps from top to bottom, thresholds as lines. Labels are codes of ours, never a value of a lead.
pub(super) fn svg(title: &str, steps: &[Step], thresholds: Option<Thresholds>) -> String {
    const LEFT: f64 = 250.0;
    const WIDTH: f64 = 480.0;
    const ROW: f64 = 28.0;
    let (least, most) = range(steps, thresholds);
    let x =
        |at: i32| LEFT + WIDTH * (f64::from(at) - f64::from(least)) / (f64::from(most) - f64::from(least));
    let y = |row: usize| 48.0 + ROW * f64::from(u32::try_from(row).unwrap_or(u32::MAX));
    let height = y(steps.len() + 1) + 24.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 800 {height:.0}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"800\" height=\"{height:.0}\" fill=\"#fff\"/>\n<text x=\"16\" y=\"26\" font-size=\"15\">{title}</text>\n"
    );
    let bottom = y(steps.len() + 1);
    for (name, at) in thresholds.iter().flat_map(|t| [("link", t.link), ("review", t.review)]) {
        let x = x(at);
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.1}\" y1=\"40\" x2=\"{x:.1}\" y2=\"{bottom:.1}\" stroke=\"#888\" stroke-dasharray=\"4 3\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#555\">{name} {}</text>",
            bottom + 16.0,
            bits(at)
        );
    }
    let total = steps.last().map_or(0, |s| s.to);
    let sum = Step { label: "total".into(), uncapped: None, from: 0, to: total };
    for (row, step) in steps.iter().chain([&sum]).enumerate() {
        let (from, to) = (x(step.from.min(step.to)), x(step.from.max(step.to)));
        let color = if step.label == "total" {
            "#345"
        } else if step.to < step.from {
            "#b44"
        } else {
            "#4a8"
        };
        let cap = step.uncapped.map(|n| format!(" of {}", bits(n))).unwrap_or_default();
        let top = y(row);
        let _ = writeln!(
            svg,
            "<text x=\"16\" y=\"{:.1}\">{}</text><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}{cap}</text>\
             <rect x=\"{from:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"18\" fill=\"{color}\"/>",
            top + 14.0,
            step.label,
            LEFT - 10.0,
            top + 14.0,
            bits(step.adds()),
            (to - from).max(1.0)
        );
    }
    svg.push_str("</svg>\n");
    svg
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]
    use lead::matter::GroupWeight;

    use super::*;

    fn link() -> LeadLink {
        let group = |group: &str, sum, counted| GroupWeight {
            group: group.into(),
            sum_millibits: sum,
            counted_millibits: counted,
        };
        LeadLink {
            prior_millibits: -9_000,
            weight_millibits: 9_000,
            groups: vec![
                group("birth", -4_000, -4_000),
                group("phone", 19_800, 16_000),
                group("given", 6_000, 6_000),
            ],
            ..LeadLink::default()
        }
    }

    #[test]
    fn steps_lead_from_the_prior_to_the_total() {
        let steps = steps(&link());
        assert_eq!(steps.iter().map(Step::adds).sum::<i32>(), 9_000);
        assert_eq!(steps.last().map(|s| s.to), Some(9_000));
        assert_eq!(steps.get(1).map(|s| (s.label.as_str(), s.uncapped)), Some(("phone", Some(19_800))));
    }

    #[test]
    fn bars_begin_where_the_one_before_ended() {
        let steps = steps(&link());
        let thresholds = Some(Thresholds { link: 6_600, review: -4_000 });
        let bars: Vec<String> = steps.iter().map(|s| bar(s, &steps, thresholds, 22)).collect();
        assert_eq!(bars.first().map(String::as_str), Some("░░░░░░░░░░     ┊"));
        // What speaks for it runs on from where the one before ended; what speaks against it leads back.
        let filled = |c: char| c == '█' || c == '░';
        let starts: Vec<_> =
            bars.iter().map(|bar| bar.chars().position(filled).unwrap_or_default()).collect();
        let ends: Vec<_> = bars
            .iter()
            .zip(&starts)
            .map(|(bar, start)| start + bar.chars().filter(|c| filled(*c)).count() - 1)
            .collect();
        assert_eq!((starts[1], starts[2]), (starts[0], ends[1]));
        assert_eq!(ends[3], ends[2]);
        assert!(bars.iter().all(|bar| bar.chars().count() <= 22));
    }

    #[test]
    fn a_picture_says_every_step() {
        let steps = steps(&link());
        let svg = svg("two leads", &steps, Some(Thresholds { link: 6_600, review: -4_000 }));
        for text in ["phone", "+16.0 of +19.8", "link +6.6", "review -4.0", "total", "two leads"] {
            assert!(svg.contains(text), "{text}");
        }
        assert_eq!(svg.matches("<rect").count(), 1 + steps.len() + 1);
    }
}
