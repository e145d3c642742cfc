# MOD-02: It is known where a model came from and that it was not changed since.
# A hosted model pinned to a revision is identified; whether bytes are authentic needs a verified signature, of which
# there is no collector yet: without one the answer is unknown, never pass.
# A model that answers behind a provider's API has no weights here to sign: PRV-01 speaks about it.
package syndic.controls.mod_02

import data.syndic.lib

held := [asset |
	some asset in lib.subjects("MOD-02")
	is_held(asset)
]

is_held(asset) if asset.kind == "model"

# Whether a revision is fixed is only known of weights that are fetched.
is_held(asset) if object.get(asset.props, "pinned", null) != null

result contains status if {
	some asset in held
	status := lib.status("MOD-02", asset, set(), set())
}

# A finding about a model behind an API is still judged.
result contains status if {
	some asset in lib.subjects("MOD-02")
	not is_held(asset)
	count(lib.charged("MOD-02", asset.urn)) > 0
	status := lib.status("MOD-02", asset, set(), set())
}

result contains lib.not_applicable("MOD-02") if {
	count(held) == 0
	count(lib.subjects("MOD-02")) > 0
	count(lib.charged("MOD-02", input.system.urn)) == 0
}

result contains status if some status in lib.rest("MOD-02")
