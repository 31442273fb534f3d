module github.com/libwasmrt/libwasmrt/examples/go

go 1.24

require github.com/libwasmrt/libwasmrt/go v0.0.0

replace github.com/libwasmrt/libwasmrt/go => ../../go
