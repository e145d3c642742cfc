# SRV-01: A service runs without root, extra capabilities or the host's namespaces.
package syndic.controls.srv_01

import data.syndic.lib

result contains status if {
	some asset in lib.subjects("SRV-01")
	status := lib.status("SRV-01", asset, set(), set())
}

result contains status if some status in lib.rest("SRV-01")
