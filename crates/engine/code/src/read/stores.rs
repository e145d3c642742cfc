//! Stores a file opens: vector stores here, other stores in `data_stores`.

use syndic_evidence::Confidence;

use super::data_stores::{data, folder, folders, object_storage};
use super::providers::first;
use crate::StoreUse;
use crate::hosts::Endpoint;
use crate::python::{Call, Sketch};

/// Vector stores: module, names, product.
const VECTOR: &[(&str, &[&str], &str)] = &[
    (
        "chromadb",
        &["Client", "PersistentClient", "HttpClient", "AsyncHttpClient", "EphemeralClient", "CloudClient"],
        "Chroma",
    ),
    ("qdrant_client", &["QdrantClient", "AsyncQdrantClient"], "Qdrant"),
    ("pinecone", &["Pinecone", "PineconeGRPC", "init", "Index", "grpc.PineconeGRPC"], "Pinecone"),
    (
        "weaviate",
        &[
            "Client",
            "connect_to_local",
            "connect_to_weaviate_cloud",
            "connect_to_wcs",
            "connect_to_custom",
            "WeaviateClient",
            "use_async_with_local",
        ],
        "Weaviate",
    ),
    ("pymilvus", &["MilvusClient", "connections.connect", "Collection"], "Milvus"),
    ("faiss", &["read_index", "IndexFlatL2", "IndexFlatIP", "IndexIVFFlat", "IndexHNSWFlat", "index_factory"], "FAISS"),
    ("lancedb", &["connect", "connect_async"], "LanceDB"),
    ("pgvector", &["psycopg.register_vector", "psycopg2.register_vector", "asyncpg.register_vector"], "pgvector"),
];
/// Beginnings of the modules of frameworks that have classes of their own for vector stores.
const FRAMEWORKS: &[&str] = &["langchain", "llama_index", "haystack", "agno", "semantic_kernel", "crewai"];
/// Class names of frameworks' vector stores → product.
const FRAMEWORK_CLASSES: &[(&str, &str)] = &[
    ("Chroma", "Chroma"),
    ("FAISS", "FAISS"),
    ("Qdrant", "Qdrant"),
    ("Pinecone", "Pinecone"),
    ("Weaviate", "Weaviate"),
    ("Milvus", "Milvus"),
    ("PGVector", "pgvector"),
    ("LanceDB", "LanceDB"),
    ("Redis", "Redis"),
    ("OpenSearch", "OpenSearch"),
    ("Elasticsearch", "Elasticsearch"),
    ("SupabaseVectorStore", "Supabase"),
    ("MongoDBAtlas", "MongoDB Atlas"),
    ("InMemoryVectorStore", "In-memory vector store"),
    ("AzureSearch", "Azure AI Search"),
    ("Deeplake", "Deep Lake"),
    ("Neo4jVector", "Neo4j"),
];
pub(super) const WRITES: &[&str] = &[
    "add",
    "upsert",
    "insert",
    "add_texts",
    "add_documents",
    "from_documents",
    "from_texts",
    "aadd_documents",
    "add_items",
    "put_object",
    "upload_file",
    "upsert_vectors",
    "save_local",
    "write_index",
    "upload_points",
    "from_embeddings",
];
const READS: &[&str] = &[
    "query",
    "search",
    "similarity_search",
    "similarity_search_with_score",
    "as_retriever",
    "get",
    "query_points",
    "asimilarity_search",
    "max_marginal_relevance_search",
    "as_query_engine",
    "load_local",
    "read_index",
    "near_text",
    "hybrid",
    "near_vector",
];

/// Modules that open vector stores.
pub(super) fn roots() -> impl Iterator<Item = &'static str> {
    VECTOR.iter().map(|(module, ..)| *module)
}

/// Reads the stores, one entry a product and target.
pub(super) fn read(sketch: &Sketch) -> Vec<StoreUse> {
    let mut found: Vec<StoreUse> = Vec::new();
    for call in &sketch.calls {
        let Some(store) = vector(sketch, call)
            .or_else(|| data(sketch, call))
            .or_else(|| object_storage(sketch, call))
            .or_else(|| folder(sketch, call))
        else {
            continue;
        };
        push(&mut found, store);
    }
    for store in folders(sketch, &found) {
        push(&mut found, store);
    }
    found
}

fn push(found: &mut Vec<StoreUse>, store: StoreUse) {
    match found.iter_mut().find(|known| known.product == store.product && known.target == store.target) {
        Some(known) => {
            known.reads |= store.reads;
            known.writes |= store.writes;
        }
        None => found.push(store),
    }
}

