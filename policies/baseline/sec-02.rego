# SEC-02: An inference endpoint answers only callers that proved who they are.
package syndic.controls.sec_02

import data.syndic.lib

result contains status if {
	some asset in lib.subjects("SEC-02")
	status := lib.status("SEC-02", asset, open_to_all(asset), set())
}

result contains status if some status in lib.rest("SEC-02")

anonymous := {"none", "anonymous"}

# Only an engine that is sure may break the control by a bare relation; what is likely is left to its findings, which
# know whether the endpoint is an example, a test or behind a router that checks.
open_to_all(asset) := {sprintf("%s takes callers without authentication (%s)", [asset.name, relation.place]) |
	some relation in object.get(input.callers, asset.urn, [])
	relation.authn in anonymous
	relation.confidence_rank == 2
}
