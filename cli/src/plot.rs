//! The distribution of latencies as a picture.

use core::ops::Range;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::latency::{self, Latencies};
use crate::{Failure, Result};

const SIZE: (u32, u32) = (900, 640);
const INK: RGBColor = RGBColor(0x1B, 0x6C, 0xA8);
const FAINT: RGBColor = RGBColor(0xC8, 0xD0, 0xD6);

/// Bars to a factor of ten.
const FINENESS: f64 = 40.0;

/// Whatever the picture's own crate complains of; without a screen only the file can fail.
type Drawn<E> = core::result::Result<(), DrawingAreaErrorKind<E>>;

/// Draws how many took how long, and below it how long all but a share took at most. SVG.
pub(crate) fn draw(file: &Path, title: &str, latencies: &Latencies) -> Result {
    let mut picture = String::new();
    draw_into(&mut picture, title, latencies).map_err(|error| Failure::Local(error.to_string()))?;
    std::fs::write(file, picture).map_err(Failure::local(file.display()))
}

fn draw_into<'a>(
    picture: &'a mut String,
    title: &str,
    latencies: &Latencies,
) -> Drawn<<SVGBackend<'a> as DrawingBackend>::ErrorType> {
    let root = SVGBackend::with_string(picture, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    root.draw(&Text::new(title.to_owned(), (16, 14), ("sans-serif", 17).into_font()))?;
    if latencies.is_empty() {
        root.draw(&Text::new("nothing was measured", (16, 60), ("sans-serif", 14).into_font()))?;
    } else {
        let (upper, lower) = root.margin(36, 8, 8, 20).split_vertically(300);
        draw_counts(&upper, latencies)?;
        draw_quantiles(&lower, latencies)?;
    }
    root.present()
}

/// How many took how long, with the percentiles that people ask for.
fn draw_counts<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    latencies: &Latencies,
) -> Drawn<B::ErrorType> {
    let (bars, reach) = (bars(latencies), reach(latencies));
    let most = bars.iter().map(|(_, count)| *count).max().unwrap_or(1) as f64;
    let mut chart = ChartBuilder::on(area)
        .caption("how many took how long", ("sans-serif", 13))
        .x_label_area_size(28)
        .y_label_area_size(70)
        .build_cartesian_2d(reach.clone().log_scale().with_key_points(marks(&reach)), 0.0..most * 1.12)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(FAINT)
        .x_label_formatter(&|value| latency::show(*value))
        .y_label_formatter(&|value| format!("{value:.0}"))
        .draw()?;
    let boxes = bars
        .iter()
        .map(|(range, count)| Rectangle::new([(range.start, 0.0), (range.end, *count as f64)], INK.filled()));
    chart.draw_series(boxes)?;
    for (share, name, line) in [(0.5, "p50", 0.0), (0.99, "p99", 1.0), (0.999, "p99.9", 2.0)] {
        let value = latencies.value_at_quantile(share) as f64;
        let label = format!("{name} {}", latency::show(value));
        // Beside its line: to the right, unless there is no room.
        let is_far = (reach.end / value).ln() < 0.15 * (reach.end / reach.start).ln();
        let side = if is_far { HPos::Right } else { HPos::Left };
        let style = ("sans-serif", 12).into_text_style(area).pos(Pos::new(side, VPos::Top));
        let place = if is_far { value / 1.01 } else { value * 1.01 };
        chart.draw_series([PathElement::new([(value, 0.0), (value, most * 1.12)], RED.mix(0.6))])?;
        chart.draw_series([Text::new(label, (place, most * (1.11 - 0.07 * line)), style)])?;
    }
    Ok(())
}

/// How long all but a share took at most; each step to the right is a tenth of the share.
fn draw_quantiles<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    latencies: &Latencies,
) -> Drawn<B::ErrorType> {
    let ceiling = latencies.max() as f64 * 1.1;
    let rarest = (latencies.len() as f64 * 2.0).max(100.0);
    let mut chart = ChartBuilder::on(area)
        .caption("how long all but a share took at most", ("sans-serif", 13))
        .x_label_area_size(28)
        .y_label_area_size(70)
        .build_cartesian_2d((1.0..rarest).log_scale(), 0.0..ceiling)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(FAINT)
        .x_label_formatter(&|rarity| format!("{}%", 100.0 - 100.0 / rarity))
        .y_label_formatter(&|value| latency::show(*value))
        .draw()?;
    let steps = latencies.iter_quantiles(8).map(|step| {
        let rarity = 1.0 / (1.0 - step.quantile_iterated_to());
        (rarity.clamp(1.0, rarest), step.value_iterated_to() as f64)
    });
    chart.draw_series(LineSeries::new(steps, INK.stroke_width(2)))?;
    Ok(())
}

/// From a little below the least to a little above the most.
fn reach(latencies: &Latencies) -> Range<f64> {
    latencies.min().max(1) as f64 / 1.2..latencies.max().max(1) as f64 * 1.2
}

/// 1, 2 and 5 in every power of ten.
fn marks(reach: &Range<f64>) -> Vec<f64> {
    let powers = (0..16).map(|power| 10_f64.powi(power));
    powers.flat_map(|power| [power, 2.0 * power, 5.0 * power]).filter(|mark| reach.contains(mark)).collect()
}

/// The counts between ends that are equally far apart in the picture.
fn bars(latencies: &Latencies) -> Vec<(Range<f64>, u64)> {
    let reach = reach(latencies);
    let step = 10_f64.powf(1.0 / FINENESS);
    let ends = core::iter::successors(Some(reach.start), |end| Some(end * step));
    let mut bars: Vec<_> =
        ends.take_while(|begin| *begin < reach.end).map(|begin| (begin..begin * step, 0)).collect();
    for step in latencies.iter_recorded() {
        let value = step.value_iterated_to() as f64;
        if let Some((_, count)) = bars.iter_mut().find(|(range, _)| range.contains(&value)) {
            *count += step.count_at_value();
        }
    }
    bars
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    // Mutant: the bars end below the longest.
    #[test]
    fn every_value_is_in_one_bar() {
        let mut latencies = latency::empty();
        (1..=10_000).for_each(|value| latency::record(&mut latencies, Duration::from_nanos(value * value)));
        assert_eq!(bars(&latencies).iter().map(|(_, count)| count).sum::<u64>(), 10_000);
    }

    #[test]
    fn what_was_not_measured_can_be_drawn() {
        let (mut nothing, mut one) = (String::new(), String::new());
        draw_into(&mut nothing, "nothing", &latency::empty()).unwrap();
        let mut latencies = latency::empty();
        latency::record(&mut latencies, Duration::from_micros(1));
        draw_into(&mut one, "one", &latencies).unwrap();
        assert!(nothing.contains("nothing was measured"));
        assert!(one.contains("p50 1.00 µs"));
    }
}
