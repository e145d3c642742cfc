# Cases of MOD-02.
package syndic.controls_test.mod_02

import data.syndic.controls.mod_02
import data.syndic.fixture

test_clean_passes if {
	fixture.results(mod_02.result) == {"pass"} with input as fixture.clean("MOD-02", "model", "asset", fixture.day)
}

test_a_finding_fails if {
	fixture.results(mod_02.result) == {"fail"} with input as fixture.broken("MOD-02", "model", "asset", "urn:model")
}

test_stale_evidence_is_unknown if {
	document := fixture.clean("MOD-02", "model", "asset", 31 * fixture.day)
	"unknown" in fixture.results(mod_02.result) with input as document
}

test_without_its_subject_is_not_applicable if {
	document := object.union(fixture.clean("MOD-02", "model", "asset", fixture.day), {"assets": {"model": []}})
	fixture.results(mod_02.result) == {"not_applicable"} with input as document
}

hosted(props) := object.union(
	fixture.clean("MOD-02", "hosted_model", "asset", null),
	{"assets": {"hosted_model": [object.union(fixture.asset("hosted_model"), {"props": props})]}},
)

test_a_model_behind_an_api_has_no_weights_to_sign if {
	fixture.results(mod_02.result) == {"not_applicable"} with input as hosted({"provider": "OpenAI"})
}

test_fetched_weights_without_a_signature_are_unknown if {
	fixture.results(mod_02.result) == {"unknown"} with input as hosted({"provider": "Hugging Face", "pinned": false})
}
