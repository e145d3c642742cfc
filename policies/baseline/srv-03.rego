# SRV-03: An inference route takes POST: prompts do not end in URLs, logs and caches.
package syndic.controls.srv_03

import data.syndic.lib

result contains status if {
	some asset in lib.subjects("SRV-03")
	status := lib.status("SRV-03", asset, set(), set())
}

result contains status if some status in lib.rest("SRV-03")
