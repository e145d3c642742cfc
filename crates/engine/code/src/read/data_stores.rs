//! Databases, object storage and folders of documents a file opens.

use std::sync::LazyLock;

use syndic_evidence::Confidence;

use super::files::path_of;
use super::stores::{WRITES, target, uses};
use crate::StoreUse;
use crate::hosts::Endpoint;
use crate::maps::HashMap;
use crate::python::{Call, Sketch, Value};

/// What opens another data store: path, product, arguments that tell the target, protocol.
type Data = (&'static str, &'static str, &'static [&'static str], &'static str);
const DATA: &[Data] = &[
    ("sqlalchemy.create_engine", "SQL database", &["url"], ""),
    ("sqlalchemy.ext.asyncio.create_async_engine", "SQL database", &["url"], ""),
    ("psycopg.connect", "PostgreSQL", &["conninfo", "host"], "postgres"),
    ("psycopg2.connect", "PostgreSQL", &["dsn", "host"], "postgres"),
    ("asyncpg.connect", "PostgreSQL", &["dsn", "host"], "postgres"),
    ("asyncpg.create_pool", "PostgreSQL", &["dsn", "host"], "postgres"),
    ("pymysql.connect", "MySQL", &["host"], "mysql"),
    ("sqlite3.connect", "SQLite", &["database"], "file"),
    ("pymongo.MongoClient", "MongoDB", &["host"], "mongodb"),
    ("motor.motor_asyncio.AsyncIOMotorClient", "MongoDB", &["host"], "mongodb"),
    ("redis.Redis", "Redis", &["host"], "redis"),
    ("redis.StrictRedis", "Redis", &["host"], "redis"),
    ("redis.from_url", "Redis", &["url"], "redis"),
    ("redis.Redis.from_url", "Redis", &["url"], "redis"),
    ("redis.asyncio.Redis", "Redis", &["host"], "redis"),
    ("redis.asyncio.from_url", "Redis", &["url"], "redis"),
    ("elasticsearch.Elasticsearch", "Elasticsearch", &["hosts"], ""),
    ("duckdb.connect", "DuckDB", &["database"], "file"),
    ("snowflake.connector.connect", "Snowflake", &["account"], "https"),
    ("google.cloud.bigquery.Client", "BigQuery", &["project"], "https"),
    ("google.cloud.storage.Client", "Google Cloud Storage", &["project"], "https"),
    ("azure.storage.blob.BlobServiceClient", "Azure Blob Storage", &["account_url"], "https"),
];
/// Folder and document loaders of retrieval frameworks.
const LOADERS: &[&str] = &[
    "DirectoryLoader",
    "PyPDFDirectoryLoader",
    "SimpleDirectoryReader",
    "TextLoader",
    "PyPDFLoader",
    "CSVLoader",
    "UnstructuredFileLoader",
    "JSONLoader",
    "UnstructuredMarkdownLoader",
];
/// Functions that list the files of a folder: the folder is what they are called on, or their first argument.
const LISTS: &[&str] = &["glob", "rglob", "iterdir"];
const LISTING: &[&str] = &["os.listdir", "os.walk", "os.scandir", "glob.glob", "glob.iglob"];
/// Endings of files that are read for their text.
const DOCUMENTS: &[&str] =
    &["", ".md", ".txt", ".pdf", ".html", ".htm", ".rst", ".docx", ".json", ".jsonl", ".csv", ".mdx", ".xml"];

static BY_PATH: LazyLock<HashMap<&str, &Data>> = LazyLock::new(|| DATA.iter().map(|data| (data.0, data)).collect());

pub(super) fn data(sketch: &Sketch, call: &Call) -> Option<StoreUse> {
    let (_, product, args, protocol) = BY_PATH.get(call.callee.as_str())?;
    let address = call.arg_or(args, 0).and_then(|value| sketch.literal(value, call.function));
    let url = address.and_then(Endpoint::parse);
    let product = url.as_ref().and_then(|url| database(&url.scheme)).unwrap_or(product);
    let protocol =
        url.as_ref().map_or((*protocol).to_owned(), |url| url.scheme.split('+').next().unwrap_or_default().to_owned());
    Some(plain(product, target(address), protocol, call))
}

fn plain(product: &str, target: String, protocol: String, call: &Call) -> StoreUse {
    StoreUse {
        product: product.to_owned(),
        is_vector: false,
        target,
        is_hosted: matches!(
            product,
            "Snowflake" | "BigQuery" | "Google Cloud Storage" | "Azure Blob Storage" | "Amazon S3"
        ),
        reads: true,
        writes: false,
        protocol: (!protocol.is_empty()).then_some(protocol),
        confidence: Confidence::High,
        at: call.at,
    }
}

fn database(scheme: &str) -> Option<&'static str> {
    let name = scheme.split('+').next().unwrap_or(scheme);
    match name {
        "postgresql" | "postgres" => Some("PostgreSQL"),
        "mysql" | "mariadb" => Some("MySQL"),
        "sqlite" => Some("SQLite"),
        "mssql" => Some("SQL Server"),
        "oracle" => Some("Oracle"),
        "mongodb" => Some("MongoDB"),
        "redis" | "rediss" => Some("Redis"),
        "snowflake" => Some("Snowflake"),
        "bigquery" => Some("BigQuery"),
        _ => None,
    }
}

