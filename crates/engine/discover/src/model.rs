//! Reads what stands beside a model: Hugging Face cards and configurations, Ollama Modelfiles, LiteLLM model lists.

use syndic_detect::document::Node;

use crate::facts::{Hosted, ModelFact};

/// Lists are cut at this many entries, texts at this many characters.
const MAX_PARTS: usize = 200;
const MAX_TEXT: usize = 300;

/// Returns the YAML between the first two `---` lines.
pub(crate) fn front_matter(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches('\u{feff}').strip_prefix("---")?;
    let rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'))?;
    let end = rest.find("\n---")?;
    rest.get(..=end)
}

fn texts(node: Option<Node<'_>>) -> Vec<String> {
    let Some(node) = node else { return Vec::new() };
    let cut = |text: &str| text.chars().take(MAX_TEXT).collect::<String>();
    match node.as_str() {
        Some(text) => vec![cut(text)],
        None => node.items().filter_map(|item| item.as_str().map(cut)).take(MAX_PARTS).collect(),
    }
}

/// Reads the front matter of a card.
pub(crate) fn read_card(matter: Node<'_>) -> ModelFact {
    let is_dataset = matter.get("task_categories").is_some() || matter.get("dataset_info").is_some();
    let mut card = ModelFact {
        subject: if is_dataset { "dataset" } else { "model" }.to_owned(),
        license: texts(matter.get("license")).into_iter().next(),
        base_models: texts(matter.get("base_model")),
        datasets: texts(matter.get("datasets")),
        ..ModelFact::default()
    };
    for key in [
        "library_name",
        "pipeline_tag",
        "language",
        "tags",
        "base_model_relation",
        "task_categories",
        "size_categories",
    ] {
        let values = texts(matter.get(key));
        if !values.is_empty() {
            card.props.insert(key.to_owned(), if values.len() == 1 { values.concat().into() } else { values.into() });
        }
    }
    card
}

/// Reads `config.json`, `tokenizer_config.json` or `adapter_config.json`.
pub(crate) fn read_config(root: Node<'_>) -> ModelFact {
    let mut model = ModelFact { subject: "model".to_owned(), ..ModelFact::default() };
    let scalars = [
        "model_type",
        "transformers_version",
        "torch_dtype",
        "dtype",
        "tokenizer_class",
        "peft_type",
        "task_type",
        "vocab_size",
        "hidden_size",
        "num_hidden_layers",
        "max_position_embeddings",
        "r",
        "lora_alpha",
    ];
    for key in scalars {
        if let Some(text) = root.get(key).and_then(Node::as_str) {
            model.props.insert(key.to_owned(), text.chars().take(MAX_TEXT).collect::<String>().into());
        }
    }
    let architectures = texts(root.get("architectures"));
    if !architectures.is_empty() {
        model.props.insert("architectures".to_owned(), architectures.into());
    }
    let base = root.get("base_model_name_or_path").and_then(Node::as_str);
    model.base_models = base.filter(|base| !base.is_empty()).map(str::to_owned).into_iter().collect();
    if let Some(map) = root.get("auto_map") {
        model.custom_code_line = map.line();
        let values = map.entries().into_iter().flat_map(|entry| texts(Some(entry.value)));
        model.custom_code = values.chain(texts(Some(map))).take(MAX_PARTS).collect();
        model.custom_code.sort();
        model.custom_code.dedup();
    }
    model
}

/// Reads an Ollama Modelfile: the model it starts from.
pub(crate) fn read_modelfile(text: &str) -> ModelFact {
    let mut model = ModelFact { subject: "model".to_owned(), ..ModelFact::default() };
    for line in text.lines() {
        let Some((word, rest)) = line.trim().split_once(char::is_whitespace) else { continue };
        let rest: String = rest.trim().chars().take(MAX_TEXT).collect();
        match word.to_ascii_uppercase().as_str() {
            "FROM" => model.base_models.push(rest),
            "ADAPTER" => {
                model.props.insert("adapter".to_owned(), rest.into());
            }
            "LICENSE" => model.license = Some(rest.trim_matches('"').to_owned()).filter(|text| !text.is_empty()),
            _ => {}
        }
    }
    model.base_models.truncate(MAX_PARTS);
    model
}

/// Reads a LiteLLM model list: `provider/model` by entry.
pub(crate) fn read_model_list(root: Node<'_>) -> Vec<Hosted> {
    let list = root.get("model_list").into_iter().flat_map(Node::items).take(MAX_PARTS);
    list.filter_map(|item| {
        let model = item.path(&["litellm_params", "model"])?;
        let text: String = model.as_str()?.chars().take(MAX_TEXT).collect();
        let (prefix, name) = text.split_once('/').unwrap_or(("openai", &text));
        // A pattern routes every model there is and names none; a bare number is a mock's status code.
        let is_name = !name.contains('*') && name.bytes().any(|byte| byte.is_ascii_alphabetic());
        is_name.then_some(())?;
        Some(Hosted { provider: provider_of(prefix).map(str::to_owned), model: name.to_owned(), line: model.line() })
    })
    .collect()
}

/// Providers by the prefix LiteLLM gives their models; what runs at home has none.
fn provider_of(prefix: &str) -> Option<&'static str> {
    Some(match prefix {
        "openai" => "OpenAI",
        "azure" | "azure_ai" => "Microsoft Azure OpenAI",
        "anthropic" => "Anthropic",
        "bedrock" => "AWS Bedrock",
        "sagemaker" => "AWS SageMaker",
        "vertex_ai" => "Google Vertex AI",
        "gemini" => "Google Gemini API",
        "mistral" => "Mistral",
        "cohere" | "cohere_chat" => "Cohere",
        "groq" => "Groq",
        "together_ai" => "Together",
        "fireworks_ai" => "Fireworks",
        "deepseek" => "DeepSeek",
        "openrouter" => "OpenRouter",
        "huggingface" => "Hugging Face",
        "replicate" => "Replicate",
        "xai" => "xAI",
        "perplexity" => "Perplexity",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use syndic_detect::document::parse_yaml;

    use super::*;

    #[test]
    fn a_pattern_or_a_number_names_no_model() {
        let entry = |model: &str| format!("  - litellm_params: {{model: \"{model}\"}}\n");
        let text = format!("model_list:\n{}{}{}", entry("openai/*"), entry("openai/429"), entry("openai/gpt-4o"));
        let document = parse_yaml(&text).unwrap().remove(0);
        let names: Vec<String> = read_model_list(document.root()).into_iter().map(|hosted| hosted.model).collect();
        assert_eq!(names, ["gpt-4o"]);
    }
}
