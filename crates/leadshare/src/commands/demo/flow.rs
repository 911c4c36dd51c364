//! The flow from agencies through verdicts to partners: as three columns of bars for a terminal, and as ribbons
//! for a browser.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::console::{Console, Style, shorten};
use crate::fault::Fault;

/// How much goes from whom to where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Flow {
    /// (agency, what its entries are) -> entries.
    pub(super) came: BTreeMap<(String, String), u64>,
    /// (what a lead is, partner) -> messages.
    pub(super) went: BTreeMap<(String, String), u64>,
}

/// A name with the size of its bar.
type Bar = (String, u64);

impl Flow {
    fn sums<'a>(pairs: impl Iterator<Item = (&'a String, &'a u64)>) -> Vec<Bar> {
        let mut sums: BTreeMap<&String, u64> = BTreeMap::new();
        for (name, n) in pairs {
            *sums.entry(name).or_default() += n;
        }
        let mut bars: Vec<Bar> = sums.into_iter().map(|(name, n)| (name.clone(), n)).collect();
        bars.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        bars
    }

    fn agencies(&self) -> Vec<Bar> {
        Self::sums(self.came.iter().map(|((agency, _), n)| (agency, n)))
    }

    fn kinds(&self) -> Vec<Bar> {
        Self::sums(self.came.iter().map(|((_, kind), n)| (kind, n)))
    }

    fn partners(&self) -> Vec<Bar> {
        Self::sums(self.went.iter().map(|((_, partner), n)| (partner, n)))
    }

    /// Three columns of bars.
    pub(super) fn print(&self, console: &mut Console) -> Result<(), Fault> {
        let columns = [self.agencies(), self.kinds(), self.partners()];
        let heads = ["agencies: entries", "what they are", "partners: messages"];
        let [agencies, kinds, partners] = &columns;
        let mut names = [agencies, kinds, partners].map(|bars| widest(bars));
        names.iter_mut().zip(NAMES).for_each(|(name, most)| *name = (*name).min(most));
        console.line(String::new())?;
        let mut head = String::from("  ");
        for (at, (title, name)) in heads.iter().zip(names).enumerate() {
            let width = name + BAR + 7;
            let arrow = if at < 2 { "─► " } else { "" };
            head += &format!("{title:<width$}{arrow}");
        }
        console.line(console.style(Style::Faint, head.trim_end()))?;
        let rows = columns.iter().map(Vec::len).max().unwrap_or_default();
        for row in 0..rows {
            let mut line = String::from("  ");
            for (at, (bars, name)) in columns.iter().zip(&names).enumerate() {
                let gap = if at < 2 { "   " } else { "" };
                match bars.get(row) {
                    None => line += &" ".repeat(name + BAR + 7),
                    Some((label, n)) => {
                        let most = bars.first().map_or(1, |(_, most)| *most);
                        let bar = format!("{:<BAR$}", bar(*n, most));
                        let bar = console.style(style_of(label), &bar);
                        line += &format!("{:<name$} {bar} {n:>5}", shorten(label, *name));
                    }
                }
                line += gap;
            }
            console.line(line.trim_end())?;
        }
        Ok(())
    }

    /// The same as ribbons. Sizes of the two sides differ: one lead becomes several messages.
    pub(super) fn svg(&self) -> String {
        let (agencies, kinds, partners) = (self.agencies(), self.kinds(), self.partners());
        let tall = [&agencies, &kinds, &partners].map(|bars| bars.len()).into_iter().max().unwrap_or(1);
        let height = 26.0 * tall as f64 + 120.0;
        let stacks = [stack(&agencies, height), stack(&kinds, height), stack(&partners, height)];
        let [left, middle, right] = &stacks;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1180 {:.0}\" role=\"img\" \
             aria-label=\"Flow from agencies through verdicts to partners\" font-family=\"system-ui, sans-serif\" \
             font-size=\"13\">\n",
            height + 64.0
        );
        ribbons(&mut svg, &self.came, left, middle, [LEFT + NODE, MIDDLE], |_, kind| kind);
        ribbons(&mut svg, &self.went, middle, right, [MIDDLE + NODE, RIGHT], |kind, _| kind);
        for (x, title, anchor) in
            [(LEFT, "agencies", "start"), (MIDDLE, "what it is", "start"), (RIGHT, "partners", "end")]
        {
            let x = if anchor == "end" { x + NODE } else { x };
            let _ = writeln!(
                svg,
                "<text x=\"{x:.0}\" y=\"18\" text-anchor=\"{anchor}\" font-weight=\"600\">{title}</text>"
            );
        }
        for (nodes, x, side) in [(left, LEFT, -8.0), (middle, MIDDLE, NODE + 8.0), (right, RIGHT, NODE + 8.0)]
        {
            let anchor = if side < 0.0 { "end" } else { "start" };
            let mut above = 0.0_f64;
            for node in nodes {
                let (color, y) = (color_of(&node.name), node.top + TOP);
                // Names of small nodes would stand on each other.
                above = (y + node.height / 2.0 + 4.5).max(above + LINE);
                let _ = writeln!(
                    svg,
                    "<rect x=\"{x:.0}\" y=\"{y:.1}\" width=\"{NODE:.0}\" height=\"{:.1}\" fill=\"{color}\"/>\
                     <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{} {}</text>",
                    node.height.max(1.0),
                    x + side,
                    above,
                    node.name,
                    node.size
                );
            }
        }
        svg + "</svg>\n"
    }
}