/// `boto3.client("s3")`; the bucket is in later calls.
pub(super) fn object_storage(sketch: &Sketch, call: &Call) -> Option<StoreUse> {
    if !matches!(call.callee.as_str(), "boto3.client" | "boto3.resource" | "boto3.Session().client")
        || sketch.literal(call.args.first()?, call.function)? != "s3"
    {
        return None;
    }
    let bucket = sketch.calls.iter().find_map(|other| {
        let value = other.arg("Bucket").or_else(|| (other.last() == "Bucket").then(|| other.args.first()).flatten())?;
        sketch.literal(value, other.function)
    });
    Some(StoreUse {
        writes: uses(sketch, call).1,
        ..plain("Amazon S3", bucket.unwrap_or_default().to_owned(), "https".to_owned(), call)
    })
}

/// `DirectoryLoader("docs/")`: the folder is a store of documents.
pub(super) fn folder(sketch: &Sketch, call: &Call) -> Option<StoreUse> {
    if !LOADERS.contains(&call.last()) || call.callee.contains('(') {
        return None;
    }
    let path = sketch.literal(call.arg_or(&["path", "input_dir", "file_path"], 0)?, call.function)?;
    Some(plain("Documents", target(Some(path)), "file".to_owned(), call))
}

/// Folders whose files go into a vector store: `Path("documents").glob("*.md")` in a file that writes to one.
pub(super) fn folders(sketch: &Sketch, stores: &[StoreUse]) -> Vec<StoreUse> {
    let is_fed = stores.iter().any(|store| store.is_vector && store.writes)
        || sketch.calls.iter().any(|call| match call.last() {
            "add_documents" | "from_documents" | "aadd_documents" => true,
            name => WRITES.contains(&name) && (call.arg("documents").is_some() || call.arg("texts").is_some()),
        });
    if !is_fed {
        return Vec::new();
    }
    sketch.calls.iter().filter_map(|call| listed_folder(sketch, call)).collect()
}

fn listed_folder(sketch: &Sketch, call: &Call) -> Option<StoreUse> {
    let (path, pattern) = if LISTING.contains(&call.callee.as_str()) {
        let path = path_of(sketch, call.args.first()?, call)?;
        let fixed = path.split('*').next().unwrap_or_default().to_owned();
        let pattern = path.get(fixed.len()..).unwrap_or_default().to_owned();
        (fixed, pattern)
    } else if LISTS.contains(&call.last()) {
        let pattern = call.args.first().and_then(Value::text).unwrap_or_default();
        (path_of(sketch, call.receiver.as_ref()?, call)?, pattern.to_owned())
    } else {
        return None;
    };
    let ending = pattern.rsplit_once('.').map_or(String::new(), |(_, ending)| format!(".{ending}"));
    // Parts that are not literal, the project's root, stand in front.
    let folder = path.rsplit_once('}').map_or(path.as_str(), |(_, rest)| rest).trim_matches(['/', '.']);
    let is_folder = !folder.is_empty() && !folder.contains(['{', '*', ' ']);
    (is_folder && DOCUMENTS.contains(&ending.as_str())).then(|| StoreUse {
        confidence: Confidence::Medium,
        ..plain("Documents", target(Some(folder)), "file".to_owned(), call)
    })
}

#[cfg(test)]
mod tests {
    fn documents(text: &str) -> Vec<String> {
        let stores = super::super::stores::read(&crate::python::read(text, &[]).unwrap());
        stores.into_iter().filter(|store| store.product == "Documents").map(|store| store.target).collect()
    }

    #[test]
    fn a_folder_read_into_a_vector_store_is_a_store_of_documents() {
        let head = "import chromadb, os\nfrom pathlib import Path\nD = Path('documents')\nc = chromadb.Client().create_collection('x')\n";
        assert_eq!(
            documents(&format!("{head}c.add(documents=[p.read_text() for p in D.glob('*.md')])\n")),
            ["documents"]
        );
        assert_eq!(
            documents(&format!("{head}for n in os.listdir('kb/faq'):\n    c.upsert(documents=[n])\n")),
            ["kb/faq"]
        );
        let joined = "for p in (Path(__file__).parent / 'data' / 'docs').rglob('*.txt'):\n    c.add(documents=[p])\n";
        assert_eq!(documents(&format!("{head}{joined}")), ["data/docs"]);
    }

    #[test]
    fn folders_of_other_files_or_without_a_store_are_not() {
        assert!(
            documents("from pathlib import Path\nfor p in Path('documents').glob('*.md'):\n    print(p)\n").is_empty()
        );
        let text = "import chromadb\nfrom pathlib import Path\nc = chromadb.Client().create_collection('x')\nfor p in Path('plugins').glob('*.py'):\n    c.add(documents=[p])\n";
        assert!(documents(text).is_empty());
    }
}
