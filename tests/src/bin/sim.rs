//! Runs the simulation over many seeds, or plays one again: `cargo run --release -p bowline-tests --bin sim -- --help`.

fn main() -> std::process::ExitCode {
    bowline_sim::cli::main()
}
