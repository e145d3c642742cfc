# Cases of PRV-01.
package syndic.controls_test.prv_01

import data.syndic.controls.prv_01
import data.syndic.fixture

test_clean_passes if {
	fixture.results(prv_01.result) == {"pass"} with input as called
}

test_a_finding_fails if {
	fixture.results(prv_01.result) == {"fail"} with input as fixture.broken("PRV-01", "provider", "asset", "urn:provider")
}

test_stale_evidence_is_unknown if {
	document := fixture.clean("PRV-01", "provider", "asset", 31 * fixture.day)
	"unknown" in fixture.results(prv_01.result) with input as document
}

test_without_its_subject_is_not_applicable if {
	document := object.union(fixture.clean("PRV-01", "provider", "asset", fixture.day), {"assets": {"provider": []}})
	fixture.results(prv_01.result) == {"not_applicable"} with input as document
}

called := object.union(fixture.clean("PRV-01", "provider", "asset", fixture.day), {"callers": {"urn:provider": [{"src": "urn:app", "kind": "calls"}]}})

test_a_provider_nobody_calls_is_unknown if {
	fixture.results(prv_01.result) == {"unknown"} with input as fixture.clean("PRV-01", "provider", "asset", fixture.day)
}
