# SEC-03: The endpoint was attacked with prompt injection and held.
# The evidence is a red-team attestation for this endpoint; without one the answer is unknown.
# A published port that is no route of ours takes no prompt: SRV-05 speaks about it.
package syndic.controls.sec_03

import data.syndic.lib

routes := [asset |
	some asset in lib.subjects("SEC-03")
	object.get(asset.props, "published_by", "") == ""
]

result contains status if {
	some asset in routes
	status := lib.status("SEC-03", asset, set(), set())
}

result contains lib.not_applicable("SEC-03") if {
	count(routes) == 0
	count(lib.subjects("SEC-03")) > 0
	count(lib.charged("SEC-03", input.system.urn)) == 0
}

result contains status if some status in lib.rest("SEC-03")
