//! What every feature's pages and handlers share: the shell of a page, its assets, forms and errors.

pub mod assets;
pub mod error_page;
pub mod form;
pub mod page;
pub mod scope_text;
