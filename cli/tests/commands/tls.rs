//! `tls+tcp://`: every command through it, and who is kept out.

use bowline_tests::watchdog;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use crate::tool::{Place, Ran, Running, run, start};

/// Somebody who signs certificates, with files in a folder.
struct Authority<'a> {
    place: &'a Place,
    issuer: CertifiedIssuer<'static, KeyPair>,
    /// Its own certificate, a file.
    ca: String,
}

impl<'a> Authority<'a> {
    fn new(place: &'a Place, name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("randomness");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("a certificate");
        let ca = place.file(&format!("{name}.pem"), issuer.pem().as_bytes());
        Self { place, issuer, ca }
    }

    /// `--cert` and `--key` of somebody of this name.
    fn certify(&self, name: &str) -> [String; 4] {
        let key = KeyPair::generate().expect("randomness");
        let params = CertificateParams::new([name.to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let cert = self.place.file(&format!("{name}-cert.pem"), certificate.pem().as_bytes());
        let key = self.place.file(&format!("{name}-key.pem"), key.serialize_pem().as_bytes());
        ["--cert".into(), cert, "--key".into(), key]
    }
}

fn texts(options: &[String]) -> Vec<&str> {
    options.iter().map(String::as_str).collect()
}

/// Starts a command that listens on a port of the system's choice, and says where.
fn listen(command: &[&str], options: &[&str]) -> (Running, String) {
    let mut running = start(&[command, options].concat());
    let line = running.until("listening on");
    let endpoint = line.trim().strip_prefix("listening on ").expect("an endpoint").to_owned();
    (running, endpoint)
}

#[test]
fn every_command_goes_through_it() {
    watchdog::run("tls", || {
        let place = Place::new();
        let authority = Authority::new(&place, "authority");
        let shown = authority.certify("localhost");
        let (server, endpoint) = listen(&["serve", "tls+tcp://localhost:0"], &texts(&shown));
        let trusting = |command: &[&str], input: &[u8]| -> Ran {
            run(&[command, &["--ca", &authority.ca]].concat(), input).expect(0)
        };
        assert_eq!(trusting(&["cat", &endpoint, "-n", "1"], b"ahoy\n").stdout, "ahoy\n");
        let pinged = trusting(&["ping", &endpoint, "-c", "2", "-i", "1ms"], b"");
        assert!(pinged.stdout.contains("2 sent, 2 answered, 0 lost"), "{pinged:?}");
        trusting(&["bench", &endpoint, "--duration", "300ms", "--warmup", "0s"], b"");
        server.stop().expect(0);

        let (inbox, file) = (place.folder("inbox"), place.file("f", &[7; 300_000]));
        let (receiver, endpoint) = listen(&["receive", "tls+tcp://localhost:0", &inbox], &texts(&shown));
        trusting(&["send", &endpoint, &file], b"");
        receiver.end().expect(0);
        assert_eq!(std::fs::read(format!("{inbox}/f")).unwrap(), [7; 300_000]);
    });
}

// Mutants: the server asks nobody for a certificate; the client trusts everybody.
#[test]
fn strangers_are_kept_out_on_both_sides() {
    watchdog::run("tls strangers", || {
        let place = Place::new();
        let (ours, theirs) = (Authority::new(&place, "ours"), Authority::new(&place, "theirs"));
        let (shown, member) = (ours.certify("localhost"), ours.certify("member"));
        let stranger = theirs.certify("stranger");
        let options = [texts(&shown), vec!["--ca", &ours.ca]].concat();
        let (mut server, endpoint) = listen(&["serve", "tls+tcp://localhost:0"], &options);
        let cat = |ca: &str, shown: &[String]| {
            run(&[&["cat", &endpoint, "-n", "1", "--ca", ca][..], &texts(shown)].concat(), b"ahoy\n")
        };
        assert_eq!(cat(&ours.ca, &member).expect(0).stdout, "ahoy\n");
        let connected = server.until("client 1 connected");
        assert!(connected.contains("(certificate sha256 "), "{connected}");
        cat(&ours.ca, &[]).expect(1);
        cat(&ours.ca, &stranger).expect(1);
        let wrong_server = cat(&theirs.ca, &member).expect(1);
        assert!(wrong_server.stderr.contains("the peer's certificate is not accepted"), "{wrong_server:?}");
        server.stop().expect(0);
    });
}

#[test]
fn what_is_missing_or_unreadable_is_said() {
    watchdog::run("tls usage", || {
        let place = Place::new();
        let authority = Authority::new(&place, "authority");
        let shown = authority.certify("localhost");
        let says = |arguments: &[&str], code: i32, words: &str| {
            let ran = run(arguments, b"").expect(code);
            assert!(ran.stderr.contains(words), "{ran:?}");
        };
        says(&["serve", "tls+tcp://localhost:0"], 2, "--cert and --key must be given");
        says(&["cat", "tls+tcp://localhost:1"], 2, "--ca must be given");
        says(&["cat", "tls+tcp://localhost:1", "--cert", &shown[1]], 2, "--key <FILE>");
        says(&["cat", "tls+tcp://localhost:1", "--ca", &place.path("missing")], 4, "missing");
        says(&["cat", "tls+tcp://localhost:1", "--ca", &place.file("empty", b"")], 4, "empty: ");
        // A slip of the scheme does not end in sending in the clear.
        says(&["cat", "tcp://localhost:1", "--ca", &authority.ca], 2, "would not be encrypted");
        says(&[&["serve", "tcp://localhost:0"], &texts(&shown)[..]].concat(), 2, "would not be encrypted");
    });
}
