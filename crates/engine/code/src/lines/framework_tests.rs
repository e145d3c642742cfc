//! How other languages' frameworks are written, and what is read of them.

use super::read;
use crate::{Facts, Language};

fn facts(path: &str, text: &str) -> Facts {
    read(path, Language::of(path, b"").unwrap(), text)
}

fn routes(path: &str, text: &str) -> Vec<(String, bool, bool)> {
    let found = facts(path, text).routes.into_iter();
    found.filter(crate::Route::is_inference).map(|route| (route.label(), route.calls_model, route.has_auth)).collect()
}

fn prompts(text: &str) -> Vec<(String, Vec<String>)> {
    facts("src/chat.ts", text).prompts.into_iter().map(|prompt| (prompt.role, prompt.variables)).collect()
}

const PROSE: &str = "You help customers of the bookshop to find what they look for.";

#[test]
fn system_prompts_of_script_sdks_are_seen() {
    let cases = [
        format!(
            "import {{ streamText }} from 'ai';\nstreamText({{ model: openai('gpt-4o'), system: `{PROSE}`, messages }});\n"
        ),
        format!(
            "import Anthropic from '@anthropic-ai/sdk';\nc.messages.create({{ model: 'claude-3-5-haiku-latest', system: \"{PROSE}\", messages: [] }});\n"
        ),
        format!(
            "import Anthropic from '@anthropic-ai/sdk';\nc.messages.create({{ system: [{{ type: 'text', text: `{PROSE}` }}] }});\n"
        ),
        format!(
            "import OpenAI from 'openai';\nc.responses.create({{ model: 'gpt-4o', instructions: '{PROSE}', input }});\n"
        ),
        format!(
            "import OpenAI from 'openai';\nc.chat.completions.create({{ messages: [{{ role: 'developer', content: `{PROSE}` }}] }});\n"
        ),
        format!("import OpenAI from 'openai';\nconst m = [{{ content: '{PROSE}', role: 'system' }}];\n"),
        format!(
            "import {{ GoogleGenAI }} from '@google/genai';\nai.models.generateContent({{ config: {{ systemInstruction: '{PROSE}' }} }});\n"
        ),
        format!("import {{ SystemMessage }} from '@langchain/core/messages';\nnew SystemMessage(`{PROSE}`);\n"),
        format!(
            "import {{ ChatPromptTemplate }} from '@langchain/core/prompts';\nChatPromptTemplate.fromMessages([['system', '{PROSE}'], ['human', '{{q}}']]);\n"
        ),
        format!(
            "import {{ Agent }} from '@mastra/core/agent';\nnew Agent({{ name: 'x', instructions: `{PROSE}` }});\n"
        ),
        format!("import OpenAI from 'openai';\nconst SYSTEM_PROMPT: string = `{PROSE}`;\n"),
    ];
    for text in &cases {
        assert_eq!(prompts(text), [("system".to_owned(), Vec::new())], "{text}");
    }
}

#[test]
fn variables_of_a_template_literal_are_named() {
    let text = format!(
        "import {{ generateText }} from 'ai';\ngenerateText({{ system: `{PROSE} Today is ${{today}}, ask ${{user.name}}.` }});\n"
    );
    assert_eq!(prompts(&text), [("system".to_owned(), vec!["today".to_owned(), "user.name".to_owned()])]);
}

#[test]
fn a_field_of_that_name_without_an_sdk_is_no_prompt() {
    let text =
        format!("import express from 'express';\nconst help = {{ system: '{PROSE}', instructions: '{PROSE}' }};\n");
    assert_eq!(prompts(&text), []);
}

#[test]
fn routes_of_go_reach_a_model_through_their_handler() {
    let start = "package main\nimport (\n\t\"net/http\"\n\topenai \"github.com/sashabaranov/go-openai\"\n)\n";
    let handler = "func answer(w http.ResponseWriter, r *http.Request) {\n\tresp, err := client.CreateChatCompletion(ctx, openai.ChatCompletionRequest{Model: openai.GPT4o})\n}\n";
    let cases = [
        ("func main() {\n\thttp.HandleFunc(\"/assist\", answer)\n}\n", "ANY /assist", false),
        (
            "func main() {\n\tmux := http.NewServeMux()\n\tmux.HandleFunc(\"POST /assist\", answer)\n}\n",
            "POST /assist",
            false,
        ),
        ("func main() {\n\tr := gin.Default()\n\tr.POST(\"/assist\", answer)\n}\n", "POST /assist", false),
        (
            "func main() {\n\te := echo.New()\n\te.POST(\"/assist\", answer, middleware.JWT(key))\n}\n",
            "POST /assist",
            true,
        ),
        (
            "func main() {\n\tr := gin.Default()\n\tr.Use(AuthRequired())\n\tr.POST(\"/assist\", answer)\n}\n",
            "POST /assist",
            true,
        ),
    ];
    for (main, label, has_auth) in cases {
        assert_eq!(
            routes("cmd/main.go", &format!("{start}{main}{handler}")),
            [(label.to_owned(), true, has_auth)],
            "{main}"
        );
    }
    let quiet = format!(
        "{start}func main() {{\n\thttp.HandleFunc(\"/health\", ok)\n}}\nfunc ok(w http.ResponseWriter, r *http.Request) {{ w.Write(nil) }}\n{handler}"
    );
    assert_eq!(routes("cmd/main.go", &quiet), []);
}

