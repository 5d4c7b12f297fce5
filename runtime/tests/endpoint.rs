//! Any text as an endpoint: parsing never panics, keeps its limits, and is undone by display. The fuzz target `endpoint`
//! calls `check`.

#![allow(dead_code, reason = "as part of the fuzz target it has no tests")]

use bowline_runtime::{Endpoint, EndpointError, EndpointKind};

type Constructor = fn(&str) -> Result<Endpoint, EndpointError>;

const CONSTRUCTORS: [Constructor; 6] = [
    |text| Endpoint::unix(text),
    |text| Endpoint::abstract_name(text),
    |text| Endpoint::tcp(text, 80),
    |text| Endpoint::tls(text, 80),
    |text| Endpoint::pipe(text),
    |text| Endpoint::local(text),
];

/// Takes the bytes for an endpoint, and for a part of each kind of endpoint.
pub(crate) fn check(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(endpoint) = text.parse::<Endpoint>() {
        assert_eq!(endpoint.to_string(), text, "display says something else");
        check_endpoint(&endpoint);
    }
    for construct in CONSTRUCTORS {
        if let Ok(endpoint) = construct(text) {
            assert!(endpoint.to_string().contains(text), "something is cut");
            check_endpoint(&endpoint);
        }
    }
}

fn check_endpoint(endpoint: &Endpoint) {
    assert_eq!(endpoint.to_string().parse().as_ref(), Ok(endpoint));
    assert!(endpoint.to_string().starts_with(&format!("{}://", endpoint.scheme())));
    let (again, length, limit) = match endpoint.kind() {
        EndpointKind::Unix(path) => {
            let path = path.to_str().expect("it was text");
            assert!(path.starts_with('/') && !path.ends_with(['/']) && !path.ends_with("/.."), "{path}");
            (Endpoint::unix(path), path.len(), 107)
        }
        EndpointKind::Abstract(name) => (Endpoint::abstract_name(name), name.len(), 107),
        EndpointKind::Tcp { host, port } => {
            assert!(!host.contains(['/', '[', ']', '%', '@', ' ']), "{host}");
            (Endpoint::tcp(host, port), host.len(), 253)
        }
        EndpointKind::Tls { host, port } => {
            assert!(!host.contains(['/', '[', ']', '%', '@', ' ']), "{host}");
            (Endpoint::tls(host, port), host.len(), 253)
        }
        EndpointKind::Pipe(name) => {
            assert!(!name.contains(['/', '\\']), "{name}");
            (Endpoint::pipe(name), name.encode_utf16().count(), 247)
        }
        EndpointKind::Local(name) => {
            assert!(
                name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)),
                "{name}"
            );
            (Endpoint::local(name), name.len(), 64)
        }
        other => panic!("{other:?} is new"),
    };
    assert_eq!(again.as_ref(), Ok(endpoint));
    assert!((1..=limit).contains(&length) && !endpoint.to_string().contains('\0'));
}

// Mutants: a port is parsed as `str::parse` does (`+80`, `080`); brackets are taken off a name; a length is not checked.
#[test]
fn every_seed_is_refused_or_displayed_as_it_was() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/corpus/endpoint");
    let seeds: Vec<_> = std::fs::read_dir(folder).expect("a corpus").collect();
    assert!(seeds.len() >= 50, "{} seeds", seeds.len());
    for seed in seeds {
        check(&std::fs::read(seed.expect("a seed").path()).expect("a seed"));
    }
}
