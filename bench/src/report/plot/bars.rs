//! A panel of horizontal bars.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::Result;
use crate::record::Spread;

/// Of the whole picture.
pub(super) const WIDTH: i32 = 900;
/// From one bar to the next.
pub(super) const LINE: i32 = 18;
pub(super) const GAP: i32 = 8;
/// Where bars begin and end.
const LEFT: i32 = 170;
const RIGHT: i32 = WIDTH - 150;

const OURS: RGBColor = RGBColor(0x1B, 0x6C, 0xA8);
const LIMIT: RGBColor = RGBColor(0x55, 0x55, 0x55);
const PEERS: RGBColor = RGBColor(0xB9, 0xC4, 0xCC);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// One workload.
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) bars: Vec<Bar>,
}

/// One contender in it.
pub(super) struct Bar {
    pub(super) contender: &'static str,
    pub(super) length: Spread,
    /// What is written behind it.
    pub(super) shown: String,
}

impl Panel {
    pub(super) fn height(&self) -> i32 {
        LINE * i32::try_from(self.bars.len() + 2).unwrap_or(i32::MAX)
    }

    pub(super) fn draw(&self, area: &Area<'_>, top: i32) -> Result {
        area.draw(&Text::new(self.title.clone(), (GAP, top), ("sans-serif", 14).into_font()))?;
        let most = self.bars.iter().map(|bar| bar.length.median()).fold(0.0, f64::max);
        for (bar, row) in self.bars.iter().zip(1..) {
            bar.draw(area, top + row * LINE, most)?;
        }
        Ok(())
    }
}

impl Bar {
    /// A bar as long as the median, with a line from the least to the most.
    fn draw(&self, area: &Area<'_>, top: i32, most: f64) -> Result {
        let (middle, bottom) = (top + LINE / 2, top + LINE - 4);
        let end = position(self.length.median(), most);
        area.draw(&Rectangle::new([(LEFT, top), (end, bottom)], self.color().filled()))?;
        let reach =
            [self.length.least(), self.length.most()].map(|value| (position(value, most), middle - 2));
        area.draw(&PathElement::new(reach, BLACK.mix(0.5)))?;
        let font = ("sans-serif", 12).into_font();
        let label = font.clone().into_text_style(area).pos(Pos::new(HPos::Right, VPos::Top));
        area.draw(&Text::new(self.contender, (LEFT - GAP, top + 2), label))?;
        area.draw(&Text::new(self.shown.clone(), (end.max(reach[1].0) + GAP, top + 2), font))?;
        Ok(())
    }

    fn color(&self) -> RGBColor {
        match self.contender {
            "l0" => LIMIT,
            name if name.starts_with("bowline") => OURS,
            _ => PEERS,
        }
    }
}

/// Where a value ends; what is off the scale ends at its end.
#[allow(clippy::cast_possible_truncation, reason = "it lies between the two")]
fn position(value: f64, most: f64) -> i32 {
    let share = if most > 0.0 { (value / most).clamp(0.0, 1.0) } else { 0.0 };
    LEFT + (share * f64::from(RIGHT - LEFT)).round() as i32
}
