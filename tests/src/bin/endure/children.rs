//! What this program does as a child of itself.

use bowline_tests::trials::{children, soak};

use crate::pages;

pub(crate) fn play(role: &[String]) {
    let words: Vec<_> = role.iter().map(String::as_str).collect();
    match words[..] {
        ["soak-server", adapter, directory] => soak::play_server(adapter, directory, pages::settled),
        ["soak-client", connections, seed, ..] => {
            soak::play_client(number(connections), number(seed), &role[3..], pages::settled);
        }
        ["write", adapter, endpoint, count, seed] => {
            children::write(adapter, endpoint, number(count), number(seed));
        }
        ["read", adapter, endpoint, ..] => children::read(adapter, endpoint),
        _ => panic!("no such child: {role:?}"),
    }
}

fn number<N: core::str::FromStr>(digits: &str) -> N {
    digits.parse().unwrap_or_else(|_error| panic!("not a number: {digits}"))
}
