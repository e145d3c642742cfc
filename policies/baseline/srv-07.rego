# SRV-07: A service and its endpoints have resource and rate limits.
package syndic.controls.srv_07

import data.syndic.lib

result contains status if {
	some asset in lib.subjects("SRV-07")
	status := lib.status("SRV-07", asset, set(), set())
}

result contains status if some status in lib.rest("SRV-07")
