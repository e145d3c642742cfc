# INV-01: The inventory is complete: everything in scope was looked at.
package syndic.controls.inv_01

import data.syndic.lib

result contains lib.system_status("INV-01", set(), incomplete)

incomplete contains reason if {
	input.coverage.faults > 0
	reason := sprintf("%d of %d files and folders could not be looked at; first: %s", [
		input.coverage.faults, input.coverage.files_seen, concat(", ", input.coverage.first_faults),
	])
}

incomplete contains "no file was seen at all" if input.coverage.files_seen == 0

incomplete contains reason if {
	input.coverage.files_seen > 0
	input.coverage.files_inspected == 0
	reason := sprintf("%d files were seen and none was inspected", [input.coverage.files_seen])
}
