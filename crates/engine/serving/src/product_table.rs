//! The known products. Everything here is a fact of the product's own documentation; order decides between two that fit.

use crate::product::Authentication::{self, Never, OnUntil, OpenUntil};
use crate::product::Product;
use crate::product::ProductClass::{
    self, DataStore, ModelGateway, ModelServer, Registry, Studio, Tracing, VectorStore, Workbench,
};

const fn product(
    id: &'static str,
    class: ProductClass,
    images: &'static [&'static str],
    programs: &'static [&'static str],
    auth: Authentication,
) -> Product {
    Product { id, class, images, programs, auth }
}

const ALWAYS_ON: Authentication = OnUntil { env: &[], flags: &[] };
const JUPYTER: Authentication = OnUntil {
    env: &[("JUPYTER_TOKEN", ""), ("DISABLE_AUTH", "true")],
    flags: &[
        ("NotebookApp.token", ""),
        ("ServerApp.token", ""),
        ("IdentityProvider.token", ""),
        ("LabApp.token", ""),
        ("ServerApp.disable_check_xsrf", "*"),
    ],
};

/// Every known product. The first whose image or program fits is meant.
pub(crate) static PRODUCTS: &[Product] = &[
    product(
        "vLLM",
        ModelServer,
        &["vllm/vllm-openai", "vllm-openai", "vllm-openai-rocm", "vllm-cpu-env", "vllm"],
        &["vllm", "vllm.entrypoints.openai.api_server", "vllm.entrypoints.api_server"],
        OpenUntil { env: &["VLLM_API_KEY"], flags: &["api-key"] },
    ),
    product(
        "Text Generation Inference",
        ModelServer,
        &["huggingface/text-generation-inference", "text-generation-inference", "tgi"],
        &["text-generation-launcher"],
        OpenUntil { env: &["API_KEY"], flags: &["api-key"] },
    ),
    product(
        "Text Embeddings Inference",
        ModelServer,
        &["huggingface/text-embeddings-inference", "text-embeddings-inference"],
        &["text-embeddings-router"],
        OpenUntil { env: &["API_KEY"], flags: &["api-key"] },
    ),
    product("Ollama", ModelServer, &["ollama/ollama", "ollama"], &["ollama"], Never),
    product(
        "llama.cpp server",
        ModelServer,
        &["ggml-org/llama.cpp", "ggerganov/llama.cpp", "llama-cpp-python", "llama.cpp"],
        &["llama-server", "llama_cpp.server"],
        OpenUntil { env: &["LLAMA_API_KEY"], flags: &["api-key", "api-key-file", "api_key"] },
    ),
    product(
        "SGLang",
        ModelServer,
        &["lmsysorg/sglang", "sglang"],
        &["sglang.launch_server", "sglang"],
        OpenUntil { env: &[], flags: &["api-key"] },
    ),
    product(
        "LocalAI",
        ModelServer,
        &["localai/localai", "local-ai", "localai"],
        &["local-ai"],
        OpenUntil { env: &["API_KEY", "LOCALAI_API_KEY"], flags: &["api-keys"] },
    ),
    product("Triton", ModelServer, &["nvidia/tritonserver", "tritonserver"], &["tritonserver"], Never),
    product("TensorFlow Serving", ModelServer, &["tensorflow/serving"], &["tensorflow_model_server"], Never),
    product(
        "TorchServe",
        ModelServer,
        &["pytorch/torchserve", "torchserve"],
        &["torchserve"],
        OnUntil {
            env: &[("TS_DISABLE_TOKEN_AUTHORIZATION", "true")],
            flags: &[("disable-token-auth", "*"), ("disable-token", "*")],
        },
    ),
    product(
        "Xinference",
        ModelServer,
        &["xprobe/xinference"],
        &["xinference-local", "xinference"],
        OpenUntil { env: &[], flags: &["auth-config"] },
    ),
    product(
        "text-generation-webui",
        ModelServer,
        &["text-generation-webui"],
        &[],
        OpenUntil { env: &[], flags: &["gradio-auth", "api-key"] },
    ),
    product("ComfyUI", ModelServer, &["comfyui"], &[], Never),
    product(
        "Stable Diffusion web UI",
        ModelServer,
        &["stable-diffusion-webui"],
        &[],
        OpenUntil { env: &[], flags: &["gradio-auth", "api-auth"] },
    ),
    product(
        "LiteLLM",
        ModelGateway,
        &["berriai/litellm", "litellm", "litellm-database"],
        &["litellm"],
        OpenUntil { env: &["LITELLM_MASTER_KEY", "MASTER_KEY"], flags: &["config"] },
    ),
    product(
        "Qdrant",
        VectorStore,
        &["qdrant/qdrant", "qdrant"],
        &[],
        OpenUntil {
            env: &["QDRANT__SERVICE__API_KEY", "QDRANT__SERVICE__READ_ONLY_API_KEY", "QDRANT__SERVICE__JWT_RBAC"],
            flags: &["config-path"],
        },
    ),
    product(
        "Chroma",
        VectorStore,
        &["chromadb/chroma", "chroma-core/chroma", "chroma"],
        &[],
        OpenUntil {
            env: &[
                "CHROMA_SERVER_AUTHN_PROVIDER",
                "CHROMA_SERVER_AUTHN_CREDENTIALS",
                "CHROMA_SERVER_AUTHN_CREDENTIALS_FILE",
                "CHROMA_SERVER_AUTH_PROVIDER",
                "CHROMA_SERVER_AUTH_CREDENTIALS",
            ],
            flags: &[],
        },
    ),
    product(
        "Weaviate",
        VectorStore,
        &["semitechnologies/weaviate", "weaviate"],
        &[],
        OpenUntil {
            env: &["AUTHENTICATION_APIKEY_ENABLED", "AUTHENTICATION_OIDC_ENABLED", "AUTHENTICATION_DB_USERS_ENABLED"],
            flags: &[],
        },
    ),
    product(
        "Milvus",
        VectorStore,
        &["milvusdb/milvus", "milvus"],
        &["milvus"],
        OpenUntil { env: &["COMMON_SECURITY_AUTHORIZATIONENABLED"], flags: &[] },
    ),
    product("Vespa", VectorStore, &["vespaengine/vespa"], &[], Never),
    product(
        "pgvector",
        VectorStore,
        &["pgvector/pgvector", "ankane/pgvector", "pgvecto-rs", "timescaledb-ha"],
        &[],
        OnUntil { env: &[("POSTGRES_HOST_AUTH_METHOD", "trust")], flags: &[] },
    ),
    product(
        "PostgreSQL",
        DataStore,
        &["postgres", "bitnami/postgresql", "postgresql", "supabase/postgres"],
        &[],
        OnUntil { env: &[("POSTGRES_HOST_AUTH_METHOD", "trust")], flags: &[] },
    ),
    product(
        "Redis",
        DataStore,
        &["redis", "redis/redis-stack", "redis/redis-stack-server", "valkey/valkey", "bitnami/redis", "redis-stack"],
        &["redis-server", "valkey-server"],
        OpenUntil { env: &["REDIS_PASSWORD", "REDIS_ARGS", "VALKEY_PASSWORD"], flags: &["requirepass", "aclfile"] },
    ),
    product(
        "Elasticsearch",
        DataStore,
        &["elasticsearch/elasticsearch", "elasticsearch"],
        &[],
        OnUntil { env: &[("xpack.security.enabled", "false")], flags: &[] },
    ),
    product(
        "OpenSearch",
        DataStore,
        &["opensearchproject/opensearch"],
        &[],
        OnUntil { env: &[("DISABLE_SECURITY_PLUGIN", "true"), ("plugins.security.disabled", "true")], flags: &[] },
    ),
    product(
        "MongoDB",
        DataStore,
        &["mongo", "bitnami/mongodb"],
        &["mongod"],
        OpenUntil {
            env: &["MONGO_INITDB_ROOT_USERNAME", "MONGODB_ROOT_PASSWORD", "MONGO_INITDB_ROOT_PASSWORD_FILE"],
            flags: &["auth", "keyFile"],
        },
    ),
    product(
        "MySQL",
        DataStore,
        &["mysql", "mariadb"],
        &[],
        OnUntil {
            env: &[("MYSQL_ALLOW_EMPTY_PASSWORD", "yes"), ("MYSQL_ALLOW_EMPTY_PASSWORD", "true")],
            flags: &[("skip-grant-tables", "*")],
        },
    ),
    product("MinIO", DataStore, &["minio/minio", "bitnami/minio"], &["minio"], ALWAYS_ON),
    product("Neo4j", DataStore, &["neo4j"], &[], OnUntil { env: &[("NEO4J_AUTH", "none")], flags: &[] }),
    product("ClickHouse", DataStore, &["clickhouse/clickhouse-server"], &[], ALWAYS_ON),
    product("Neon local proxy", DataStore, &["neondatabase/neon_local"], &[], ALWAYS_ON),
    product(
        "Jupyter",
        Workbench,
        &[
            "jupyter/base-notebook",
            "jupyter/minimal-notebook",
            "jupyter/scipy-notebook",
            "jupyter/datascience-notebook",
            "jupyter/tensorflow-notebook",
            "jupyter/pytorch-notebook",
            "jupyter/pyspark-notebook",
            "jupyter/all-spark-notebook",
            "jupyterhub/jupyterhub",
        ],
        &["jupyter", "jupyter-lab", "jupyter-notebook", "start-notebook.sh", "start-notebook.py"],
        JUPYTER,
    ),
    product("Ray", Workbench, &["rayproject/ray", "rayproject/ray-ml", "rayproject/ray-llm"], &["ray"], Never),
    product(
        "MLflow",
        Registry,
        &["mlflow/mlflow", "mlflow"],
        &["mlflow"],
        OpenUntil { env: &["MLFLOW_AUTH_CONFIG_PATH"], flags: &["app-name"] },
    ),
    product(
        "Open WebUI",
        Studio,
        &["open-webui/open-webui", "open-webui"],
        &["open-webui"],
        OnUntil { env: &[("WEBUI_AUTH", "false")], flags: &[] },
    ),
    product(
        "Langflow",
        Studio,
        &["langflowai/langflow", "langflow"],
        &["langflow"],
        OpenUntil { env: &["LANGFLOW_SUPERUSER_PASSWORD", "LANGFLOW_AUTO_LOGIN"], flags: &[] },
    ),
    product("Flowise", Studio, &["flowiseai/flowise"], &["flowise"], ALWAYS_ON),
    product("AnythingLLM", Studio, &["mintplexlabs/anythingllm"], &[], OpenUntil { env: &["AUTH_TOKEN"], flags: &[] }),
    product("Dify", Studio, &["langgenius/dify-api", "langgenius/dify-web"], &[], ALWAYS_ON),
    product("n8n", Studio, &["n8nio/n8n"], &["n8n"], ALWAYS_ON),
    product("Label Studio", Studio, &["heartexlabs/label-studio"], &["label-studio"], ALWAYS_ON),
    product("Langfuse", Tracing, &["langfuse/langfuse", "langfuse/langfuse-worker"], &[], ALWAYS_ON),
    product(
        "Phoenix",
        Tracing,
        &["arizephoenix/phoenix"],
        &[],
        OpenUntil { env: &["PHOENIX_ENABLE_AUTH"], flags: &[] },
    ),
];
