//! Tells the linker where the memory of the machine lies.

fn main() {
    let folder = env!("CARGO_MANIFEST_DIR");
    println!("cargo:rustc-link-search={folder}");
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
    println!("cargo:rerun-if-changed={folder}/memory.x");
}