#[test]
fn routes_of_java_are_annotations_on_methods_that_ask() {
    let spring = "import org.springframework.ai.chat.client.ChatClient;\n\
        @RestController\n@RequestMapping(\"/api\")\npublic class ChatController {\n  private final ChatClient chatClient;\n\
        @PostMapping(\"/assist\")\n  public String assist(@RequestBody String q) {\n    return chatClient.prompt().user(q).call().content();\n  }\n\
        @GetMapping(\"/version\")\n  public String version() { return \"1\"; }\n}\n";
    assert_eq!(routes("src/ChatController.java", spring), [("POST /api/assist".to_owned(), true, false)]);
    let guarded = spring.replace("@PostMapping", "@PreAuthorize(\"hasRole('USER')\")\n@PostMapping");
    assert_eq!(routes("src/ChatController.java", &guarded), [("POST /api/assist".to_owned(), true, true)]);
    let rest = "import dev.langchain4j.model.chat.ChatLanguageModel;\nimport jakarta.ws.rs.*;\n\
        @Path(\"/bot\")\npublic class Bot {\n  @Inject ChatLanguageModel model;\n  @POST\n  @Path(\"/ask\")\n\
        public String ask(String q) { return model.generate(q); }\n}\n";
    assert_eq!(routes("src/Bot.java", rest), [("POST /bot/ask".to_owned(), true, false)]);
}

#[test]
fn routes_of_a_minimal_api_are_seen() {
    let text = "using OpenAI.Chat;\nvar app = builder.Build();\n\
        app.MapPost(\"/assist\", async (ChatClient client, Request r) => {\n  var c = await client.CompleteChatAsync(r.Text);\n  return c.Value;\n});\n\
        app.MapPost(\"/guarded\", async (ChatClient client) => await client.CompleteChatAsync(\"x\")).RequireAuthorization();\n\
        app.MapGet(\"/version\", () => \"1\");\n";
    assert_eq!(
        routes("Program.cs", text),
        [("POST /assist".to_owned(), true, false), ("POST /guarded".to_owned(), true, true)]
    );
}

#[test]
fn a_named_handler_of_express_is_followed() {
    let text = "import OpenAI from 'openai';\nimport express from 'express';\nconst app = express();\n\
        async function assist(req, res) {\n  res.json(await openai.chat.completions.create({}));\n}\napp.post('/assist', assist);\n";
    assert_eq!(routes("src/server.ts", text), [("POST /assist".to_owned(), true, false)]);
}

proptest::proptest! {
    #[test]
    fn code_like_routes_are_read_without_panic(text in "(http\\.HandleFunc|r\\.POST|\\(|\\)|\\{|\\}|@PostMapping|@Path|@POST|app\\.MapPost|\"/chat\"|\"POST /a\"|func |public |class |f|,|;|=>|\n|import \"github.com/openai/openai-go\"|using OpenAI;|import dev\\.langchain4j\\.A;){0,50}") {
        for path in ["a.go", "A.java", "A.cs", "a.ts", "a.rs"] {
            let _ = facts(path, &text);
        }
    }
}

#[test]
fn a_java_handler_on_one_line_asks_through_a_field_known_by_its_type() {
    let text = "import dev.langchain4j.model.openai.OpenAiChatModel;\nimport org.springframework.web.bind.annotation.*;\n\
                @RestController class C { OpenAiChatModel m; \
                @PostMapping(\"/x\") public String x(@RequestBody String b) { return m.generate(b); } \
                @GetMapping(\"/page\") public String page(Model m2) { return m2.call(\"x\"); } }\n";
    assert_eq!(routes("C.java", text), [("POST /x".to_owned(), true, false)]);
}

#[test]
fn actions_of_controllers_are_routes() {
    let text = "using Microsoft.AspNetCore.Mvc;\nusing OpenAI.Chat;\nnamespace Shop;\n\n\
        [ApiController]\n[Route(\"api/[controller]\")]\npublic class ChatController : ControllerBase\n{\n    \
        private readonly ChatClient _client = new(\"gpt-4o\", key[0]);\n\n    \
        [HttpPost(\"ask\")]\n    public async Task<IActionResult> Ask([FromBody] AskRequest request)\n    {\n        \
        ChatCompletion done = await _client.CompleteChatAsync(request.Text);\n        return Ok(done);\n    }\n\n    \
        [Authorize, HttpGet]\n    public string Brief(string q) => _client.CompleteChat(q).Value.Content[0].Text;\n\n    \
        [HttpGet(\"/health\")]\n    public string Health() => \"ok\";\n}\n\n\
        [Authorize]\n[Route(\"admin\")]\npublic class AdminController : Controller\n{\n    \
        [HttpPut(\"~/x/[action]\")] public string Run(string q) { return Helper(q); }\n    \
        [AllowAnonymous]\n    [HttpDelete] public string Open(string q) { return Helper(q); }\n    \
        string Helper(string q) { return client.CompleteChat(q); }\n}\n\n\
        public class Plain\n{\n    [HttpPost(\"no\")] public string No(string q) { return client.CompleteChat(q); }\n}\n";
    let expected =
        [("POST /api/Chat/ask", false), ("GET /api/Chat", true), ("PUT /x/Run", true), ("DELETE /admin", false)];
    let expected: Vec<_> = expected.iter().map(|(label, has_auth)| ((*label).to_owned(), true, *has_auth)).collect();
    assert_eq!(routes("ChatController.cs", text), expected);
}
