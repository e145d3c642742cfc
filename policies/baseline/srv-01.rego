# SRV-01: A service runs without root, extra capabilities or the host's namespaces.
# What the readers know about its user stands in the asset's `props`: `runs_as`, or `runs_as_unseen` with the reason why
# it is not known, or `runs_as_image`, the image in the tree whose user counts. None of them: no manifest states it.
package syndic.controls.srv_01

import data.syndic.lib

stated := [asset |
	some asset in lib.subjects("SRV-01")
	is_stated(asset)
]

# A guess from a name, and an image that is only named by what is built from it (which says so itself), are no subjects.
is_stated(asset) if is_read(asset)

is_stated(asset) if count(lib.charged("SRV-01", asset.urn)) > 0

is_stated(asset) if {
	asset.confidence_rank >= lib.confidence_floor
	count([relation | some relation in object.get(input.callers, asset.urn, []); relation.kind == "depends_on"]) == 0
}

is_read(asset) if count(told(asset)) > 0

told(asset) := {key |
	some key in {"runs_as", "runs_as_unseen", "runs_as_image"}
	object.get(asset.props, key, null) != null
}

# URN → what is known of every service and image.
known := {asset.urn: asset.props | some asset in lib.subjects("SRV-01")}

# The user of the image a service is built as.
image_user(asset) := object.get(object.get(known, urn, {}), "runs_as", "unknown") if {
	urn := object.get(asset.props, "runs_as_image", "")
	object.get(asset.props, "build_target", null) == null
}

image_user(asset) := object.get(stages, lower(target), "unknown") if {
	target := object.get(asset.props, "build_target", null)
	target != null
	stages := object.get(object.get(known, object.get(asset.props, "runs_as_image", ""), {}), "runs_as_stages", {})
}

root(asset) := {sprintf("%s: the image it is built as runs as root; end its Dockerfile with `USER <uid>`", [asset.name]) |
	"runs_as_image" in told(asset)
	image_user(asset) == "root"
}

unseen(asset) := (of_manifest(asset) | of_image(asset)) | of_nothing(asset)

of_manifest(asset) := {sprintf("%s: which user it runs as was not seen: %s", [asset.name, reason]) |
	reason := object.get(asset.props, "runs_as_unseen", null)
	reason != null
}

of_image(asset) := {reason |
	"runs_as_image" in told(asset)
	not image_user(asset) in {"root", "non_root", "drops"}
	reason := sprintf("%s: %s", [asset.name, concat("", [
		"which user it runs as was not seen: the Dockerfile it is built from was not there, was left out, or does not ",
		"fix it; assess it too, or set `user:`",
	])])
}

of_nothing(asset) := {sprintf("%s: which user it runs as was not seen: it is only named, no manifest states it", [asset.name]) |
	not is_read(asset)
}

result contains status if {
	some asset in stated
	status := lib.status("SRV-01", asset, root(asset), unseen(asset))
}

result contains lib.not_applicable("SRV-01") if {
	count(stated) == 0
	count(lib.subjects("SRV-01")) > 0
	count(lib.charged("SRV-01", input.system.urn)) == 0
}

result contains status if some status in lib.rest("SRV-01")