const BAR: usize = 5;
/// Columns that names may take, so that a line fits a terminal.
const NAMES: [usize; 3] = [16, 11, 29];
const LEFT: f64 = 175.0;
const MIDDLE: f64 = 520.0;
const RIGHT: f64 = 910.0;
const NODE: f64 = 14.0;
const TOP: f64 = 32.0;
const GAP: f64 = 10.0;
const LINE: f64 = 15.0;

fn widest(bars: &[Bar]) -> usize {
    bars.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default()
}

/// A bar in eighths of a character.
fn bar(n: u64, most: u64) -> String {
    let eighths = (n.saturating_mul(8 * BAR as u64)).div_ceil(most.max(1));
    let (full, rest) = (usize::try_from(eighths / 8).unwrap_or(BAR), eighths % 8);
    let part = match rest {
        0 => "",
        1 => "▏",
        2 => "▎",
        3 => "▍",
        4 => "▌",
        5 => "▋",
        6 => "▊",
        _ => "▉",
    };
    "█".repeat(full.min(BAR)) + part
}

fn style_of(name: &str) -> Style {
    match name {
        "dead letter" => Style::Bad,
        "replay" | "stale" | "no lead" => Style::Faint,
        "cancel" => Style::Notice,
        _ => Style::Good,
    }
}

/// A colour for each verdict; agencies and partners are grey.
fn color_of(name: &str) -> &'static str {
    match name {
        "new" => "#2a9d8f",
        "related" => "#457b9d",
        "duplicate" => "#8d99ae",
        "update" => "#6a994e",
        "amendment" => "#a7c957",
        "cancel" => "#e9a03b",
        "replay" => "#b8b8b8",
        "stale" => "#9a8c98",
        "no lead" => "#c9ada7",
        "dead letter" => "#c1121f",
        _ => "#3d405b",
    }
}

/// A node: where it stands, and how large it is.
#[derive(Debug, Clone, PartialEq)]
struct Node {
    name: String,
    size: u64,
    top: f64,
    height: f64,
}

/// Nodes one below the other, as high as their sizes, over the whole height.
fn stack(bars: &[Bar], height: f64) -> Vec<Node> {
    let total: u64 = bars.iter().map(|(_, n)| n).sum();
    let free = height - GAP * bars.len().saturating_sub(1) as f64;
    let mut top = 0.0;
    bars.iter()
        .map(|(name, n)| {
            let own = free * *n as f64 / total.max(1) as f64;
            let node = Node { name: name.clone(), size: *n, top, height: own };
            top += own + GAP;
            node
        })
        .collect()
}

/// Ribbons between two stacks. Each side of a node is filled by its ribbons, whatever their sum.
fn ribbons(
    svg: &mut String,
    links: &BTreeMap<(String, String), u64>,
    from: &[Node],
    to: &[Node],
    [x0, x1]: [f64; 2],
    colored_by: impl for<'a> Fn(&'a str, &'a str) -> &'a str,
) {
    let sum = |keep: &dyn Fn(&(String, String)) -> bool| -> f64 {
        links.iter().filter(|(key, _)| keep(key)).map(|(_, n)| *n as f64).sum()
    };
    let mut used: BTreeMap<(bool, &str), f64> = BTreeMap::new();
    for a in from {
        let leaving = sum(&|(name, _)| *name == a.name);
        for b in to {
            let Some(n) = links.get(&(a.name.clone(), b.name.clone())) else { continue };
            let arriving = sum(&|(_, name)| *name == b.name);
            let (h0, h1) = (a.height * *n as f64 / leaving, b.height * *n as f64 / arriving);
            let y0 = a.top + TOP + *used.entry((false, &a.name)).or_default();
            let y1 = b.top + TOP + *used.entry((true, &b.name)).or_default();
            *used.entry((false, &a.name)).or_default() += h0;
            *used.entry((true, &b.name)).or_default() += h1;
            let mid = f64::midpoint(x0, x1);
            let color = color_of(colored_by(&a.name, &b.name));
            let _ = writeln!(
                svg,
                "<path d=\"M{x0:.1} {y0:.1}C{mid:.1} {y0:.1} {mid:.1} {y1:.1} {x1:.1} {y1:.1}L{x1:.1} {:.1}\
                 C{mid:.1} {:.1} {mid:.1} {:.1} {x0:.1} {:.1}Z\" fill=\"{color}\" fill-opacity=\"0.35\">\
                 <title>{} → {}: {n}</title></path>",
                y1 + h1,
                y1 + h1,
                y0 + h0,
                y0 + h0,
                a.name,
                b.name
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow() -> Flow {
        let pair = |a: &str, b: &str, n: u64| ((a.to_owned(), b.to_owned()), n);
        Flow {
            came: [pair("one", "new", 30), pair("two", "new", 10), pair("two", "replay", 10)].into(),
            went: [pair("new", "p", 40), pair("new", "q", 20)].into(),
        }
    }

    #[test]
    fn stacks_fill_the_height_and_keep_proportions() {
        let nodes = stack(&flow().agencies(), 110.0);
        let shapes: Vec<(f64, f64)> = nodes.iter().map(|node| (node.top, node.height)).collect();
        assert_eq!(shapes, [(0.0, 60.0), (70.0, 40.0)]);
    }

    #[test]
    fn the_picture_is_xml_with_a_ribbon_for_each_pair() {
        let svg = flow().svg();
        let document = roxmltree::Document::parse(&svg);
        assert!(document.is_ok(), "{svg}");
        assert_eq!(svg.matches("<path ").count(), 5);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    #[test]
    fn bars_are_proportional_and_never_vanish() {
        assert_eq!(bar(8, 8), "█████");
        assert_eq!(bar(4, 8), "██▌");
        assert_eq!(bar(1, 1_000_000), "▏");
        assert_eq!(bar(0, 0), "");
    }
}
