//! The simulation alone, which builds faster than with all of bowline's adapters: `cargo run --release -p bowline-sim`.

fn main() -> std::process::ExitCode {
    bowline_sim::cli::main()
}
