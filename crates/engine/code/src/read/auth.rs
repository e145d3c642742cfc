//! Signs of authentication and rate limits: in names, dependencies, decorators, middleware and handler bodies.

use crate::python::{Call, Function, Sketch, Value, last};

/// Words, as parts of a name, that say something checks who is calling.
const WORDS: &[&str] = &[
    "auth",
    "authenticated",
    "authentication",
    "authorize",
    "authorized",
    "authorization",
    "authenticate",
    "oauth",
    "oauth2",
    "jwt",
    "token",
    "apikey",
    "login",
    "permission",
    "permissions",
    "permitted",
    "credential",
    "credentials",
    "principal",
    "identity",
    "secured",
    "protected",
    "admin",
    "bearer",
    "httpbearer",
    "signed",
    "signature",
    "rbac",
    "acl",
    "scopes",
];
/// Whole names, underscores removed, that say so.
const NAMES: &[&str] = &[
    "currentuser",
    "getcurrentuser",
    "getuser",
    "verifieduser",
    "requireuser",
    "requiresession",
    "verifysession",
    "apikeyheader",
    "apikeyquery",
    "verifykey",
    "checkkey",
    "requirekey",
    "validatekey",
    "userdep",
    "basicauth",
    "httpbasic",
];
/// Nested values that are looked through for a dependency.
const DEEPEST: u8 = 6;
/// Headers that carry a credential.
const HEADERS: &[&str] = &["authorization", "x-api-key", "api-key", "x-auth-token", "x-api-token", "x-access-token"];

/// Parts of the names of types that stand for somebody who has logged in; each speaks of a user.
const USERS: &[&str] = &[
    "currentuser",
    "authuser",
    "authenticateduser",
    "userdep",
    "verifieduser",
    "adminuser",
    "userapikeyauth",
    "userauth",
];

/// Says whether a name speaks of authentication.
pub(crate) fn is_auth_name(name: &str) -> bool {
    let last = name.trim_end_matches("()").rsplit('.').next().unwrap_or(name);
    let words = words(last);
    let joined = words.replace('_', "");
    words.split('_').any(|word| WORDS.contains(&word))
        || NAMES.contains(&joined.as_str())
        || joined.contains("currentuser")
        || joined.contains("apikey")
        || (words.split('_').any(|word| word == "user")
            && words.split('_').any(|word| {
                ["verify", "verified", "require", "required", "current", "active", "get", "check"].contains(&word)
            }))
}

/// Says whether a name speaks of a rate limit.
pub(crate) fn is_limit_name(name: &str) -> bool {
    let joined = words(name).replace('_', "");
    joined.contains("limiter")
        || joined.contains("ratelimit")
        || joined.contains("throttl")
        || matches!(name.rsplit_once('.'), Some((_, "limit")))
}

/// `getCurrentUser` and `get_current_user` → `get_current_user`; runs of capitals stay together.
fn words(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 8);
    let mut was_lower = false;
    for letter in name.chars() {
        if !letter.is_ascii_alphanumeric() || (letter.is_ascii_uppercase() && was_lower) {
            words.push('_');
        }
        if letter.is_ascii_alphanumeric() {
            words.push(letter.to_ascii_lowercase());
        }
        was_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
    }
    words
}

/// Says whether a value, such as `[Depends(verify_token)]`, names authentication.
pub(super) fn value_has_auth(sketch: &Sketch, value: &Value) -> bool {
    named_in(sketch, value, &is_auth_name, 6) || is_guarded(sketch, value)
}

/// Says whether a dependency of this file checks who is calling, whatever it is called.
fn is_guarded(sketch: &Sketch, value: &Value) -> bool {
    any_injected(sketch, value, DEEPEST, &mut |name| {
        sketch.function_at(name, None).is_some_and(|index| body_has_auth(sketch, index))
    })
}

/// Returns the dependencies of a route that stand in other modules, by path.
pub(super) fn guards(sketch: &Sketch, function: &Function, route: &Call) -> Vec<String> {
    let in_params = function.params.iter().flat_map(|param| param.default.iter().chain(&param.annotation));
    let in_route = route.named.iter().filter(|(name, _)| name == "dependencies").map(|(_, value)| value);
    let mut guards = Vec::new();
    for value in in_params.chain(in_route) {
        let mut found = Vec::new();
        any_injected(sketch, value, DEEPEST, &mut |name| {
            found.extend(name.contains('.').then(|| name.to_owned()));
            false
        });
        // The last dependency of a list first.
        guards.extend(found.into_iter().rev());
    }
    guards
}

/// Asks about each function named in `Depends(…)`, in lists and annotations too, until `test` says yes.
fn any_injected(sketch: &Sketch, value: &Value, depth: u8, test: &mut dyn FnMut(&str) -> bool) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match value {
        Value::Call(index) => {
            let call = sketch.calls.get(*index).filter(|call| matches!(call.last(), "Depends" | "Security"));
            matches!(call.and_then(|call| call.args.first()), Some(Value::Name(name)) if test(name))
        }
        _ => value.parts().any(|part| any_injected(sketch, part, depth, test)),
    }
}

/// Says whether a value names a rate limit.
pub(super) fn value_has_limit(sketch: &Sketch, value: &Value) -> bool {
    named_in(sketch, value, &is_limit_name, 6)
}

