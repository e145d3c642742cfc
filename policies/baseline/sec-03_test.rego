# Cases of SEC-03.
package syndic.controls_test.sec_03

import data.syndic.controls.sec_03
import data.syndic.fixture

test_clean_passes if {
	fixture.results(sec_03.result) == {"pass"} with input as fixture.clean("SEC-03", "endpoint", "asset", fixture.day)
}

test_a_finding_fails if {
	fixture.results(sec_03.result) == {"fail"} with input as fixture.broken("SEC-03", "endpoint", "asset", "urn:endpoint")
}

test_stale_evidence_is_unknown if {
	document := fixture.clean("SEC-03", "endpoint", "asset", 31 * fixture.day)
	"unknown" in fixture.results(sec_03.result) with input as document
}

test_without_its_subject_is_not_applicable if {
	document := object.union(fixture.clean("SEC-03", "endpoint", "asset", fixture.day), {"assets": {"endpoint": []}})
	fixture.results(sec_03.result) == {"not_applicable"} with input as document
}

test_a_published_port_is_not_a_route if {
	document := fixture.clean("SEC-03", "endpoint", "asset", fixture.day)
	ports := [object.union(asset, {"props": {"published_by": "ports"}}) | some asset in document.assets.endpoint]
	changed := object.union(document, {"assets": {"endpoint": ports}})
	fixture.results(sec_03.result) == {"not_applicable"} with input as changed
}
