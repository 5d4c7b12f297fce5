//! How often what happens rarely is tried: a little by default, for long with `BOWLINE_LONG=1`.

pub(crate) fn times(quick: usize, long: usize) -> usize {
    let is_long = std::env::var_os("BOWLINE_LONG").is_some_and(|value| value == "1");
    if is_long { long } else { quick }
}
