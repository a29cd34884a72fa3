# with: shared_types.ecl
# An import is a path from the folder of its file, and names one `.ecl` file.
import "common.ecl"
import "shared_types"
import "/etc/shared_types.ecl"
import "../shared_types.ecl"
import "nothing.ecl"

policy "imports" { allow any { a: 1 < 2 } }

test "a" { policy "import" expect allow }
