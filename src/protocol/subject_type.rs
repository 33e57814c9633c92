//! Subject types (OpenID Connect Core §8).

named_enum! {
    /// How a client knows its users.
    pub enum SubjectType as "subject_type" {
        /// By the subject that every such client knows.
        Public = "public",
        /// By a subject of its sector's own, so that clients of different sectors cannot compare theirs.
        Pairwise = "pairwise",
    }
}
