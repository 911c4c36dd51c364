//! Levels fall: a stronger agreement never says less than a weaker one.

use crate::logarithm::Millibits;

use super::number::hundreds;

/// What stands on a rung before it is smoothed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Standing {
    /// The table's value, which is not moved.
    Kept(Millibits),
    /// A learned value, in millibits, and how much it is worth beside others.
    Learned { value: f64, worth: f64 },
}

impl Standing {
    /// The value, if it is not moved.
    pub(super) fn kept(self) -> Option<Millibits> {
        match self {
            Self::Kept(value) => Some(value),
            Self::Learned { .. } => None,
        }
    }
}

/// The least and the most of one rung.
pub(super) type Bounds = (Millibits, Millibits);

/// Smooths rungs from strong to weak, with what an equal value says above them where that is known.
///
/// Neighbours in the wrong order are pooled to their mean. Then each is brought between the kept values beside it
/// and into its own bounds.
pub(super) fn smooth(top: Option<(f64, f64)>, rungs: &[(Standing, Bounds)]) -> Vec<Millibits> {
    let learned = rungs.iter().filter_map(|(standing, _)| match standing {
        Standing::Learned { value, worth } => Some((*value, *worth)),
        Standing::Kept(_) => None,
    });
    let pooled = pool(top.into_iter().chain(learned));
    let mut pooled = pooled.into_iter().skip(usize::from(top.is_some()));
    // No rung is above what stands or may stand over it, none below what stands or may stand under it.
    let mut most = Millibits::MAX;
    let above = rungs.iter().map(|(standing, (_, bound))| {
        most = most.min(*bound).min(standing.kept().unwrap_or(Millibits::MAX));
        most
    });
    let mut least = Millibits::MIN;
    let below = rungs.iter().rev().map(|(standing, (bound, _))| {
        least = least.max(*bound).max(standing.kept().unwrap_or(Millibits::MIN));
        least
    });
    let mut below: Vec<Millibits> = below.collect();
    below.reverse();
    let bounds = above.zip(below);
    let smoothed = rungs.iter().zip(bounds).map(|((standing, _), (above, below))| match standing {
        Standing::Kept(value) => *value,
        Standing::Learned { value, .. } => hundreds(pooled.next().unwrap_or(*value)).max(below).min(above),
    });
    smoothed.collect()
}

/// Pools adjacent violators: the falling values that are nearest to those given, each weighed by its worth.
fn pool(values: impl Iterator<Item = (f64, f64)>) -> Vec<f64> {
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (value, worth) in values {
        let mut block = (value, worth, 1);
        while let Some((above, weight, length)) = blocks.pop_if(|(above, ..)| *above < block.0) {
            let together = weight + block.1;
            block = ((above * weight + block.0 * block.1) / together, together, length + block.2);
        }
        blocks.push(block);
    }
    blocks.into_iter().flat_map(|(value, _, length)| std::iter::repeat_n(value, length)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: Bounds = (-64_000, 64_000);

    fn learned(value: f64, worth: f64) -> (Standing, Bounds) {
        (Standing::Learned { value, worth }, WIDE)
    }

    #[test]
    fn what_falls_is_only_rounded() {
        let rungs = [learned(5_021.0, 10.0), learned(2_480.0, 10.0), learned(-3_555.0, 10.0)];
        assert_eq!(smooth(Some((8_000.0, 100.0)), &rungs), [5_000, 2_500, -3_600]);
    }

    #[test]
    fn what_does_not_fall_is_pooled_by_worth() {
        let rungs = [learned(2_000.0, 30.0), learned(6_000.0, 10.0), learned(-1_000.0, 5.0)];
        assert_eq!(smooth(None, &rungs), [3_000, 3_000, -1_000]);
        // "Nearly equal" outweighs "equal": it is drawn down to it.
        assert_eq!(smooth(Some((7_600.0, 300.0)), &[learned(8_200.0, 100.0)]), [7_800]);
    }

    #[test]
    fn a_kept_value_holds_its_neighbours() {
        let kept = |value| (Standing::Kept(value), WIDE);
        assert_eq!(
            smooth(None, &[learned(5_500.0, 9.0), kept(6_050), learned(6_800.0, 9.0)]),
            [6_200, 6_050, 6_050]
        );
        assert_eq!(smooth(None, &[learned(400.0, 1.0), kept(0), learned(300.0, 1.0)]), [400, 0, 0]);
    }

    #[test]
    fn a_value_stays_within_its_bounds() {
        let standing = Standing::Learned { value: 700.0, worth: 1.0 };
        assert_eq!(smooth(None, &[(standing, (-64_000, 0))]), [0]);
        assert_eq!(smooth(None, &[(standing, (1_000, 64_000))]), [1_000]);
        // A bound holds what is below it too.
        assert_eq!(smooth(None, &[(standing, (-64_000, 0)), learned(500.0, 1.0)]), [0, 0]);
    }
}
