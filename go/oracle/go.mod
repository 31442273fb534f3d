module github.com/libwasmrt/libwasmrt/go/oracle

go 1.25.0

require github.com/tetratelabs/wazero v1.12.0

require (
	github.com/libwasmrt/libwasmrt/go v0.0.0
	golang.org/x/sys v0.44.0 // indirect
)

replace github.com/libwasmrt/libwasmrt/go => ..
