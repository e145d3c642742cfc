//! Hash maps for names: reading one file asks them thousands of questions about a few bytes each.

/// A map with a quick, seeded hash; seeded at random, so that a hostile file cannot aim at collisions.
pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;
/// A set with the same hash.
pub(crate) type HashSet<K> = std::collections::HashSet<K, foldhash::fast::RandomState>;
