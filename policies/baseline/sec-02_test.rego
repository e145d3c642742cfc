# Cases of SEC-02.
package syndic.controls_test.sec_02

import data.syndic.controls.sec_02
import data.syndic.fixture

test_clean_passes if {
	fixture.results(sec_02.result) == {"pass"} with input as fixture.clean("SEC-02", "endpoint", "asset", fixture.day)
}

test_a_finding_fails if {
	fixture.results(sec_02.result) == {"fail"} with input as fixture.broken("SEC-02", "endpoint", "asset", "urn:endpoint")
}

test_stale_evidence_is_unknown if {
	document := fixture.clean("SEC-02", "endpoint", "asset", 31 * fixture.day)
	"unknown" in fixture.results(sec_02.result) with input as document
}

test_without_its_subject_is_not_applicable if {
	document := object.union(fixture.clean("SEC-02", "endpoint", "asset", fixture.day), {"assets": {"endpoint": []}})
	fixture.results(sec_02.result) == {"not_applicable"} with input as document
}

asked(authn, confidence_rank) := object.union(fixture.clean("SEC-02", "endpoint", "asset", fixture.day), {"callers": {"urn:endpoint": [{
	"src": "urn:user", "kind": "calls", "authn": authn, "confidence_rank": confidence_rank, "place": "a:1",
}]}})

test_anonymous_callers_fail if fixture.results(sec_02.result) == {"fail"} with input as asked("none", 2)

test_callers_with_a_key_pass if fixture.results(sec_02.result) == {"pass"} with input as asked("api_key", 2)

test_a_likely_anonymous_caller_is_not_enough if {
	fixture.results(sec_02.result) == {"pass"} with input as asked("none", 1)
}

test_what_no_check_looked_for_is_unknown if {
	"unknown" in fixture.results(sec_02.result) with input as fixture.blind("SEC-02", "endpoint", "asset", "urn:endpoint")
	"unknown" in fixture.results(sec_02.result) with input as fixture.blind("SEC-02", "endpoint", "asset", "urn:other")
}
