//! Stored password hashes: PHC strings of argon2, and the work they ask for.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Error, Params, Version};

use crate::random::Random;
use crate::secret::same;

/// The bytes of a salt and of a hash that are made here (RFC 9106 §4).
const SALT: usize = 16;
const HASH: usize = 32;
/// The most that a stored hash may ask for: an imported one must not be a way to stop the server.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
const MAX_ITERATIONS: u32 = 64;
const MAX_LANES: u32 = 64;

/// What a new hash costs.
#[derive(Debug, Clone)]
pub struct Parameters(Params);

impl Parameters {
    /// Memory in KiB, passes over it, and lanes.
    ///
    /// # Errors
    /// If argon2 does not accept them.
    pub fn new(memory_kib: u32, iterations: u32, lanes: u32) -> Result<Self, Error> {
        Params::new(memory_kib, iterations, lanes, Some(HASH)).map(Self)
    }

    /// The memory of one hash, in blocks of 1 KiB.
    pub const fn blocks(&self) -> usize {
        self.0.block_count()
    }

    /// Hashes a password into a PHC string.
    ///
    /// # Errors
    /// If argon2 refuses.
    pub fn hash(&self, password: &str, salt: &[u8; SALT], memory: &mut Vec<Block>) -> Result<String, Error> {
        let mut output = [0; HASH];
        compute(Algorithm::Argon2id, Version::V0x13, &self.0, password, salt, &mut output, memory)?;
        Ok(self.write(salt, &output).to_string())
    }

    /// A hash that costs as much to compare as any other, and that no password has: it is random.
    #[expect(clippy::missing_panics_doc, reason = "it cannot happen, as the expectation says")]
    pub fn unmatchable(&self, random: &Random) -> Stored {
        let hash = self.write(&random.bytes(), &random.bytes());
        Stored::read(&hash).expect("what is written here can be read")
    }

    fn write(&self, salt: &[u8; SALT], output: &[u8; HASH]) -> PasswordHash {
        PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.0).expect("three numbers are within a PHC string's limit"),
            salt: Some(Salt::new(salt).expect("16 bytes are a salt")),
            hash: Some(Output::new(output).expect("32 bytes are an output")),
        }
    }
}

/// A stored hash, read.
#[derive(Clone)]
pub struct Stored {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Salt,
    hash: Output,
}

/// The stored text is no argon2 hash that may be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unusable;

impl Stored {
    /// Reads a PHC string of argon2id, argon2i or argon2d.
    ///
    /// # Errors
    /// If it is none, or asks for more than 1 GiB, 64 passes or 64 lanes.
    pub fn parse(text: &str) -> Result<Self, Unusable> {
        Self::read(&PasswordHash::new(text).map_err(|_| Unusable)?)
    }

    fn read(phc: &PasswordHash) -> Result<Self, Unusable> {
        let params = Params::try_from(phc).map_err(|_| Unusable)?;
        if params.m_cost() > MAX_MEMORY_KIB || params.t_cost() > MAX_ITERATIONS || params.p_cost() > MAX_LANES {
            return Err(Unusable);
        }
        Ok(Self {
            algorithm: phc.algorithm.as_str().parse().map_err(|_| Unusable)?,
            // A string without a version is of the first one (PHC string format, argon2).
            version: phc.version.unwrap_or(0x10).try_into().map_err(|_| Unusable)?,
            params,
            salt: phc.salt.ok_or(Unusable)?,
            hash: phc.hash.ok_or(Unusable)?,
        })
    }

    /// Whether a new hash would be made just so.
    pub fn made_with(&self, parameters: &Parameters) -> bool {
        let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        let lengths = (self.salt.len() >= SALT, self.hash.len() == HASH);
        (self.algorithm, self.version) == (Algorithm::Argon2id, Version::V0x13)
            && cost(&self.params) == cost(&parameters.0)
            && lengths == (true, true)
    }

    /// Whether the password is the one that was hashed, compared in constant time.
    ///
    /// # Errors
    /// If argon2 refuses.
    pub fn matches(&self, password: &str, memory: &mut Vec<Block>) -> Result<bool, Error> {
        let mut output = [0; Output::MAX_LENGTH];
        let output = &mut output[..self.hash.len()];
        compute(self.algorithm, self.version, &self.params, password, &self.salt, output, memory)?;
        Ok(same(output, self.hash.as_ref()))
    }
}

/// Runs argon2 in memory that is kept for the next hash.
fn compute(
    algorithm: Algorithm,
    version: Version,
    params: &Params,
    password: &str,
    salt: &[u8],
    output: &mut [u8],
    memory: &mut Vec<Block>,
) -> Result<(), Error> {
    let blocks = params.block_count();
    if memory.len() < blocks {
        memory.try_reserve_exact(blocks - memory.len()).map_err(|_| Error::OutOfMemory)?;
        memory.resize(blocks, Block::new());
    }
    let argon2 = Argon2::new(algorithm, version, params.clone());
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, output, memory)
}
