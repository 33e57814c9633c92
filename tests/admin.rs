//! The administrator's pages.

mod users;
