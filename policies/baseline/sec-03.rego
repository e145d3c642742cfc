# SEC-03: The endpoint was attacked with prompt injection and held.
# The evidence is a red-team attestation for this endpoint; without one the answer is unknown.
package syndic.controls.sec_03

import data.syndic.lib

result contains status if {
	some asset in lib.subjects("SEC-03")
	status := lib.status("SEC-03", asset, set(), set())
}

result contains status if some status in lib.rest("SEC-03")
