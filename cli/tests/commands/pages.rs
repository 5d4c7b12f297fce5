//! Help, completions, manual pages.

use bowline_tests::watchdog;

use crate::tool::{Place, run};

const COMMANDS: [&str; 10] =
    ["serve", "cat", "send", "receive", "ping", "bench", "inspect", "decode", "completions", "man"];

#[test]
fn help_has_examples_and_exit_codes() {
    watchdog::run("help", || {
        let help = run(&["--help"], b"").expect(0).stdout;
        assert!(help.contains("Exit codes:\n  0 "), "{help}");
        for command in COMMANDS {
            assert!(help.contains(&format!("\n  {command} ")), "{command}");
            let help = run(&[command, "--help"], b"").expect(0).stdout;
            assert!(
                help.contains(&format!("Examples:\n  bowline {command}")) || help.contains("Examples:\n  "),
                "{help}"
            );
            assert!(help.lines().all(|line| line.chars().count() <= 100), "{command}: {help}");
        }
    });
}

#[test]
fn wrong_usage_is_2() {
    watchdog::run("usage", || {
        for arguments in [&[][..], &["dance"], &["cat"], &["ping", "local://x", "-c", "0"], &["man", "dance"]]
        {
            run(arguments, b"").expect(2);
        }
    });
}

#[test]
fn every_shell_gets_completions() {
    watchdog::run("completions", || {
        for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
            let script = run(&["completions", shell], b"").expect(0).stdout;
            assert!(script.contains("bowline") && script.contains("decode"), "{shell}");
        }
    });
}

#[test]
fn every_command_has_a_manual_page() {
    watchdog::run("man", || {
        let place = Place::new();
        let folder = place.path("man1");
        run(&["man", "--dir", &folder], b"").expect(0);
        for command in COMMANDS {
            let page = std::fs::read_to_string(format!("{folder}/bowline-{command}.1")).unwrap();
            assert!(page.contains(".TH "), "{command}");
        }
        assert!(run(&["man"], b"").expect(0).stdout.contains("Exit codes"));
        assert!(run(&["man", "send"], b"").expect(0).stdout.contains("SHA\\-256"));
    });
}
