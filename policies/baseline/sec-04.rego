# SEC-04: Untrusted input reaches a prompt only separated from the instructions.
package syndic.controls.sec_04

import data.syndic.lib

result contains lib.code_status("SEC-04", set(), set())
