//! What the tests ask of all studies together. They are part of the library, so that it is compiled once for them.

mod networks;
mod quick;