fn vector(sketch: &Sketch, call: &Call) -> Option<StoreUse> {
    let product = vector_product(&call.callee)?;
    let address = call
        .named
        .iter()
        .filter(|(name, _)| {
            matches!(
                name.as_str(),
                "url"
                    | "host"
                    | "path"
                    | "persist_directory"
                    | "uri"
                    | "location"
                    | "connection"
                    | "connection_string"
                    | "cluster_url"
                    | "folder_path"
                    | "index_name"
                    | "redis_url"
                    | "opensearch_url"
                    | "http_host"
            )
        })
        .map(|(_, value)| value)
        // Beside a client, which knows the address, the first word is the name of a collection.
        .chain(call.args.first().filter(|_| !call.last().starts_with("from_") && call.arg("client").is_none()))
        .find_map(|value| sketch.literal(value, call.function));
    let is_hosted_product = matches!(product, "Pinecone" | "Azure AI Search" | "MongoDB Atlas" | "Supabase");
    let url = address.and_then(Endpoint::parse);
    let is_hosted = is_hosted_product
        || url.as_ref().is_some_and(|url| !url.is_own())
        || matches!(call.last(), "connect_to_weaviate_cloud" | "connect_to_wcs" | "CloudClient");
    let (reads, writes) = uses(sketch, call);
    Some(StoreUse {
        product: product.to_owned(),
        is_vector: true,
        target: target(address),
        is_hosted,
        reads,
        writes,
        protocol: protocol(url.as_ref(), is_hosted),
        confidence: Confidence::High,
        at: call.at,
    })
}

fn protocol(url: Option<&Endpoint>, is_hosted: bool) -> Option<String> {
    match url {
        Some(url) => Some(url.scheme.clone()),
        None if is_hosted => Some("https".to_owned()),
        None => None,
    }
}

/// Whether the file reads from and writes to the store; reading is what opening one is for.
pub(super) fn uses(sketch: &Sketch, call: &Call) -> (bool, bool) {
    let root = call.root();
    let is_named = |other: &Call| {
        let object = other.written.rsplit_once('.').map_or("", |(object, _)| object).to_ascii_lowercase();
        ["collection", "store", "index", "vector", "db", "client", "table"].iter().any(|word| object.contains(word))
    };
    let is_on_store = |other: &Call| other.root() == root || is_named(other);
    let related = |names: &[&str]| {
        names.contains(&call.last())
            || sketch.calls.iter().any(|other| names.contains(&other.last()) && is_on_store(other))
    };
    let writes = related(WRITES);
    (related(READS) || !writes, writes)
}

fn vector_product(callee: &str) -> Option<&'static str> {
    let module = first(callee);
    let is_opened = |names: &[&str]| callee.get(module.len() + 1..).is_some_and(|name| names.contains(&name));
    if let Some((_, _, product)) = VECTOR.iter().find(|(known, names, _)| *known == module && is_opened(names)) {
        return Some(product);
    }
    if !FRAMEWORKS.iter().any(|framework| module.starts_with(framework)) || callee.contains("()") {
        return None;
    }
    let is_store =
        ["vectorstore", "vector_store", "langchain_", "document_stores"].iter().any(|word| callee.contains(word));
    if !is_store {
        return None;
    }
    let class = callee.split('.').find(|part| part.starts_with(|first: char| first.is_ascii_uppercase()))?;
    if ["Embedding", "Retriever", "Chat", "Loader", "Cache", "History", "Saver", "Parser"]
        .iter()
        .any(|word| class.contains(word))
    {
        return None;
    }
    FRAMEWORK_CLASSES.iter().find(|(word, _)| class.starts_with(word)).map(|(_, product)| *product)
}

/// What may be told of an address: host and port of a URL, a path as written; never a connection string's credentials.
pub(super) fn target(address: Option<&str>) -> String {
    let Some(address) = address else { return String::new() };
    if let Some(url) = Endpoint::parse(address) {
        return url.address();
    }
    if let Some(path) = address.strip_prefix("sqlite:///") {
        return path.trim_start_matches("./").to_owned();
    }
    let is_plain = address.len() <= 200 && !address.contains(['=', '@', ' ', ';']) && !address.contains("://");
    if is_plain { address.trim_start_matches("./").trim_end_matches('/').to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_tells_host_but_never_credentials() {
        let text = "from sqlalchemy import create_engine\nimport chromadb\ncreate_engine('postgresql://u:hunter2@db:5432/x')\nc = chromadb.PersistentClient(path='./data/chroma')\nc.get_or_create_collection('a').add(ids=[])\n";
        let found = read(&crate::python::read(text, &[]).unwrap());
        let targets: Vec<&str> = found.iter().map(|store| store.target.as_str()).collect();
        assert_eq!(targets, ["db:5432", "data/chroma"]);
        assert!(found[1].writes);
    }
}
