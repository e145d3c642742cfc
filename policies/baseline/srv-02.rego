# SRV-02: A service names its images by digest or exact version.
package syndic.controls.srv_02

import data.syndic.lib

result contains status if {
	some asset in lib.subjects("SRV-02")
	status := lib.status("SRV-02", asset, set(), set())
}

result contains status if some status in lib.rest("SRV-02")