fn named_in(sketch: &Sketch, value: &Value, test: &dyn Fn(&str) -> bool, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match value {
        Value::Name(name) => {
            test(name)
                || (depth > 2 && alias(sketch, name).is_some_and(|inner| named_in(sketch, inner, test, depth.min(3))))
        }
        Value::Call(index) => sketch
            .calls
            .get(*index)
            .is_some_and(|call| test(&call.written) || call.all_args().any(|arg| named_in(sketch, arg, test, depth))),
        _ => value.parts().any(|part| named_in(sketch, part, test, depth)),
    }
}

/// `UserDep = Annotated[User, Depends(get_current_user)]`: what a module-level name stands for.
fn alias<'a>(sketch: &'a Sketch, name: &str) -> Option<&'a Value> {
    let bind = sketch.binding(name, None)?;
    (bind.function.is_none()).then_some(&bind.value)
}

/// Says whether a handler's own parameters, decorators or body check who is calling.
pub(super) fn function_has_auth(sketch: &Sketch, index: usize, function: &Function) -> bool {
    let in_params = function.params.iter().any(|param| {
        let injected = param.default.as_ref().and_then(|value| sketch.call(value)).filter(|call| is_injection(call));
        injected.is_some_and(|call| call.all_args().any(|arg| value_has_auth(sketch, arg)) || call.last() == "Security")
            || param.default.iter().chain(&param.annotation).any(|value| is_guarded(sketch, value))
            || param.annotation.as_ref().is_some_and(|annotation| annotation_has_auth(sketch, annotation))
    });
    let in_decorators = function.decorators.iter().any(|decorator| match decorator {
        Value::Call(call) => {
            sketch.calls.get(*call).is_some_and(|call| is_auth_name(call.last()) || is_auth_name(&call.written))
        }
        Value::Name(name) => is_auth_name(name),
        _ => false,
    });
    in_params || in_decorators || body_has_auth(sketch, index)
}

fn is_injection(call: &Call) -> bool {
    matches!(call.last(), "Depends" | "Security" | "Provide" | "Inject" | "Header")
}

/// `Annotated[User, Depends(current_user)]`, `CurrentUser`.
fn annotation_has_auth(sketch: &Sketch, annotation: &Value) -> bool {
    match annotation {
        Value::Name(name) => {
            let simple = last(name).to_ascii_lowercase();
            simple.contains("user") && USERS.iter().any(|known| simple.contains(known))
                || alias(sketch, name).is_some_and(|value| holds_injection(sketch, value))
        }
        _ => holds_injection(sketch, annotation),
    }
}

fn holds_injection(sketch: &Sketch, value: &Value) -> bool {
    match value {
        Value::Call(index) => sketch.calls.get(*index).is_some_and(|call| {
            is_injection(call) && (call.last() == "Security" || call.all_args().any(|arg| value_has_auth(sketch, arg)))
        }),
        _ => value.parts().any(|part| holds_injection(sketch, part)),
    }
}

/// `verify_token(request)`, `request.headers.get("Authorization")` inside a handler.
fn body_has_auth(sketch: &Sketch, index: usize) -> bool {
    sketch.calls_inside(index).any(|call| {
        let name = call.last();
        let checks = [
            "verify",
            "check",
            "require",
            "validate",
            "authenticate",
            "authorize",
            "ensure",
            "assert",
            "get_current",
            "decode",
        ]
        .iter()
        .any(|verb| name.starts_with(verb));
        let is_check = checks && is_auth_name(name) || matches!(name, "authenticate" | "authorize" | "compare_digest");
        let reads_header = call
            .args
            .first()
            .and_then(Value::text)
            .is_some_and(|text| HEADERS.iter().any(|header| text.eq_ignore_ascii_case(header)));
        is_check || reads_header && !name.ends_with("post")
    })
}

/// Says whether the whole application checks: middleware, `before_request`, dependencies of the app.
pub(super) fn app_has_auth(sketch: &Sketch) -> bool {
    let by_call = sketch.calls.iter().any(|call| match call.last() {
        "add_middleware" | "Middleware" => call.args.iter().any(|arg| value_has_auth(sketch, arg)),
        "FastAPI" | "Starlette" | "Litestar" => ["dependencies", "middleware", "guards"]
            .iter()
            .filter_map(|name| call.arg(name))
            .any(|value| value_has_auth(sketch, value)),
        _ => false,
    });
    let by_hook = sketch.functions.iter().enumerate().any(|(index, function)| {
        let is_hook = function.decorators.iter().any(|decorator| {
            let name = match decorator {
                Value::Call(call) => sketch.calls.get(*call).map(Call::last),
                Value::Name(name) => name.rsplit('.').next(),
                _ => None,
            };
            matches!(name, Some("middleware" | "before_request" | "before_app_request" | "on_request"))
        });
        is_hook && (is_auth_name(&function.name) || body_has_auth(sketch, index))
    });
    by_call || by_hook
}

/// Says whether the whole application limits rates.
pub(super) fn app_has_limit(sketch: &Sketch) -> bool {
    sketch.calls.iter().any(|call| match call.last() {
        "add_middleware" => call.args.iter().any(|arg| value_has_limit(sketch, arg)),
        "Limiter" => call.arg("default_limits").is_some() || call.arg("application_limits").is_some(),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_authentication_are_told_from_others() {
        for name in [
            "get_current_user",
            "verify_token",
            "user_api_key_auth",
            "login_required",
            "requireAuth",
            "get_admin_user",
            "HTTPBearer",
            "get_verified_user",
        ] {
            assert!(is_auth_name(name), "{name}");
        }
        for name in ["get_db", "get_session", "get_settings", "author", "tokenizer", "count_tokens", "get_model"] {
            assert!(!is_auth_name(name), "{name}");
        }
    }
}
