use super::check::{ABSTRACT_LIMIT, HOST_LIMIT, LOCAL_LIMIT, PIPE_LIMIT, UNIX_LIMIT};
use super::*;

fn parse(text: &str) -> Result<Endpoint, EndpointError> {
    text.parse()
}

#[test]
fn displays_exactly_what_was_parsed() {
    for text in [
        "unix:///run/app.sock",
        "unix:///run//odd/./path with spaces/é.sock",
        "abstract://name",
        "abstract://a/b\\c://d",
        "tcp://localhost:0",
        "tcp://127.0.0.1:65535",
        "tcp://[::1]:80",
        "tcp://[0:0::FFFF:127.0.0.1]:80",
        "tcp://my_host-1.example.:4000",
        "tls+tcp://host.example:443",
        "tls+tcp://[::1]:0",
        "pipe://name with spaces",
        "local://Name.of_an-app2",
    ] {
        let endpoint = parse(text).unwrap();
        assert_eq!(endpoint.to_string(), text);
        assert_eq!(Endpoint::try_from(text), Ok(endpoint.clone()));
        assert!(text.starts_with(endpoint.scheme()));
    }
}

#[test]
fn constructors_and_text_agree() {
    assert_eq!(Endpoint::unix("/run/app.sock"), parse("unix:///run/app.sock"));
    assert_eq!(Endpoint::abstract_name("name"), parse("abstract://name"));
    assert_eq!(Endpoint::tcp("::1", 80), parse("tcp://[::1]:80"));
    assert_eq!(Endpoint::tls("::1", 80), parse("tls+tcp://[::1]:80"));
    assert_eq!(Endpoint::pipe("name"), parse("pipe://name"));
    assert_eq!(Endpoint::local("name"), parse("local://name"));
}

#[test]
fn kind_gives_the_parts_back() {
    let unix = Endpoint::unix("/a").unwrap();
    assert_eq!(unix.kind(), EndpointKind::Unix(Path::new("/a")));
    let tcp = Endpoint::tcp("::1", 9).unwrap();
    assert_eq!(tcp.kind(), EndpointKind::Tcp { host: "::1", port: 9 });
    let tls = Endpoint::tls("host", 9).unwrap();
    assert_eq!(tls.kind(), EndpointKind::Tls { host: "host", port: 9 });
    assert_ne!(tls, Endpoint::tcp("host", 9).unwrap());
    assert_eq!(Endpoint::abstract_name("n").unwrap().kind(), EndpointKind::Abstract("n"));
    assert_eq!(Endpoint::pipe("n").unwrap().kind(), EndpointKind::Pipe("n"));
    assert_eq!(Endpoint::local("n").unwrap().kind(), EndpointKind::Local("n"));
}

#[test]
fn a_socket_address_is_an_endpoint() {
    for text in ["127.0.0.1:80", "[::1]:0"] {
        let address: SocketAddr = text.parse().unwrap();
        assert_eq!(Ok(Endpoint::from(address)), parse(&format!("tcp://{text}")));
    }
}

#[test]
fn schemes_are_exact() {
    for text in ["", "name", "/run/app.sock", "unix:/run/app.sock", "tcp:localhost:80"] {
        assert_eq!(parse(text), Err(EndpointError::NoScheme), "{text:?}");
    }
    for text in ["://x", "UNIX:///a", " unix:///a", "http://localhost:80", "unix\0:///a"] {
        assert_eq!(parse(text), Err(EndpointError::UnknownScheme), "{text:?}");
    }
}

#[test]
fn paths_are_absolute_and_name_a_file() {
    for text in ["unix://app.sock", "unix://./app.sock", "unix://run/app.sock", "unix://~/app.sock"] {
        assert_eq!(parse(text), Err(EndpointError::RelativePath), "{text:?}");
    }
    for text in ["unix:///", "unix:///run/", "unix:///run/.", "unix:///run/.."] {
        assert_eq!(parse(text), Err(EndpointError::NotAFile), "{text:?}");
    }
    assert!(parse("unix:///run/...").is_ok());
}

