module github.com/libwasmrt/libwasmrt/go

go 1.24
