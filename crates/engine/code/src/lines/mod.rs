//! Languages other than Python, read as tokens: imports, client constructors, model names, routes, prompts.
//!
//! No tree is built, so nothing nests; comments and strings are told apart by [`tokens`].

mod annotations;
mod answers;
mod asked;
mod attributes;
mod clients;
mod executed;
mod functions;
mod imports;
mod injected;
mod prompts;
mod registrations;
mod routes;
mod servers;
mod switches;
mod tokens;

use crate::{Facts, Language};

/// Reads everything the tokens of a file tell.
pub(crate) fn read(path: &str, language: Language, text: &str) -> Facts {
    let tokens = tokens::tokens(language, text);
    let mut facts = Facts::new(path, language);
    facts.imports = imports::read(language, &tokens);
    let has_sdk = !facts.imports.is_empty();
    match language {
        Language::JavaScript | Language::TypeScript => {
            facts.routes = routes::read(path, &tokens, has_sdk);
            servers::read(&tokens, &mut facts);
        }
        Language::Go if has_sdk => facts.routes = registrations::read(language, &tokens),
        Language::CSharp if has_sdk => {
            facts.routes = registrations::read(language, &tokens);
            facts.routes.extend(attributes::read(&tokens));
        }
        Language::Java if has_sdk => facts.routes = annotations::read(&tokens),
        _ => {}
    }
    if has_sdk {
        facts.hazards.extend(executed::read(language, &tokens));
        facts.hazards.extend(injected::read(language, &tokens));
    }
    facts.hazards.extend(switches::read(language, &tokens, has_sdk));
    clients::read(&tokens, &mut facts);
    asked::read(&tokens, &mut facts);
    prompts::read(&tokens, has_sdk, &mut facts);
    facts
}

#[cfg(test)]
mod framework_tests;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typescript_client_names_provider_and_model() {
        let text = "import OpenAI from 'openai';\nconst c = new OpenAI({ baseURL: 'http://llm.example.com/v1' });\nawait c.chat.completions.create({ model: \"gpt-4o\" });\n";
        let facts = read("a.ts", Language::TypeScript, text);
        assert_eq!(facts.imports[0].package, "openai");
        assert_eq!(facts.providers[0].encrypted, Some(false));
        assert_eq!(facts.models[0].model, "gpt-4o");
    }

    #[test]
    fn an_import_in_a_comment_or_string_is_none() {
        let text = "// import OpenAI from 'openai'\n/* require('openai') */\nconst s = \"import x from 'openai'\";\n";
        assert!(read("a.ts", Language::TypeScript, text).imports.is_empty());
    }

    #[test]
    fn express_and_next_routes_are_seen() {
        let text = "import OpenAI from 'openai';\napp.post('/chat', requireAuth, async (req, res) => { await openai.chat.completions.create({}) });\napp.get('/generate', handler);\n";
        let facts = read("server.ts", Language::TypeScript, text);
        assert!(facts.routes[0].has_auth && facts.routes[0].is_inference());
        assert!(!facts.routes[1].has_auth);
        let next = read(
            "app/api/chat/route.ts",
            Language::TypeScript,
            "import { streamText } from 'ai';\nexport async function POST(req) { return streamText({}) }\n",
        );
        assert_eq!(next.routes[0].label(), "POST /api/chat");
    }

    #[test]
    fn an_mcp_server_in_typescript_names_its_tools_and_shells() {
        let text = "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\nimport { exec } from 'node:child_process';\n\
            const sh = promisify(exec);\nconst server = new McpServer({ name: 'notes', version: '1' });\n\
            server.tool('find', 'Finds', { p: z.string() }, async ({ p }) => sh(`grep ${p} /notes`));\n\
            server.registerTool('list', {}, async () => sh('ls /notes'));\n";
        let facts = read("src/index.ts", Language::TypeScript, text);
        assert!(facts.agents[0].is_mcp_server && facts.agents[0].name == "notes");
        assert_eq!(facts.agents[0].tools, ["find", "list"]);
        let named: Vec<&str> = facts.hazards.iter().map(|hazard| hazard.what.as_str()).collect();
        assert_eq!(named, ["find"]);
    }

    #[test]
    fn an_embedding_model_of_a_factory_is_named() {
        let text =
            "import { openai } from '@ai-sdk/openai';\nembed({ model: openai.embedding('text-embedding-3-large') });\n";
        assert_eq!(read("a.ts", Language::TypeScript, text).models[0].model, "text-embedding-3-large");
    }

    #[test]
    fn other_languages_import_by_their_own_form() {
        let go = read("a.go", Language::Go, "package a\nimport (\n\topenai \"github.com/sashabaranov/go-openai\"\n)\n");
        let java = read("A.java", Language::Java, "import com.anthropic.client.AnthropicClient;\n");
        let rust = read("a.rs", Language::Rust, "use async_openai::Client;\n");
        let sharp = read("a.cs", Language::CSharp, "using Microsoft.SemanticKernel;\n");
        for facts in [go, java, rust, sharp] {
            assert_eq!(facts.imports.len(), 1, "{}", facts.path);
        }
    }
}