#[cfg(unix)]
#[test]
fn a_path_that_cannot_be_displayed_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::OsStr::from_bytes(b"/run/\xff.sock");
    assert_eq!(Endpoint::unix(path), Err(EndpointError::NotUtf8));
}

#[test]
fn names_keep_out_separators() {
    let wrong = |character, position| Err(EndpointError::Character { character, position });
    assert_eq!(parse("pipe://a\\b"), wrong('\\', 1));
    assert_eq!(parse("pipe://é/b"), wrong('/', 2));
    assert_eq!(parse("local://../escape"), wrong('/', 2));
    assert_eq!(parse("local://a b"), wrong(' ', 1));
    assert_eq!(parse("local://aé"), wrong('é', 1));
}

#[test]
fn hosts_are_names_or_addresses() {
    for text in [
        "tcp://::1:80",
        "tcp://[localhost]:80",
        "tcp://[127.0.0.1]:80",
        "tcp://[:::]:80",
        "tcp://[[::1]]:80",
        "tcp://[::1:80",
        "tcp://::1]:80",
        "tcp://[fe80::1%eth0]:80",
        "tcp://user@host:80",
        "tcp://host/path:80",
        "tcp://ho st:80",
        "tcp://é:80",
    ] {
        assert_eq!(parse(text), Err(EndpointError::Host), "{text:?}");
    }
    assert_eq!(Endpoint::tcp("[::1]", 80), Err(EndpointError::Host));
    assert_eq!(parse("tcp://:80"), Err(EndpointError::Empty));
}

#[test]
fn ports_are_plain_numbers() {
    for port in ["", "+80", "-1", "080", "00", "65536", "99999999999", "http", "80 ", "８０"] {
        assert_eq!(parse(&format!("tcp://host:{port}")), Err(EndpointError::Port), "{port:?}");
    }
    assert_eq!(parse("tcp://host"), Err(EndpointError::Port));
}

type Constructor = fn(&str) -> Result<Endpoint, EndpointError>;

/// Each constructor for text of any length, the limit of the whole text, and what its text must begin with.
const CONSTRUCTORS: [(Constructor, usize, &str); 5] = [
    (|text| Endpoint::unix(text), UNIX_LIMIT, "/"),
    (|text| Endpoint::abstract_name(text), ABSTRACT_LIMIT, ""),
    (|text| Endpoint::tcp(text, 1), HOST_LIMIT, ""),
    (|text| Endpoint::pipe(text), PIPE_LIMIT, ""),
    (|text| Endpoint::local(text), LOCAL_LIMIT, ""),
];

#[test]
fn every_length_is_checked_and_none_is_cut() {
    for (construct, limit, start) in CONSTRUCTORS {
        for length in start.len() + 1..=300 {
            let text = start.to_owned() + &"x".repeat(length - start.len());
            let expected =
                if length <= limit { None } else { Some(EndpointError::TooLong { limit, length }) };
            let result = construct(&text);
            assert_eq!(result.as_ref().err(), expected.as_ref(), "{length}");
            assert!(result.is_err() || result.unwrap().to_string().contains(&text));
        }
    }
}

#[test]
fn a_nul_is_refused_wherever_it_is() {
    for (construct, ..) in CONSTRUCTORS {
        for length in 1..=300 {
            for position in 0..length {
                let text = "x".repeat(position) + "\0" + &"x".repeat(length - position - 1);
                assert_eq!(construct(&text), Err(EndpointError::Nul { position }));
            }
        }
    }
}

#[test]
fn nothing_is_not_a_name() {
    for (construct, ..) in CONSTRUCTORS {
        assert_eq!(construct(""), Err(EndpointError::Empty));
    }
    for scheme in ["unix", "abstract", "pipe", "local"] {
        assert_eq!(parse(&format!("{scheme}://")), Err(EndpointError::Empty));
    }
}

#[test]
fn a_pipe_name_is_measured_in_utf16() {
    // Outside the basic plane a character is two units, and four bytes.
    assert!(Endpoint::pipe("😀".repeat(123)).is_ok());
    assert_eq!(Endpoint::pipe("😀".repeat(124)), Err(EndpointError::TooLong { limit: 247, length: 248 }));
}
