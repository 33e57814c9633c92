//! For people who connect applications: their applications, and the playground.

pub mod pages;
pub mod snippets;
