# SRV-05: Only what must be reached is reachable: no wide bindings, no published internals.
package syndic.controls.srv_05

import data.syndic.lib

result contains status if {
	some asset in lib.subjects("SRV-05")
	status := lib.status("SRV-05", asset, set(), set())
}

result contains status if some status in lib.rest("SRV-05")
