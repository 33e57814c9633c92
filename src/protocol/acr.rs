//! How strongly a user was authenticated: classes (`acr`) and methods (`amr`, RFC 8176).

named_enum! {
    /// An authentication context class, weakest first: a stronger one meets a demand for a weaker.
    pub enum Acr as "acr" {
        /// One factor.
        OneFactor = "1fa",
        /// Two factors of different kinds.
        TwoFactors = "2fa",
        /// A factor that cannot be phished, such as a passkey.
        PhishingResistant = "phr",
    }
}

impl Acr {
    /// Whether this class is at least as strong as the one demanded.
    pub fn meets(self, demanded: Self) -> bool {
        self >= demanded
    }
}

named_enum! {
    /// An authentication method (RFC 8176 §2).
    pub enum Amr as "amr" {
        /// A password.
        Password = "pwd",
        /// A one-time password.
        OneTimePassword = "otp",
        /// A code sent by text message.
        Sms = "sms",
        /// A key in hardware.
        HardwareKey = "hwk",
        /// A key in software.
        SoftwareKey = "swk",
        /// A personal identification number.
        Pin = "pin",
        /// A test that the user is present.
        UserPresence = "user",
        /// Several factors.
        MultipleFactors = "mfa",
    }
}
