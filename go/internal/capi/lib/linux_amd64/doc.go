// Package linux_amd64 holds libwasmrt.a, which internal/capi links. It is a package so that vendoring copies it.
package linux_amd64
