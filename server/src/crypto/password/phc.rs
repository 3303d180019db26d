//! Stored password hashes: parsed and capped before any work is done for them (PWD-08).

use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, Version};
use subtle::ConstantTimeEq as _;

use super::Cost;

/// Bytes of a salt (RFC 9106 §3.1).
pub(super) const SALT_BYTES: usize = 16;
/// Bytes of a hash (RFC 9106 §4).
pub(super) const TAG_BYTES: usize = 32;
/// The shortest hash that is taken from outside: 128 bits (RFC 9106 §4).
const MIN_TAG_BYTES: usize = 16;
/// The longest text that is looked at; ours have 97 characters.
const MAX_TEXT: usize = 512;

/// A stored hash within the caps.
#[derive(Clone)]
pub(super) struct Stored {
    params: Params,
    salt: Vec<u8>,
    tag: Vec<u8>,
}

impl Stored {
    pub(super) fn new(cost: Cost, salt: &[u8], tag: &[u8]) -> Option<Self> {
        Some(Self { params: params(cost, tag.len())?, salt: salt.to_vec(), tag: tag.to_vec() })
    }

    /// Reads a PHC string: argon2id of version 19, all three costs given and none above [`Cost::MAX`].
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let hash = PasswordHash::new(text).ok()?;
        let known = hash.algorithm == Algorithm::Argon2id.ident() && hash.version == Some(Version::V0x13.into());
        if !known || hash.params.iter().count() != 3 {
            return None;
        }
        let cost = |name: &str| hash.params.get(name).and_then(|value| value.decimal().ok());
        let cost = Cost { memory: cost("m")?, passes: cost("t")?, lanes: cost("p")? };
        let (salt, tag) = (hash.salt?, hash.hash.filter(|tag| tag.len() >= MIN_TAG_BYTES)?);
        Self::new(cost, &salt, tag.as_bytes())
    }

    /// The cost that it was made at.
    pub(super) fn cost(&self) -> Cost {
        Cost { memory: self.params.m_cost(), passes: self.params.t_cost(), lanes: self.params.p_cost() }
    }

    /// The same salt and tag at another cost, if it is within the caps. No password fits.
    pub(super) fn at(&self, cost: Cost) -> Option<Self> {
        Self::new(cost, &self.salt, &self.tag)
    }

    /// Whether a guess at this password costs less work than one at a password that is hashed at this cost.
    pub(super) fn is_below(&self, cost: Cost) -> bool {
        let work = |memory: u32, passes: u32| u64::from(memory).saturating_mul(u64::from(passes));
        work(self.params.m_cost(), self.params.t_cost()) < work(cost.memory, cost.passes)
    }

    /// KiB blocks of memory that a check needs.
    pub(super) fn blocks(&self) -> usize {
        self.params.block_count()
    }

    /// Whether the password is the one that was hashed; the comparison takes constant time.
    pub(super) fn fits(&self, password: &[u8], memory: &mut Vec<Block>) -> bool {
        let mut tag = vec![0; self.tag.len()];
        fill(&self.params, password, &self.salt, memory, &mut tag).is_some() && bool::from(tag.ct_eq(&self.tag))
    }
}

/// A new PHC string. `None` where argon2 refuses the cost.
pub(super) fn hash(cost: Cost, password: &[u8], salt: &[u8], memory: &mut Vec<Block>) -> Option<String> {
    let params = params(cost, TAG_BYTES)?;
    let mut tag = [0; TAG_BYTES];
    fill(&params, password, salt, memory, &mut tag)?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: (&params).try_into().ok()?,
        salt: Some(argon2::password_hash::phc::Salt::new(salt).ok()?),
        hash: Some(argon2::password_hash::phc::Output::new(&tag).ok()?),
    };
    Some(hash.to_string())
}

fn params(cost: Cost, tag_bytes: usize) -> Option<Params> {
    let capped = cost.memory <= Cost::MAX.memory && cost.passes <= Cost::MAX.passes && cost.lanes <= Cost::MAX.lanes;
    Params::new(cost.memory, cost.passes, cost.lanes, Some(tag_bytes)).ok().filter(|_| capped)
}

/// Blocks left over from another password do no harm: the first pass writes every block before it reads it.
fn fill(params: &Params, password: &[u8], salt: &[u8], memory: &mut Vec<Block>, tag: &mut [u8]) -> Option<()> {
    if memory.len() < params.block_count() {
        memory.resize(params.block_count(), Block::default());
    }
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    argon2.hash_password_into_with_memory(password, salt, tag, memory.as_mut_slice()).ok()
}
