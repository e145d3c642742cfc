# SRV-04: Debug modes and development servers are off.
package syndic.controls.srv_04

import data.syndic.lib

result contains status if {
	some asset in lib.subjects("SRV-04")
	status := lib.status("SRV-04", asset, set(), set())
}

result contains status if some status in lib.rest("SRV-04")
