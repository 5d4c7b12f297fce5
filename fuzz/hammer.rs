//! Damaged vectors into the frame parser, as fast as it takes them: no panic, no growth, no spin. Without feedback, so
//! that it makes up in number for what it does not learn. Usage: hammer [SECONDS [SEED]]

use std::time::{Duration, Instant};

#[allow(dead_code)]
#[path = "../core/tests/core/kit/mod.rs"]
mod kit;

use kit::Random;

fn main() {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse().expect("a number"));
    let (seconds, seed) = (numbers.next().unwrap_or(10), numbers.next().unwrap_or(1));
    let seeds = seeds();
    println!("{} seeds, seed {seed}", seeds.len());
    let (begin, mut random) = (Instant::now(), Random::new(seed));
    let (mut executions, mut messages, mut bytes) = (0_u64, 0, 0);
    while begin.elapsed() < Duration::from_secs(seconds) {
        for _ in 0..10_000 {
            let input = damaged(&seeds, &mut random);
            messages += kit::hostile::feed_once(&input) as u64;
            bytes += input.len() as u64;
        }
        executions += 10_000;
    }
    let rate = executions as f64 / begin.elapsed().as_secs_f64();
    println!("{executions} executions, {rate:.0} a second; {bytes} bytes, {messages} messages; 0 failed");
}

/// The corpus, short ones only: the damage shall matter.
fn seeds() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/frames");
    let paths = std::fs::read_dir(folder).expect("a corpus").map(|entry| entry.expect("a seed").path());
    let seeds = paths.map(|path| std::fs::read(path).expect("a seed"));
    let mut seeds: Vec<_> = seeds.filter(|seed| (8..400).contains(&seed.len())).collect();
    seeds.sort();
    seeds
}

/// One seed, with bits flipped, cut, doubled, or with another's tail.
fn damaged(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(4) {
        let at = random.below(input.len());
        match random.below(8) {
            0 => input.truncate(at),
            1 => input.insert(at, random.byte()),
            2 => input.extend_from_within(at..),
            3 => input.extend(&seeds[random.below(seeds.len())]),
            4 => input.truncate(input.len() - input.len() / 4),
            5 if at < input.len() => input[at] = random.byte(),
            _ if at < input.len() => input[at] ^= 1 << (random.byte() % 8),
            _ => input.push(random.byte()),
        }
    }
    input
}
