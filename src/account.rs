//! People and their accounts: sign-in, sign-up and what an owner sees of an account.

pub mod pages;
