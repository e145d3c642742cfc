# SRV-06: Data that crosses a trust boundary is encrypted in transit.
# Only flows known to be in clear fail; within one zone they are left to the findings.
package syndic.controls.srv_06

import data.syndic.lib

result contains lib.system_status("SRV-06", in_clear, set()) if has_flows

result contains lib.code_status("SRV-06", in_clear, set()) if not has_flows

# Where nothing moves data and nothing is deployed, only code could.
has_flows if {
	some relation in input.relations
	relation.kind in {"calls", "reads", "writes", "loads"}
}

has_flows if count(object.get(input.assets, "service", [])) > 0

in_clear contains reason if {
	some relation in input.relations
	relation.encrypted == false
	relation.confidence_rank >= lib.confidence_floor
	crosses(relation)
	reason := sprintf("%s: %s %s %s in clear", [relation.place, relation.src_name, relation.kind, relation.dst_name])
}

crosses(relation) if {
	relation.dst_zone == "third_party"
	relation.src_zone != "third_party"
}

crosses(relation) if {
	relation.src_zone == "internet"
	relation.dst_zone != "internet"
}
