//! The code in the guide's chapters, run as tests: `cargo test -p bowline-guide`. The chapters themselves are in `src`,
//! for mdBook; what is here is hidden in them.

use core::error::Error;

use bowline_tokio::{Config, ConnectError, Role, Socket, from_stream};

/// What the examples end with.
pub type Result<T = ()> = core::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A client and a server that are connected in memory.
///
/// # Errors
/// None is expected.
pub async fn pair() -> core::result::Result<(Socket, Socket), ConnectError> {
    pair_with(Config::new()).await
}

/// The same, both with this configuration.
///
/// # Errors
/// None is expected.
pub async fn pair_with(config: Config) -> core::result::Result<(Socket, Socket), ConnectError> {
    let (near, far) = tokio::io::duplex(64 << 10);
    let client = from_stream(near, Role::Client, config, "the server");
    let server = from_stream(far, Role::Server, config, "the client");
    Ok((client.await?, server.await?))
}

/// An endpoint's text that no other example uses at the same time.
#[must_use]
pub fn unique(name: &str) -> String {
    format!("local://guide-{name}-{}", std::process::id())
}

/// Makes the code of each page a test.
macro_rules! pages {
    ($($name:ident $file:literal)*) => { $(
        #[cfg(doctest)]
        #[doc = include_str!(concat!("src/", $file, ".md"))]
        mod $name {}
    )* };
}

pages! {
    first_echo "first-echo"
    tasks "tasks"
    adapters "adapters"
    select "select"
    backpressure "backpressure"
    small_messages "small-messages"
    closing "closing"
    limits "limits"
    security "security"
    machines "machines"
    testing "testing"
    bare_metal "bare-metal"
    new_adapter "new-adapter"
    other_languages "other-languages"
    from_codec "from-codec"
    from_interprocess "from-interprocess"
    from_zeromq "from-zeromq"
    from_pipes "from-pipes"
    from_datapath "from-datapath"
}

/// Its code needs features that the rest is built without.
#[cfg(all(doctest, feature = "view"))]
#[doc = include_str!(concat!("src/", "looking-inside", ".md"))]
mod looking_inside {}
