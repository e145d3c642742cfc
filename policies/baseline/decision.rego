# May the system be deployed? Deny when a blocking control fails, unknown when one cannot be judged, else allow.
# Rust holds the answer to the same law again: a policy pack cannot allow what a blocking control did not pass.
package syndic.decision

statuses contains status if some status in data.syndic.controls[_].result

judged contains status.control if some status in statuses

blocking_with(result) := {status.control |
	some status in statuses
	status.result == result
	input.controls[status.control].blocking == true
}

# Controls of the catalogue that no policy file answered for.
unanswered contains control if {
	some control, _ in input.controls
	not control in judged
}

default verdict := "unknown"

verdict := "deny" if count(blocking_with("fail")) > 0

verdict := "allow" if {
	count(blocking_with("fail")) == 0
	count(blocking_with("unknown")) == 0
	count(unanswered) == 0
	count(statuses) > 0
}
