# MOD-01: A served or stored model is in a format that cannot run code when loaded.
package syndic.controls.mod_01

import data.syndic.lib

result contains status if {
	some asset in lib.subjects("MOD-01")
	status := lib.status("MOD-01", asset, set(), set())
}

result contains status if some status in lib.rest("MOD-01")
