# The decision follows from the blocking controls and nothing else.
package syndic.decision_test

import data.syndic.decision
import data.syndic.fixture

clean := fixture.clean("SRV-05", "service", "asset", 1)

advisory(document) := object.union(document, {"controls": {"SRV-05": {"blocking": false}}})

decided(document) := verdict if verdict := decision.verdict with input as document

# Only the control under test stands in the input, so the verdict rests on it alone.
test_a_blocking_failure_denies if decided(fixture.broken("SRV-05", "service", "asset", "urn:service")) == "deny"

test_a_blocking_unknown_is_unknown if decided(fixture.clean("SRV-05", "service", "asset", null)) == "unknown"

test_passing_allows if decided(clean) == "allow"

test_an_advisory_failure_does_not_deny if {
	decided(advisory(fixture.broken("SRV-05", "service", "asset", "urn:service"))) == "allow"
}

test_an_advisory_unknown_does_not_stop if {
	decided(advisory(fixture.clean("SRV-05", "service", "asset", null))) == "allow"
}

test_a_control_nobody_answers_for_is_unknown if {
	document := object.union(clean, {"controls": {"ZZZ-99": {"blocking": true, "kinds": [], "evidence": []}}})
	decided(document) == "unknown"
}
